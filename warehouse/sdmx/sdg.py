"""Indicators of the Sustainable Development Goals in the global data structure of the IAEG-SDGs.

One dataflow holds all of them, in the codes of that structure: areas of UN M49, SDMX's own observation statuses,
migrant status as a composite breakdown. Others maintain the structure: of its code lists and concepts only what is
given here is told, as parts of lists. In the files of a release data refer to the structure itself, and no dataflow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property

import duckdb

from schemas.codelists import load_codelist
from schemas.countries import load_countries
from schemas.declaration import Text
from schemas.sdg import DIMENSIONS, SdgForm, SdgStructure, load_sdg_form
from schemas.statuses import load_status_map
from transforms.duck import quote_text
from warehouse.sdmx.agency import Agency
from warehouse.sdmx.artefacts import Artefact, Codelist, ConceptScheme, DataStructure, Item
from warehouse.sdmx.data import flow_rows
from warehouse.sdmx.rows import Component, FlowRows, Reference
from warehouse.sdmx.served import DERIVED, TIME, Components, Origin, ServedFlow

FLOW = "DF_SDG"
TITLE = Text(
    en="Indicators of the Sustainable Development Goals on migrant workers",
    fr="Indicateurs des objectifs de développement durable sur les travailleurs migrants",
    es="Indicadores de los Objetivos de Desarrollo Sostenible sobre los trabajadores migrantes",
)
DESCRIPTION = Text(
    en="Indicators 8.8.1 and 10.7.1 in the global data structure of the IAEG-SDGs; of that structure, the attributes"
    " and codes that are given here. The SDMX Global Registry has the whole"
)
OF_SERIES = tuple(each for each in DIMENSIONS if each != TIME)
NOTES = ("note_source", "note_indicator", "note_classif")
AREA, SEX, BREAKDOWN, MEASURE = "REF_AREA", "SEX", "COMPOSITE_BREAKDOWN", "OBS_VALUE"
UNIT_MULT = "0"
ATTRIBUTES = {
    "OBS_STATUS": Component("OBS_STATUS", TITLE, is_mandatory=True),
    "UNIT_MULT": Component("UNIT_MULT", TITLE, is_mandatory=True),
    "UNIT_MEASURE": Component("UNIT_MEASURE", TITLE, attached=OF_SERIES, is_mandatory=True),
    "COMMENT_OBS": Component("COMMENT_OBS", TITLE, type="String"),
    "SOURCE_DETAIL": Component("SOURCE_DETAIL", TITLE, type="String"),
    "UPPER_BOUND": Component("UPPER_BOUND", TITLE, type="Double"),
    "LOWER_BOUND": Component("LOWER_BOUND", TITLE, type="Double"),
}
"""Those that are given, in the order of the structure; names and lists are declared in sdg.yaml."""


class GoalsFlow(ServedFlow):
    """The dataflow of these indicators, as `schemas/sdg.yaml` declares it."""

    title, description, id, topic = TITLE, DESCRIPTION, FLOW, "SDG"
    indicator, classifications = None, ()

    def __init__(self, form: SdgForm) -> None:
        self.form = form

    def structure(self, agency: Agency) -> Reference:  # noqa: ARG002
        """The global structure, whichever agency publishes the data."""
        return _reference(self.form.structure)

    @cached_property
    def components(self) -> Components:
        """The dimensions and the value of the structure, and those of its attributes that are given here."""
        dimensions = tuple(self._said(Component(name, TITLE)) for name in DIMENSIONS if name != TIME)
        period = self._said(Component(TIME, TITLE, type="ObservationalTimePeriod"))
        measure = self._said(Component(MEASURE, TITLE, type="Double"))
        return Components((*dimensions, period), measure, tuple(map(self._said, ATTRIBUTES.values())))

    def _said(self, component: Component) -> Component:
        """A component with its declared name and code list."""
        declared = self.form.codelists.get(component.id)
        name = Text(en=self.form.names[component.id])
        return replace(component, name=name, codelist=declared.id if declared else None)

    @cached_property
    def origins(self) -> Mapping[str, Origin]:
        """Their codes for ours; null for those that the structure has no place for."""
        form = self.form
        areas = {code: country.m49.lstrip("0") for code, country in load_countries().items() if country.m49}
        comments = {name: each.comment for name, each in form.indicators.items() if each.comment}
        made = {
            "SERIES": _coded("indicator", {name: each.series for name, each in form.indicators.items()}),
            AREA: _coded("ref_area", areas),
            SEX: _coded("sex", form.sex),
            BREAKDOWN: self._breakdown(),
            "OBS_STATUS": _coded("coalesce(obs_status, '')", load_status_map()["ilo", "sdmx"]),
            "UNIT_MEASURE": _coded("indicator", {name: each.unit_measure for name, each in form.indicators.items()}),
            "COMMENT_OBS": _joined(_coded("indicator", comments) if comments else "null", *NOTES[1:]),
            "SOURCE_DETAIL": _joined("source", NOTES[0]),
        }
        columns = {MEASURE: "obs_value", "UPPER_BOUND": "upper_bound", "LOWER_BOUND": "lower_bound"}
        return {
            **{name: Origin(quote_text(code), constant=code) for name, code in self.constants.items()},
            **DERIVED,
            **{name: Origin(column, column) for name, column in columns.items()},
            **{name: Origin(sql) for name, sql in made.items()},
        }

    def _breakdown(self) -> str:
        """The SQL of the composite breakdown: of migrant status where the indicator is given by it."""
        cases = [
            f"when {quote_text(name)} then {_coded('classif1', each.breakdown) if each.breakdown else quote_text('_T')}"
            for name, each in self.form.indicators.items()
        ]
        return f"case indicator {' '.join(cases)} end"

    @property
    def stored(self) -> Mapping[str, str]:
        """None: every code is another one here."""
        return {}

    @property
    def constants(self) -> Mapping[str, str]:
        """Dimensions with one code in all series, and the multiplier of the unit."""
        return {**self.form.constants, "UNIT_MULT": UNIT_MULT}

    @cached_property
    def condition(self) -> str:
        """The rows of these indicators; those with a code that the structure has no place for are left out."""
        indicators = ", ".join(map(quote_text, self.form.indicators))
        held = " and ".join(f"({self.expressions[each]}) is not null" for each in (AREA, SEX, BREAKDOWN))
        return f"(indicator in ({indicators}) and {held})"

    @cached_property
    def code_names(self) -> Mapping[str, Mapping[str, Text]]:
        """The names of the codes that are given here, by the ids of their lists."""
        return {
            each.id: _areas() if name == AREA else {code: Text(en=said) for code, said in each.codes.items()}
            for name, each in self.form.codelists.items()
        }

    @cached_property
    def maintained_elsewhere(self) -> tuple[Artefact, ...]:
        """The structure, its concepts and its code lists, of the latter two what is given here."""
        return (*self._codelists(), self._concepts(), self._structure())

    def _codelists(self) -> Iterator[Codelist]:
        for name, declared in self.form.codelists.items():
            items = tuple(Item(code, said) for code, said in self.code_names[declared.id].items())
            yield Codelist(_reference(declared), Text(en=self.form.names[name]), items=items, is_partial=True)

    def _concepts(self) -> ConceptScheme:
        items = tuple(Item(each.id, each.name) for each in self.components.all)
        name = Text(en="Concepts of the Sustainable Development Goals")
        return ConceptScheme(_reference(self.form.concepts), name, items=items, is_partial=True)

    def _structure(self) -> DataStructure:
        parts, concepts = self.components, _reference(self.form.concepts)
        return DataStructure(
            _reference(self.form.structure),
            Text(en="SDG DSD"),
            DESCRIPTION,
            dimensions=parts.dimensions,
            measure=parts.measure,
            attributes=parts.attributes,
            schemes=tuple((each.id, concepts.id) for each in parts.all),
            elsewhere=(concepts, *(_reference(each) for each in self.form.codelists.values())),
        )


def goals(connection: duckdb.DuckDBPyConnection) -> list[GoalsFlow]:
    """The dataflow of these indicators, where table `observation` has any."""
    flow = GoalsFlow(load_sdg_form())
    return [flow] if connection.execute(f"from observation where {flow.condition} limit 1").fetchall() else []


def sdg_rows(connection: duckdb.DuckDBPyConnection) -> FlowRows:
    """The observations that the global data structure has series for, as data of the structure and no dataflow."""
    return replace(flow_rows(connection, GoalsFlow(load_sdg_form()), agency=Agency()), dataflow=None)


def _reference(declared: SdgStructure) -> Reference:
    return Reference(declared.agency, declared.id, declared.version)


def _areas() -> Mapping[str, Text]:
    """The codes of UN M49 as the structure writes them, with the names of the areas."""
    countries = load_countries()
    return {
        countries[each.code].m49.lstrip("0"): Text(en=each.label_en, fr=each.label_fr, es=each.label_es)
        for each in load_codelist("CL_AREA").codes
        if each.code in countries and countries[each.code].m49
    }


def _coded(column: str, codes: Mapping[str, str]) -> str:
    """The SQL of a code of ours as one of theirs; null where they have none."""
    cases = " ".join(f"when {quote_text(ours)} then {quote_text(theirs)}" for ours, theirs in codes.items())
    return f"case {column} {cases} end"


def _joined(*texts: str) -> str:
    """The SQL of texts as one; null where there are none."""
    given = ", ".join(f"nullif({text}, '')" for text in texts)
    return f"nullif(concat_ws(' | ', {given}), '')"
