"""YAML that remembers its lines, so that an error in a declaration names file and line.

Keys are text as written, `2024:` and `'2024':` the same; values are read by yaml_scalars. A file that nests or repeats
itself beyond what people write is refused before it costs time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from schemas.declaration_files import listed_faults, read_text
from schemas.errors import DeclarationError
from schemas.known_keys import NOT_WRITTEN, known_keys
from schemas.nearest import nearest
from schemas.yaml_scalars import read_scalar

Model = TypeVar("Model", bound=BaseModel)
Location = tuple[str | int, ...]
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAXIMUM_DEPTH = 30
MAXIMUM_NODES = 100_000
"""Keys and values; those that an alias repeats count every time."""
MERGE = "<<"
MAXIMUM_PLACE = 120
UNKNOWN_KEY = "extra_forbidden"
NO_MAPPING = ("model_type", "model_attributes_type", "dict_type")
OWN = "Value error, "
"""What pydantic puts before the words of our own checks."""


class _Reading:
    """One file, read from its nodes."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.lines: dict[Location, int] = {}
        self.nodes = 0

    def content(self, node: yaml.Node, at: Location = ()) -> Any:
        """The value of a node, whose lines are kept. Raises DeclarationError."""
        self.nodes += 1
        if self.nodes > MAXIMUM_NODES:
            raise self._fault(
                node, f"there are more than {MAXIMUM_NODES:,} keys and values, aliases included", "write fewer of them"
            )
        if len(at) > MAXIMUM_DEPTH:
            raise self._fault(node, f"this nests more than {MAXIMUM_DEPTH} deep, or an alias holds itself", "unfold it")
        self.lines.setdefault(at, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, at)
        if isinstance(node, yaml.SequenceNode):
            return [self.content(item, (*at, index)) for index, item in enumerate(node.value)]
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, at: Location) -> dict[str, Any]:
        own: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise self._fault(
                    key_node, "a key is a list or mapping", "write `key: value`, quoted where it has special characters"
                )
            key = str(key_node.value)
            if key in own:
                raise self._fault(
                    key_node,
                    f"the key '{key[:MAXIMUM_PLACE]}' occurs twice",
                    "keep one of them",
                    "YAML would silently keep only the last one",
                )
            if key == MERGE:
                merged = self._merged(value_node, at)
                continue
            self.lines[(*at, key)] = key_node.start_mark.line + 1
            own[key] = self.content(value_node, (*at, key))
        return {**merged, **own}

    def _merged(self, node: yaml.Node, at: Location) -> dict[str, Any]:
        """What `<<` brings in: the first of several mappings takes precedence."""
        found = self.content(node, (*at, MERGE))
        merged: dict[str, Any] = {}
        for each in reversed(found if isinstance(found, list) else [found]):
            if not isinstance(each, dict):
                raise self._fault(
                    node, f"`{MERGE}` takes over the keys of a mapping, and this is none", "name an alias"
                )
            merged |= each
        return merged

    def _scalar(self, node: yaml.Node) -> Any:
        if getattr(node, "style", None):
            return node.value
        try:
            return read_scalar(node.value)
        except ValueError as error:
            raise self._fault(node, str(error), "correct the line") from error

    def _fault(self, node: yaml.Node, what: str, remedy: str, why: str = "") -> DeclarationError:
        return DeclarationError(what, where=f"{self.file}, line {node.start_mark.line + 1}", why=why, remedy=remedy)


def load_yaml(file: Path) -> tuple[Any, dict[Location, int]]:
    """The content of a YAML file and the line of each of its nodes.

    Raises DeclarationError when the file is missing, no YAML, too large or too deep, when it holds a key twice, or a
    number that can be read in several ways.
    """
    text = read_text(file)
    try:
        _check_events(text, file)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise DeclarationError(
            f"this is not valid YAML: {getattr(error, 'problem', None) or getattr(error, 'reason', 'unreadable')}",
            where=f"{file}{line}",
            remedy="check indentation, colons and quotes on that line",
        ) from error
    reading = _Reading(file)
    return (None if node is None else reading.content(node)), reading.lines


