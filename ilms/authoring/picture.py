"""Draw the rooms of the house and what they import from each other, as a Mermaid diagram in docs/architecture.md.

Run as a program, it writes the diagram again; `make picture` does.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from ilms.authoring.imports import PROJECT, ROOMS, Imports, read_imports

PAGE = PROJECT / "docs" / "architecture.md"
BEGIN, END = "<!-- drawn by `make picture` -->", "<!-- end of the picture -->"


def room_of(module: str) -> str:
    """The room of a module: its package, at most two levels deep."""
    parts = module.split(".")
    return ".".join(parts[:2]) if len(parts) > 2 else parts[0]


def draw(imports: Imports) -> str:
    """The diagram: a box for each room, an arrow for every import between rooms, thicker where many modules import."""
    rooms = sorted({room_of(module) for module in imports})
    arrows = Counter(
        (room_of(module), room_of(other))
        for module, others in imports.items()
        for other in others
        if room_of(module) != room_of(other)
    )
    lines = ["```mermaid", "flowchart TD"]
    for house in reversed(ROOMS):
        inside = [room for room in rooms if room.split(".")[0] == house]
        lines.append(f"    subgraph {house}_[{house}]")
        lines += [f'        {_box(room)}["{room}"]' for room in inside]
        lines.append("    end")
    for (origin, target), count in sorted(arrows.items()):
        lines.append(f"    {_box(origin)} {'==>' if count >= 10 else '-->'} {_box(target)}")
    return "\n".join([*lines, "```"])


def _box(room: str) -> str:
    return room.replace(".", "_")


def with_picture(page: str, picture: str) -> str:
    """The page with the picture between its two marks."""
    before, rest = page.split(BEGIN, 1)
    return f"{before}{BEGIN}\n{picture}\n{END}{rest.split(END, 1)[1]}"


def main(page: Path = PAGE) -> None:
    """Draw the picture again."""
    page.write_text(with_picture(page.read_text(encoding="utf-8"), draw(read_imports())), encoding="utf-8")


if __name__ == "__main__":
    main()
