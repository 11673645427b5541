"""What a run does for each kind of source: one object for each kind, in the module of its name.

`schemas.kinds` lists the kinds; all other code uses `kind_of`.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from ilms.kinds.base import CoreFacts, Drafts, Kind
from schemas.errors import IlmsError
from schemas.kinds import KINDS
from schemas.source import Runnable

__all__ = ["CoreFacts", "Drafts", "Kind", "kind_of", "running_kinds"]


def kind_of(source: Runnable) -> Kind[Any]:
    """What a run does for a source of this kind."""
    return running_kinds()[source.kind]


@cache
def running_kinds() -> dict[str, Kind[Any]]:
    """Kind -> what a run does for it, of every kind whose waves run as partitions.

    Raises IlmsError for a kind that is not in its module.
    """
    return {name: _in_module(name) for name, declared in KINDS.items() if declared.runs}


def _in_module(name: str) -> Kind[Any]:
    found = import_module(f"{__name__}.{name}").KIND
    if not isinstance(found, Kind) or found.declared is not KINDS[name]:
        raise IlmsError(f"ilms/kinds/{name}.py holds another kind of source than '{name}'")
    return found
