"""Indicators of the Sustainable Development Goals in the global data structure of the IAEG-SDGs.

One set of data holds all of them, in the codes of that structure: areas of UN M49, SDMX's own observation statuses,
migrant status as a composite breakdown. It refers to the structure itself, which others maintain, and to no dataflow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import duckdb

from schemas.countries import load_countries
from schemas.declaration import Text
from schemas.sdg import DIMENSIONS, SdgForm, SdgIndicator, load_sdg_form
from schemas.statuses import load_status_map
from transforms.duck import quote_name, quote_text
from warehouse.sdmx.artefacts import DataStructure
from warehouse.sdmx.data import DERIVED, TIME
from warehouse.sdmx.rows import CodeNames, Component, FlowRows, Reference

TITLE = Text(
    en="Indicators of the Sustainable Development Goals on migrant workers",
    fr="Indicateurs des objectifs de développement durable sur les travailleurs migrants",
    es="Indicadores de los Objetivos de Desarrollo Sostenible sobre los trabajadores migrantes",
)
OF_SERIES = tuple(each for each in DIMENSIONS if each != TIME)
MEASURE = Component("OBS_VALUE", Text(en="Observation value"), type="Double")
NOTES = ("note_source", "note_indicator", "note_classif")


def sdg_rows(connection: duckdb.DuckDBPyConnection, names: CodeNames | None = None) -> FlowRows:
    """The observations of table `observation` that the global data structure has series for, in its components."""
    form, structure = load_sdg_form(), sdg_structure()
    selects = [_select(form, name, indicator) for name, indicator in form.indicators.items()]
    return FlowRows(
        dataflow=None,
        title=structure.name,
        structure=structure.reference,
        dimensions=structure.dimensions,
        measure=MEASURE,
        attributes=structure.attributes,
        connection=connection,
        rows=connection.sql(" union all ".join(selects)),
        names=names or CodeNames(connection),
    )


def sdg_structure() -> DataStructure:
    """The global data structure, with those of its attributes that are given here."""
    address = load_sdg_form().structure
    return DataStructure(
        Reference(address.agency, address.id, address.version),
        TITLE,
        dimensions=tuple(_component(name) for name in DIMENSIONS),
        measure=MEASURE,
        attributes=tuple(_attributes()),
    )


def _component(name: str) -> Component:
    return Component(name, Text(en=name), type="ObservationalTimePeriod" if name == TIME else "String")


def _attributes() -> Iterator[Component]:
    for name in ("OBS_STATUS", "UNIT_MULT"):
        yield Component(name, Text(en=name), type="String")
    yield Component("UNIT_MEASURE", Text(en="UNIT_MEASURE"), type="String", attached=OF_SERIES)
    for name in ("COMMENT_OBS", "SOURCE_DETAIL"):
        yield Component(name, Text(en=name), type="String")
    for name in ("UPPER_BOUND", "LOWER_BOUND"):
        yield Component(name, Text(en=name), type="Double")


def _select(form: SdgForm, name: str, indicator: SdgIndicator) -> str:
    """The SQL of one indicator's observations; those with a code that the structure has no place for are left out."""
    areas = {code: country.m49.lstrip("0") for code, country in load_countries().items() if country.m49}
    composite = _coded("classif1", indicator.breakdown) if indicator.breakdown else "'_T'"
    expressions = {
        **{dimension: quote_text(code) for dimension, code in form.constants.items()},
        **{name: origin.sql for name, origin in DERIVED.items()},
        "SERIES": quote_text(indicator.series),
        "REF_AREA": _coded("ref_area", areas),
        "SEX": _coded("sex", form.sex),
        "COMPOSITE_BREAKDOWN": composite,
        "OBS_VALUE": "obs_value",
        "OBS_STATUS": _coded("coalesce(obs_status, '')", load_status_map()["ilo", "sdmx"]),
        "UNIT_MULT": "'0'",
        "UNIT_MEASURE": quote_text(indicator.unit_measure),
        "COMMENT_OBS": _joined(quote_text(indicator.comment) if indicator.comment else "null", *NOTES[1:]),
        "SOURCE_DETAIL": _joined("source", NOTES[0]),
        "UPPER_BOUND": "upper_bound",
        "LOWER_BOUND": "lower_bound",
    }
    ordered = [*DIMENSIONS, *(each for each in expressions if each not in DIMENSIONS)]
    columns = ", ".join(f"{expressions[each]} as {quote_name(each)}" for each in ordered)
    held = " and ".join(f"{each} is not null" for each in ("REF_AREA", "SEX", "COMPOSITE_BREAKDOWN"))
    return f"(from (select {columns} from observation where indicator = {quote_text(name)}) where {held})"


def _coded(column: str, codes: Mapping[str, str]) -> str:
    """The SQL of a code of ours as one of theirs; null where they have none."""
    cases = " ".join(f"when {quote_text(ours)} then {quote_text(theirs)}" for ours, theirs in codes.items())
    return f"case {column} {cases} end"


def _joined(*texts: str) -> str:
    """The SQL of texts as one; null where there are none."""
    given = ", ".join(f"nullif({text}, '')" for text in texts)
    return f"nullif(concat_ws(' | ', {given}), '')"
