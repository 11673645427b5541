"""The indicators: what each measures, of whom, by what, in which unit, after which definition, and who gives it."""

from __future__ import annotations

from ilms.authoring.reference.code_lists import code_list_page
from ilms.authoring.reference.definitions import definition_heading
from ilms.authoring.reference.markdown import cell, facts, link, prose, sections, table
from ilms.authoring.reference.sources import declared_sources, source_link, unit_in_words
from schemas.catalogue import REGIONAL, all_indicators
from schemas.codelists import codelist_ids
from schemas.differences import DifferenceIndicator
from schemas.indicators import Indicator, load_catalogue
from schemas.kinds import KINDS
from schemas.published_indicator import Published, PublishedIndicator
from schemas.standards import definitions_of_indicators

DEFINITIONS_PAGE = "definitions.md"


def indicators() -> str:
    """Every indicator, a section each, by the first kind of source that gives it; then the populations."""
    givers: dict[str, list[str]] = {}
    for source_id, (kind, source) in declared_sources().items():
        for given in kind.may_give(source):
            givers.setdefault(given, []).append(source_id)
    parts, before = [], ""
    for name, each in all_indicators().items():
        if each.kinds[0] != before:
            parts.append(f"## {_heading(each.kinds[0])}")
        before = each.kinds[0]
        parts.append(_section(name, each, givers.get(name, [])))
    return sections([*parts, "## Populations", _populations()])


def _heading(kind: str) -> str:
    return "From regional estimates" if kind == REGIONAL else f"From a {KINDS[kind].called}"


def _section(name: str, indicator: Published, givers: list[str]) -> str:
    declared = indicator.declared
    texts = "; ".join(prose(each) for each in (declared.title.fr, declared.title.es) if each)
    used = (definition_heading(each) for each in definitions_of_indicators()[name])
    return sections(
        [
            f"### `{name}`",
            f"{prose(declared.title.en)}; {texts}.",
            f"{prose(declared.definition.en)}.",
            facts(
                [
                    ("Measure", f"{indicator.measure}{_of(declared)}"),
                    ("By", ", ".join(map(_classification, declared.dimensions)) or "nothing"),
                    ("Unit", unit_in_words(declared.unit_measure, declared.unit_mult)),
                    ("Definitions", ", ".join(link(each, DEFINITIONS_PAGE, each) for each in used)),
                    ("Reference", prose(declared.reference.en)),
                    ("May be given by", ", ".join(map(source_link, givers)) or "no source that is declared"),
                ]
            ),
        ]
    ).strip()


def _of(declared: PublishedIndicator) -> str:
    """The parts of a measure in words; empty where the definition says all."""
    if isinstance(declared, DifferenceIndicator):
        return f" of {link(f'`{declared.of}`', '', declared.of)}"
    if not isinstance(declared, Indicator):
        return ""
    if declared.numerator and declared.denominator:
        return f": {_people(declared.numerator)} per hundred of {_people(declared.denominator)}"
    of = f" of `{declared.variable}`" if declared.variable else ""
    over = f" over `{declared.base_variable}`" if declared.base_variable else ""
    against = f", against {_people(declared.against)}" if declared.against else ""
    return f"{of}{over}: {_people(str(declared.population))}{against}"


def _people(population: str) -> str:
    return prose(load_catalogue().populations[population].label.en)


def _classification(dimension: str) -> str:
    codelist = f"CL_{dimension.split('_', maxsplit=1)[0]}"
    return link(f"`{dimension}`", code_list_page(codelist)) if codelist in codelist_ids() else f"`{dimension}`"


def _populations() -> str:
    """Every population as it is computed from the variables."""
    rows = (
        (f"`{name}`", cell(each.label.en), cell(f"`{' '.join(each.where.split())}`"))
        for name, each in load_catalogue().populations.items()
    )
    return table(("population", "whom it has", "where"), rows)
