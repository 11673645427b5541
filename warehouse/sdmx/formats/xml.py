"""XML as text: elements of a message that are few, written out with their characters escaped."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'
FORBIDDEN = "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\ufffe\uffff]"
"""Characters that XML 1.0 cannot hold in any form; the replacement character stands for them."""
REPLACEMENT = "\ufffd"
ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}
"""Written so that readers keep them: line ends in an attribute would become blanks."""
SPECIAL = f"[{''.join(ESCAPES)}]|{FORBIDDEN}"
"""A text with one of these characters is escaped; most have none."""
_SPECIAL = re.compile(SPECIAL)
_ESCAPED = str.maketrans(ESCAPES)


@dataclass(frozen=True)
class Node:
    """An element: its name, its attributes (None for one that is left out), and its children or its text."""

    name: str
    attributes: Mapping[str, str | None] = field(default_factory=dict)
    children: tuple[Node, ...] = ()
    text: str | None = None


def node(name: str, /, *children: Node | None, text: str | None = None, **attributes: str | None) -> Node:
    """An element; children that are None are left out. `xml_lang` is written xml:lang."""
    named = {key.replace("xml_", "xml:"): value for key, value in attributes.items()}
    return Node(name, named, tuple(child for child in children if child is not None), text)


def escaped(text: str) -> str:
    """A text as it may stand in an element or in quotes."""
    if not _SPECIAL.search(text):
        return text
    return re.sub(FORBIDDEN, REPLACEMENT, text).translate(_ESCAPED)


def written(element: Node, depth: int = 0) -> list[str]:
    """The lines of an element, its children indented."""
    lines: list[str] = []
    _add(lines, element, "  " * depth)
    return lines


def _add(lines: list[str], element: Node, margin: str) -> None:
    start = opening(element)
    if element.text is not None:
        lines.append(f"{margin}<{start}>{escaped(element.text)}</{element.name}>\n")
    elif not element.children:
        lines.append(f"{margin}<{start}/>\n")
    else:
        lines.append(f"{margin}<{start}>\n")
        for child in element.children:
            _add(lines, child, margin + "  ")
        lines.append(f"{margin}</{element.name}>\n")


def opening(element: Node) -> str:
    """What stands between the brackets of its first tag."""
    given = (f'{name}="{escaped(value)}"' for name, value in element.attributes.items() if value is not None)
    return " ".join([element.name, *given])
