"""The shape of SDMX data structures, as `sdmx.yaml` declares it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from schemas.codelists import codelist_ids
from schemas.declaration import Declaration, Trilingual
from schemas.tables import OBSERVATION
from schemas.yaml_lines import load_model, refuse_faults

SDMX_FILE = Path(__file__).parent / "sdmx.yaml"


ATTACHED: Mapping[str, tuple[str, ...]] = {
    "measure": ("MEASURE",),
    "source": ("REF_AREA", "MEASURE", "TIME_PERIOD"),
    "observation": (),
}
"""The dimensions that an attribute belongs to, by what it is `attached` to; none of its own for an observation."""


class Component(Declaration):
    """A dimension or the measure: its concept, its values, and its column in `observation`."""

    name: Trilingual
    scheme: str
    codelist: str | None = None
    type: Literal["String", "Integer", "Double", "ObservationalTimePeriod"] | None = None
    column: str | None = None

    @model_validator(mode="after")
    def _values(self) -> Component:
        if (self.codelist is None) == (self.type is None):
            raise ValueError("give the values either by a `codelist` or by a `type`")
        return self


class Attribute(Component):
    """An attribute, and what it is attached to: a whole dataflow, an area and period, or each observation."""

    attached: Literal["measure", "source", "observation"]


class Shape(Declaration):
    """The whole file."""

    schemes: dict[str, Trilingual]
    topics: dict[str, Trilingual]
    dimensions: dict[str, Component]
    measure: dict[str, Component] = Field(min_length=1, max_length=1)
    attributes: dict[str, Attribute]

    @property
    def components(self) -> Mapping[str, Component]:
        """Every component by its id, in order."""
        return {**self.dimensions, **self.measure, **self.attributes}


@cache
def load_shape() -> Shape:
    """The declared shape. Raises DeclarationError that names file and line."""
    shape, lines = load_model(Shape, SDMX_FILE)
    refuse_faults(SDMX_FILE, lines, _faults(shape))
    return shape


def _faults(shape: Shape) -> Iterator[tuple[tuple[str, ...], str]]:
    columns = {column.name for column in OBSERVATION}
    groups: dict[str, Mapping[str, Component]] = {
        "dimensions": shape.dimensions,
        "measure": shape.measure,
        "attributes": shape.attributes,
    }
    for group, components in groups.items():
        for name, component in components.items():
            if component.scheme not in shape.schemes:
                yield (group, name), f"{name}: there is no concept scheme '{component.scheme}'"
            if component.codelist is not None and component.codelist not in codelist_ids():
                yield (group, name), f"{name}: there is no code list '{component.codelist}'"
            if component.column is not None and component.column not in columns:
                yield (group, name), f"{name}: `observation` has no column '{component.column}'"
