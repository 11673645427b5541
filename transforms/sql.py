"""The loader of SQL: a query is in a file of its own beside the module that runs it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from string import Template


@cache
def load_sql(module: str, name: str) -> Template:
    """The query `name`.sql beside a module, which passes its own `__file__`; $parameters are placeholders to fill in.

    A query without placeholders is the `template` of the result.
    """
    return Template(Path(module).with_name(f"{name}.sql").read_text(encoding="utf-8"))
