"""Where commands print."""

from __future__ import annotations

import sys
from typing import Any

from rich.console import Console

from ilms.commands.at_work import heard


class _Console(Console):
    """What is printed ends what is shown meanwhile."""

    def print(self, *objects: Any, **options: Any) -> None:
        heard()
        super().print(*objects, **options)


# In a file or a pipe there is no edge at which a table would have to be cut.
console = _Console(highlight=False, width=None if sys.stdout.isatty() else 240)


def say(line: str) -> None:
    """Print a line as it is: brackets in it are not markup, and it is not broken."""
    console.print(line, markup=False, soft_wrap=True)