def _check_events(text: str, file: Path) -> None:
    """Refuse what a composer, which calls itself for every level, would not survive; and tags, which make objects."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        at = f"{file}, line {event.start_mark.line + 1 if event.start_mark else 1}"
        if depth > MAXIMUM_DEPTH:
            raise DeclarationError(f"this nests more than {MAXIMUM_DEPTH} deep", where=at, remedy="unfold it")
        if tag := getattr(event, "tag", None):
            raise DeclarationError(f"the tag {tag[:40]} is not read", where=at, remedy="quote a text instead")


def line_of(lines: dict[Location, int], at: Sequence[str | int]) -> int:
    """The line of a node, or of its nearest ancestor that the file holds."""
    location = tuple(at)
    while location not in lines and location:
        location = location[:-1]
    return lines.get(location, 1)


def load_model(
    model: type[Model],
    file: Path,
    extra: dict[str, Any] | None = None,
    *,
    remedy: str = "correct the lines named, then run `ilms check`",
) -> tuple[Model, dict[Location, int]]:
    """A YAML file as a checked model; `extra` are values that come from outside the file, such as its id.

    Raises DeclarationError that names every wrong key with its line.
    """
    content, lines = load_yaml(file)
    if not isinstance(content, dict):
        raise DeclarationError("a declaration must be a list of `key: value` lines", where=f"{file}, line 1")
    given = extra or {}
    _refuse_given(content.keys() & given.keys(), file, lines)
    try:
        return model.model_validate({**content, **given}), lines
    except ValidationError as error:
        raise DeclarationError(
            describe(error, file, lines, model),
            where=str(file),
            remedy=remedy,
        ) from error


def refuse_faults(file: Path, lines: dict[Location, int], faults: Iterable[tuple[Sequence[str | int], str]]) -> None:
    """Raise DeclarationError that names every fault with its line, where there are any: what is wrong with the keys and
    values of a file taken together, each with its place in the file."""
    count, listed = listed_faults(f"line {line_of(lines, at)}: {fault}" for at, fault in faults)
    if listed:
        raise DeclarationError(
            f"{count} fault(s) in {file.name}: {listed}", where=str(file), remedy="correct the lines named"
        )


def _refuse_given(keys: Set[str], file: Path, lines: dict[Location, int]) -> None:
    """Raise DeclarationError where a file says what comes from outside of it, which would be lost without a word."""
    count, listed = listed_faults(
        f"line {line_of(lines, (key,))}: `{key}` is no key of {file.name}; {NOT_WRITTEN[key]}"
        for key in sorted(keys, key=lambda key: line_of(lines, (key,)))
    )
    if listed:
        raise DeclarationError(
            f"{count} fault(s) in {file.name}: {listed}",
            where=str(file),
            why="what stands there counts, and what is written here would be left out",
            remedy="move it, and delete the lines named",
        )


def describe(error: ValidationError, file: Path, lines: dict[Location, int], model: type[BaseModel]) -> str:
    """The faults of a validation error in words, each with its line in the file; a wrong key with the nearest right."""
    found = error.errors(include_url=False, include_context=False)
    count, listed = listed_faults(_described(fault, lines, model) for fault in found)
    return f"{count} fault(s) in {file.name}: {listed}"


def _described(fault: ErrorDetails, lines: dict[Location, int], model: type[BaseModel]) -> str:
    at = ".".join(str(part) for part in fault["loc"])[:MAXIMUM_PLACE]
    line = f"line {line_of(lines, fault['loc'])}"
    said = f"{line}: {at or 'the file'}: {fault['msg'].removeprefix(OWN)}"
    if fault["type"] == UNKNOWN_KEY:
        close = nearest(str(fault["loc"][-1]), known_keys(model, fault["loc"][:-1]))
        return f"{line}: {at or 'the file'}: there is no such key here{close}"
    if fault["type"] in NO_MAPPING:
        keys = ", ".join(sorted(known_keys(model, fault["loc"])))
        return f"{line}: {at}: `key: value` lines are needed here" + (f", with keys among {keys}" if keys else "")
    if fault["type"] == "string_type" and isinstance(fault["input"], int | float):
        return f"{said}; write it in quotes: '{fault['input']}'"
    return said
