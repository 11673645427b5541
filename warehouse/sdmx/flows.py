"""The dataflows of a release: one for each row of table `indicator`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import duckdb

from schemas.catalogue import all_indicators
from schemas.codelists import load_codelist
from schemas.declaration import Text
from schemas.errors import PublishError
from schemas.sdmx import ATTACHED, Attribute, load_shape
from schemas.sdmx import Component as Declared
from schemas.tables import OBSERVATION
from transforms.duck import quote_text
from warehouse.sdmx.agency import Agency
from warehouse.sdmx.rows import Component, Group, Reference
from warehouse.sdmx.served import DERIVED, TIME, Components, Origin, ServedFlow

SOURCE_AND_PERIOD = Group("SOURCE_PERIOD", ATTACHED["source"])
MEASURE_PARTS = 2
TYPES = {column.name: column.type for column in OBSERVATION}
TRANSLATED = ("definition_fr", "definition_es", "reference_fr", "reference_es")
"""Columns of table `indicator` that earlier releases do not have."""


@dataclass(frozen=True)
class Flow(ServedFlow):
    """The dataflow of an indicator: with title and definition, its unit, its classifications with their columns.

    `reference` is the standard that it follows, and the definitions that it uses.

    `lacking` are the columns that table `observation` of an earlier release does not have: they are empty.
    """

    indicator: str
    title: Text
    definition: Text
    reference: Text
    unit_measure: str
    unit_mult: int
    decimals: int
    classifications: tuple[tuple[str, str], ...]
    lacking: frozenset[str] = frozenset()

    @property
    def id(self) -> str:
        """The dataflow's id, as ILOSTAT writes it: DF_ and the indicator."""
        return f"DF_{self.indicator}"

    @cached_property
    def description(self) -> Text:
        """The definition and the reference."""
        said = {language: _joined(text, getattr(self.reference, language)) for language, text in self.definition}
        return Text(en=said["en"] or "", fr=said["fr"], es=said["es"])

    @property
    def topic(self) -> str:
        """The topic that begins the indicator's id, as ILOSTAT's ids have it: MST, EAR, ..."""
        return self.indicator.split("_", maxsplit=1)[0]

    @property
    def measure(self) -> str:
        """The code of CL_MEASURE: MST_TEMP_NB of MST_TEMP_SEX_AGE_CBR_NB."""
        parts = self.indicator.split("_")
        return "_".join([*parts[:MEASURE_PARTS], parts[-1]])

    @property
    def unit_measure_type(self) -> str:
        """The code of CL_UNIT_MEASURE_TYPE that ends the indicator's id: NB or RT."""
        return self.indicator.rsplit("_", maxsplit=1)[-1]

    @property
    def constants(self) -> Mapping[str, str]:
        """The measure, the unit and the number of decimals."""
        return {
            "MEASURE": self.measure,
            "UNIT_MEASURE_TYPE": self.unit_measure_type,
            "UNIT_MEASURE": self.unit_measure,
            "UNIT_MULT": str(self.unit_mult),
            "DECIMALS": str(self.decimals),
        }

    def structure(self, agency: Agency) -> Reference:
        """The structure of the indicator's id, as ILOSTAT has it."""
        return agency.reference(self.indicator)

    @cached_property
    def components(self) -> Components:
        """Those of the shape, with the indicator's classifications before the period."""
        shape = load_shape()
        (measure,) = (component_of(name, declared) for name, declared in shape.measure.items())
        attributes = tuple(component_of(name, declared) for name, declared in shape.attributes.items())
        return Components(tuple(self._dimensions()), measure, attributes, (SOURCE_AND_PERIOD,))

    def _dimensions(self) -> Iterator[Component]:
        shape = load_shape()
        yield from (component_of(name, declared) for name, declared in shape.dimensions.items() if name != TIME)
        for name, _ in self.classifications:
            yield Component(name, load_codelist(f"CL_{name}").name, codelist=f"CL_{name}")
        yield component_of(TIME, shape.dimensions[TIME])

    @cached_property
    def origins(self) -> Mapping[str, Origin]:
        """Columns as they are stored, an empty text as none; the constants; frequency and period from the time."""
        components = load_shape().components.items()
        return (
            {name: _stored(component, self.lacking) for name, component in components if component.column}
            | {name: Origin(column, column) for name, column in self.classifications}
            | {name: Origin(quote_text(value), constant=value) for name, value in self.constants.items()}
            | DERIVED
        )

    @property
    def stored(self) -> Mapping[str, str]:
        """The area and the classifications."""
        dimensions = load_shape().dimensions
        declared = {name: each.column for name, each in dimensions.items() if each.column and name != TIME}
        return declared | dict(self.classifications)

    @property
    def condition(self) -> str:
        """The rows of the indicator."""
        return f"indicator = {quote_text(self.indicator)}"


def _joined(definition: str | None, reference: str | None) -> str | None:
    return f"{definition}. {reference}" if definition and reference else definition


def component_of(name: str, declared: Declared) -> Component:
    """A component as the shape declares it."""
    attached = ATTACHED[declared.attached] if isinstance(declared, Attribute) else ()
    return Component(name, declared.name, declared.codelist, declared.type, attached)


def _stored(component: Declared, lacking: Collection[str]) -> Origin:
    column = str(component.column)
    if column in lacking:
        return Origin(f"cast(null as {TYPES[column]})")
    if component.type in ("Double", "Integer"):
        return Origin(column, column)
    return Origin(f"nullif({column}, '')", column, lambda text: text or None)


def _rows(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """The rows of table `indicator`: id, unit, classifications, then title, definition and reference by language."""
    known = {name for name, *_ in connection.execute("describe indicator").fetchall()}
    definition_fr, definition_es, reference_fr, reference_es = (
        name if name in known else f"cast(null as varchar) as {name}" for name in TRANSLATED
    )
    return connection.execute(f"""
        select
            indicator, unit_measure, unit_mult, classif1, classif2, title_en, title_fr, title_es,
            definition, {definition_fr}, {definition_es}, reference, {reference_fr}, {reference_es}
        from indicator
        order by indicator
    """).fetchall()


def _text(en: str | None, fr: str | None, es: str | None) -> Text:
    return Text(en=en or "", fr=fr, es=es)


def read_flows(connection: duckdb.DuckDBPyConnection) -> list[Flow]:
    """The dataflows of table `indicator`, by indicator. Raises PublishError where the catalogue lacks an indicator."""
    catalogue = all_indicators()
    known = {name for name, *_ in connection.execute("describe observation").fetchall()}
    lacking = frozenset(TYPES.keys() - known)
    flows = []
    for indicator, unit_measure, unit_mult, classif1, classif2, *texts in _rows(connection):
        title, definition, reference = (_text(*texts[at : at + 3]) for at in (0, 3, 6))
        if indicator not in catalogue:
            raise PublishError(
                f"the indicator {indicator} is not in the catalogue",
                where="table indicator",
                remedy="declare it in indicators.yaml, or those of registers or regions, then build the release again",
            )
        columns = [("SEX", "sex"), (classif1, "classif1"), (classif2, "classif2")]
        flows.append(
            Flow(
                indicator,
                title,
                definition,
                reference,
                unit_measure,
                unit_mult,
                catalogue[indicator].declared.decimals,
                tuple((name, column) for name, column in columns if name in indicator.split("_")),
                lacking,
            )
        )
    return flows
