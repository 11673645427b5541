"""YAML that remembers its lines, so that an error in a declaration names file and line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from schemas.errors import DeclarationError

Model = TypeVar("Model", bound=BaseModel)
Location = tuple[str | int, ...]
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _key(node: yaml.Node) -> str:
    """Mapping keys are text: `2024:` and `'2024':` are the same wave."""
    return str(node.value)


def _walk(node: yaml.Node, at: Location, lines: dict[Location, int], file: Path) -> None:
    lines[at] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key_node, value_node in node.value:
            key = _key(key_node)
            if key in seen:
                raise DeclarationError(
                    f"the key '{key}' stands twice",
                    where=f"{file}, line {key_node.start_mark.line + 1}",
                    why="YAML would silently keep only the last one",
                    remedy="keep one of them",
                )
            seen.add(key)
            _walk(value_node, (*at, key), lines, file)
            lines[(*at, key)] = key_node.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _walk(item, (*at, index), lines, file)


def _text_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _text_keys(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_text_keys(item) for item in value]
    return value


def load_yaml(file: Path) -> tuple[Any, dict[Location, int]]:
    """The content of a YAML file and the line of each of its nodes.

    Raises DeclarationError when the file is missing, is not YAML, or holds a key twice.
    """
    try:
        text = file.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=_Loader)
        content = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader
    except (OSError, UnicodeDecodeError) as error:
        raise DeclarationError(
            "the declaration cannot be read", where=f"{file}: {error}", remedy="check the file"
        ) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise DeclarationError(
            f"this is not valid YAML: {getattr(error, 'problem', error)}",
            where=f"{file}{line}",
            remedy="check indentation, colons and quotes on that line",
        ) from error
    lines: dict[Location, int] = {}
    if node is not None:
        _walk(node, (), lines, file)
    return _text_keys(content), lines


def line_of(lines: dict[Location, int], at: Sequence[str | int]) -> int:
    """The line of a node, or of its nearest ancestor that the file holds."""
    location = tuple(at)
    while location not in lines and location:
        location = location[:-1]
    return lines.get(location, 1)


def load_model(
    model: type[Model], file: Path, extra: dict[str, Any] | None = None
) -> tuple[Model, dict[Location, int]]:
    """A YAML file as a checked model; `extra` are values that come from outside the file, such as its id.

    Raises DeclarationError that names every wrong key with its line.
    """
    content, lines = load_yaml(file)
    if not isinstance(content, dict):
        raise DeclarationError("a declaration must be a list of `key: value` lines", where=f"{file}, line 1")
    try:
        return model.model_validate({**content, **(extra or {})}), lines
    except ValidationError as error:
        raise DeclarationError(
            describe(error, file, lines), where=str(file), remedy="correct the lines named, then run `ilms check`"
        ) from error


def describe(error: ValidationError, file: Path, lines: dict[Location, int]) -> str:
    """Every fault of a validation error in words, with its line in the file."""
    faults = []
    for fault in error.errors(include_url=False, include_input=False):
        at = ".".join(str(part) for part in fault["loc"])
        faults.append(f"line {line_of(lines, fault['loc'])}: {at or 'the file'}: {fault['msg']}")
    return f"{len(faults)} fault(s) in {file.name}: " + "; ".join(faults)
