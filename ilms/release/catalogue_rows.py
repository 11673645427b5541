"""Rows of the tables that describe the numbers of a release: sources, indicators, codes."""

from __future__ import annotations

from typing import Any

from schemas.benchmark import Benchmark
from schemas.catalogue import all_indicators
from schemas.codelists import all_codelists
from schemas.declaration import Language, Trilingual
from schemas.editions import EstimateSource
from schemas.published_indicator import Published
from schemas.source import Runnable
from schemas.standards import definitions_of_indicators, load_standards
from schemas.tables import SOURCE
from warehouse.release.inputs import Row

COVERAGE: dict[str, Language] = {"coverage": "en", "coverage_fr": "fr", "coverage_es": "es"}


def source_row(source: Runnable | Benchmark) -> Row:
    """One row of table `source`."""
    return {
        "source": f"{source.source_type}:{source.id}",
        "source_id": source.id,
        "ref_area": source.ref_area,
        "title_en": source.title.en,
        "title_fr": source.title.fr,
        "title_es": source.title.es,
        "producer": source.producer,
        "citation": source.citation,
        "licence": source.licence,
        "landing_page": source.landing_page,
        "kind": source.kind,
        "synthetic": source.synthetic,
        **{column: source.coverage.told(language) for column, language in COVERAGE.items()},
    }


def whole_source_row(kept: Row) -> Row:
    """A row of table `source` that earlier software may have kept: nothing is in the columns that it did not know."""
    return {column.name: None for column in SOURCE} | dict(kept)


def estimate_row(source: EstimateSource) -> dict[str, Any]:
    """The row of table `source` of our own estimates of regions and the world."""
    return {
        "source": source.written,
        "source_id": source.id,
        "ref_area": source.id.split(".")[0],
        "title_en": source.title.en,
        "title_fr": source.title.fr,
        "title_es": source.title.es,
        "producer": source.producer,
        "citation": source.citation,
        "licence": source.licence,
        "landing_page": source.landing_page,
        "kind": "estimates",
        "synthetic": False,
        "coverage": "regions, income groups and the world",
        "coverage_fr": "régions, groupes de revenu et monde",
        "coverage_es": "regiones, grupos de ingresos y el mundo",
    }


def indicator_rows() -> list[Row]:
    """Rows of table `indicator`: every indicator of every kind of source, once."""
    return [_indicator_row(name, each) for name, each in all_indicators().items()]


def _indicator_row(name: str, published: Published) -> Row:
    indicator, classifications = published.declared, published.classifications
    return {
        "indicator": name,
        "title_en": indicator.title.en,
        "title_fr": indicator.title.fr,
        "title_es": indicator.title.es,
        "measure": published.measure,
        "unit_measure": indicator.unit_measure,
        "unit_mult": indicator.unit_mult,
        "classif1": classifications[0] if classifications else None,
        "classif2": classifications[1] if len(classifications) > 1 else None,
        "definition": indicator.definition.en,
        "definition_fr": indicator.definition.fr,
        "definition_es": indicator.definition.es,
        "reference": _reference(name, indicator.reference, "en"),
        "reference_fr": _reference(name, indicator.reference, "fr"),
        "reference_es": _reference(name, indicator.reference, "es"),
    }


def _reference(name: str, declared: Trilingual, language: Language) -> str:
    """The standard that an indicator follows, and the definitions that it uses, with document and paragraph."""
    standards = load_standards()
    cited = [standards.cited(each, language) for each in definitions_of_indicators()[name]]
    semicolon = " ; " if language == "fr" else "; "
    return f"{declared.spoken(language)}. {semicolon.join(cited)}"


def code_rows() -> list[Row]:
    """Rows of table `code`."""
    return [
        {
            "codelist": codelist.id,
            "code": code.code,
            "parent": code.parent,
            "label_en": code.label_en,
            "label_fr": code.label_fr,
            "label_es": code.label_es,
            "is_total": code.is_total,
            "sort": code.sort,
        }
        for codelist in all_codelists()
        for code in codelist.codes
    ]
