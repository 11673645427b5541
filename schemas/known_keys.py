"""Which keys a declaration may have at a place, by its model: what a wrong key is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel


def known_keys(model: type[BaseModel], at: Sequence[str | int]) -> set[str]:
    """The keys that a declaration may have at a place; none where the place is not a mapping of known keys."""
    found: Any = model
    for part in at:
        found = _held_at(found, part)
    return {field.alias or name for each in _models(found) for name, field in each.model_fields.items()}


def _held_at(annotation: Any, part: str | int) -> Any:
    """What stands at a key or place of something annotated so: a field of a model, an item of a list or mapping."""
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
    """The alternatives of an annotation, without what is said beside them."""
    if get_origin(annotation) is Annotated:
        return _plain_types(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [each for alternative in get_args(annotation) for each in _plain_types(alternative)]
    return [annotation]
