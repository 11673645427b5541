"""Write docs/keys.md: every key of a declaration, with its meaning and an example, as the models of sources have it.

Run as a program, it writes the page again; `make picture` does.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import BaseModel, RootModel
from pydantic.fields import FieldInfo

from ilms.authoring.imports import PROJECT
from ilms.authoring.picture import with_picture
from ilms.authoring.reference.markdown import prose
from schemas.declaration import Declaration, Text
from schemas.encodings import Encoding
from schemas.kinds import KINDS
from schemas.known_keys import KEYS_PAGE, NOT_WRITTEN, places
from schemas.periods import WaveName
from schemas.source import Source

PAGE = PROJECT / KEYS_PAGE
Model = type[BaseModel]
PLAIN = {str: "text", int: "whole number", float: "number", bool: "true, false"}
NAMED: dict[Any, str] = {WaveName: "wave", Encoding: "encoding", Text: "[texts](#text)"}
HEADER = "| key | values | default | meaning | example |\n|---|---|---|---|---|"


@dataclass
class Section:
    """The keys of one model, and where they stand."""

    model: Model
    group: str
    stands: list[str] = field(default_factory=list)


def key_page() -> str:
    """The sections of the page in Markdown, an index of all keys first."""
    sections = _sections()
    groups = dict.fromkeys(each.group for each in sections.values())
    parts = [_index(sections)]
    for group in groups:
        parts += [f"## {group}", *(_written(each, sections) for each in sections.values() if each.group == group)]
    return "\n\n".join(parts)


def own_keys(model: Model) -> dict[str, FieldInfo]:
    """The keys that a model has beside those of the models that it is made from."""
    fields = {name: each for name, each in model.model_fields.items() if name in model.__annotations__}
    left_out = NOT_WRITTEN if model is Source else {}
    return {each.alias or name: each for name, each in fields.items() if name not in left_out}


def _sections() -> dict[Model, Section]:
    """Every model that a declaration can hold, in the order of the page; what models are made from before them."""
    found: dict[Model, Section] = {}
    kinds: list[tuple[str, type[Source]]] = [("Every source", Source)]
    kinds += [(f"`kind: {kind.name}`", kind.model) for kind in KINDS.values()]
    for group, model in kinds:
        for place, each in places(model):
            for base in reversed([base for base in each.__mro__ if _has_keys(base)]):
                section = found.setdefault(base, Section(base, group))
                if base is each and place and place not in section.stands:
                    section.stands.append(place)
    return found


def _has_keys(base: type) -> bool:
    return issubclass(base, Declaration) and base is not Declaration and bool(own_keys(base))


def _written(section: Section, sections: Mapping[Model, Section]) -> str:
    model = section.model
    stands = ", ".join(f"`{place}`" for place in section.stands)
    bases = [base for base in model.__mro__[1:] if base in sections]
    beside = f" Beside all keys of {_linked(bases, sections)}:" if bases else ""
    heading = f'<a id="{_anchor(model)}"></a>\n### {_title(section)}'
    said = prose(_summary(model)) + (f" Stands in {stands}." if len(section.stands) > 1 else "") + beside
    rows = [_row(key, each) for key, each in own_keys(model).items()]
    return "\n\n".join([heading, said, "\n".join([HEADER, *rows])])


def _title(section: Section) -> str:
    return f"`{section.stands[0]}`" if section.stands else _summary(section.model).split(":")[0].rstrip(".")


def _summary(model: Model) -> str:
    """What the docstring of a model says first."""
    return " ".join((model.__doc__ or "").split("\n\n")[0].split())


def _linked(models: Iterable[Model], sections: Mapping[Model, Section]) -> str:
    return ", ".join(f"[{_title(sections[each])}](#{_anchor(each)})" for each in models)


def _anchor(model: Model) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", model.__name__).lower()


def _index(sections: Mapping[Model, Section]) -> str:
    """Every key in alphabetical order, with links to where it stands."""
    where: dict[str, list[Model]] = {}
    for model in sections:
        for key in own_keys(model):
            where.setdefault(key, []).append(model)
    lines = [f"| `{key}` | {_linked(where[key], sections)} |" for key in sorted(where)]
    return "\n".join(["| key | stands in |", "|---|---|", *lines])


def _row(key: str, found: FieldInfo) -> str:
    values = "; ".join(dict.fromkeys(_values(found.annotation)))
    limits = _limits(found.metadata)
    cells = (f"`{key}`", f"{values}{limits}", _default(found), prose(found.description or ""), _example(key, found))
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _values(annotation: Any) -> Iterator[str]:
    """What may stand at a key, in words: one for each alternative."""
    if annotation in NAMED:
        yield NAMED[annotation]
    elif get_origin(annotation) is Annotated:
        plain, *beside = get_args(annotation)
        yield from (f"{each}{_limits(chain.from_iterable(map(_parts, beside)))}" for each in _values(plain))
    elif get_origin(annotation) in (Union, UnionType):
        yield from chain.from_iterable(_values(each) for each in get_args(annotation) if each is not type(None))
    elif get_origin(annotation) is Literal:
        yield ", ".join(f"`{_scalar(each)}`" for each in get_args(annotation))
    elif get_origin(annotation) is list:
        yield f"list of: {'; '.join(_values(get_args(annotation)[0]))}"
    elif get_origin(annotation) is dict:
        name, value = ("; ".join(_values(each)) for each in get_args(annotation))
        yield f"{name} -> {value}"
    elif issubclass(annotation, RootModel):
        yield "waves"
    else:
        yield PLAIN.get(annotation) or f"[keys](#{_anchor(annotation)})"


def _parts(beside: Any) -> list[Any]:
    """The limits that are said beside a type: one by one, or those of a Field."""
    return beside.metadata if isinstance(beside, FieldInfo) else [beside]


def _limits(metadata: Iterable[Any]) -> str:
    words = []
    for each in metadata:
        match each:
            case Ge(ge=limit):
                words.append(f"from {limit:,}")
            case Gt(gt=limit):
                words.append(f"above {limit:,}")
            case Le(le=limit):
                words.append(f"to {limit:,}")
            case Lt(lt=limit):
                words.append(f"below {limit:,}")
            case MinLen(min_length=limit):
                words.append(f"at least {limit:,}")
            case MaxLen(max_length=limit):
                words.append(f"at most {limit:,} long")
    return f" ({', '.join(words)})" if words else ""


def _default(found: FieldInfo) -> str:
    if found.is_required():
        return "**needed**"
    plain = isinstance(found.default, str | int | float)
    return f"`{_scalar(found.default)}`" if plain else ""


def _example(key: str, found: FieldInfo) -> str:
    return "<br>".join(f"`{_flow({key: each})}`" for each in found.examples or [])


def _scalar(value: object) -> str:
    return _flow([value])


def _flow(value: list[object] | dict[str, Any]) -> str:
    """What stands in a list or mapping as YAML in one line, without its brackets."""
    written = yaml.safe_dump(value, default_flow_style=True, width=math.inf, allow_unicode=True, sort_keys=False)
    return str(written).strip()[1:-1]


def main(page: Path = PAGE) -> None:
    """Write the page again."""
    page.write_text(with_picture(page.read_text(encoding="utf-8"), key_page()), encoding="utf-8")


if __name__ == "__main__":
    main()
