"""The keys that a declaration may have, by its model: wrong keys are compared with them, and docs/keys.md lists
them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

KEYS_PAGE = "docs/keys.md"
"""The page on which every key stands, with its meaning and an example; made by `make picture`."""
NOT_WRITTEN = {
    "id": "the folder gives it: <ISO3>/<name>",
    "columns": "write it in columns.csv, beside source.yaml",
    "code_maps": "write it in code_maps.csv, beside source.yaml: map,code,value,label",
    "codes_in_waves": "write it in code_maps.csv, beside source.yaml, with a column `waves`",
}
"""Fields of a source that come from its folder or the tables beside source.yaml -> where each of them belongs."""
ENTRY = "<name>"
"""What stands in a place for any key of a mapping."""
ITEM = "[]"
"""What stands in a place for any item of a list."""


def known_keys(model: type[BaseModel], at: Sequence[str | int]) -> set[str]:
    """The keys that a declaration may have at a place; none where the place is not a mapping of known keys."""
    found: Any = model
    for part in at:
        found = _held_at(found, part)
    keys = {field.alias or name for each in _models(found) for name, field in each.model_fields.items()}
    return keys if at else keys - NOT_WRITTEN.keys()


def places(model: type[BaseModel], at: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """Every place of a declaration that has keys of its own, such as `waves.<name>.files[]`, with the model there."""
    yield at, model
    for name, field in model.model_fields.items():
        if not at and name in NOT_WRITTEN:
            continue
        for place, inner in _inner(field.annotation, f"{at}.{field.alias or name}".lstrip(".")):
            yield from places(inner, place)


def _inner(annotation: Any, at: str) -> Iterator[tuple[str, type[BaseModel]]]:
    """The models that stand at a place, or in the lists and mappings there."""
    for each in _plain_types(annotation):
        if get_origin(each) is list:
            yield from _inner(get_args(each)[-1], at + ITEM)
        elif get_origin(each) is dict:
            yield from _inner(get_args(each)[-1], f"{at}.{ENTRY}")
    yield from ((at, each) for each in _models(annotation) if not each.__pydantic_root_model__)


def _held_at(annotation: Any, part: str | int) -> Any:
    """The annotation at a key or place within another one: of a field of a model, or an item of a list or mapping."""
    for each in _models(annotation):
        for name, field in each.model_fields.items():
            if part in (name, field.alias):
                return field.annotation
    for each in _plain_types(annotation):
        if get_origin(each) in (list, tuple, dict):
            return get_args(each)[-1]
    return annotation


def _models(annotation: Any) -> list[type[BaseModel]]:
    return [each for each in _plain_types(annotation) if isinstance(each, type) and issubclass(each, BaseModel)]


def _plain_types(annotation: Any) -> list[Any]:
    """The alternatives of an annotation, without their metadata."""
    if get_origin(annotation) is Annotated:
        return _plain_types(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [each for alternative in get_args(annotation) for each in _plain_types(alternative)]
    return [annotation]
