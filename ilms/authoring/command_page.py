"""Write docs/commands.md: every command of `ilms` with its arguments and options, and the targets of `make`.

Run as a program, it writes the page again; `make picture` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from ilms.authoring.imports import PROJECT
from ilms.authoring.picture import with_picture
from ilms.cli import app

PAGE = PROJECT / "docs" / "commands.md"
TARGET = re.compile(r"^(?P<name>[a-z-]+):.*?(?:## (?P<help>.*))?$", re.MULTILINE)
HEADER = "| given | default | meaning |\n|---|---|---|"


def command_tree() -> dict[str, Any]:
    """Every command that is shown, by its words, such as `release list`; each as Click knows it."""
    return dict(_below("", typer.main.get_command(app)))


def _below(words: str, group: Any) -> Iterator[tuple[str, Any]]:
    for name, command in sorted(group.commands.items()):
        called = f"{words} {name}".strip()
        if getattr(command, "commands", None):
            yield from _below(called, command)
        elif not command.hidden:
            yield called, command


def targets() -> dict[str, str]:
    """The targets of the Makefile with what each is said to do; empty for one that only others use."""
    content = (PROJECT / "Makefile").read_text(encoding="utf-8")
    return {found["name"]: found["help"] or "" for found in TARGET.finditer(content)}


def command_page() -> str:
    """The page in Markdown: a section for each command, and a table of targets."""
    parts = [_section(words, command) for words, command in command_tree().items()]
    rows = [f"| `make {name}` | {_cell(said)} |" for name, said in targets().items() if said]
    return "\n\n".join([*parts, "## make", "\n".join(["| target | what it does |", "|---|---|", *rows])])


def _section(words: str, command: Any) -> str:
    said = " ".join((command.help or "").split())
    given = [each for each in command.params if each.name != "help"]
    table = "\n".join([HEADER, *map(_row, given)]) if given else ""
    return "\n\n".join(filter(None, [f"## ilms {words}", _cell(said), table]))


def _row(each: Any) -> str:
    is_argument = each.param_type_name == "argument"
    names = [each.name.upper()] if is_argument else [*each.opts, *each.secondary_opts]
    several = " ..." if each.multiple or each.nargs == -1 else ""
    plain = isinstance(each.default, str | int | float) and not isinstance(each.default, bool)
    default = "**needed**" if each.required else (f"`{each.default}`" if plain else "")
    return f"| {', '.join(f'`{name}`' for name in names)}{several} | {default} | {_cell(each.help or '')} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def main(page: Path = PAGE) -> None:
    """Write the page again."""
    page.write_text(with_picture(page.read_text(encoding="utf-8"), command_page()), encoding="utf-8")


if __name__ == "__main__":
    main()
