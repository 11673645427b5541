"""Where commands print."""

from __future__ import annotations

import sys

from rich.console import Console

# In a file or a pipe there is no edge at which a table would have to be cut.
console = Console(highlight=False, width=None if sys.stdout.isatty() else 240)


def say(line: str) -> None:
    """Print a line as it is: brackets in it are not markup, and it is not broken."""
    console.print(line, markup=False, soft_wrap=True)
