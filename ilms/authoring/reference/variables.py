"""The canonical variables: what each means, who has it, its values, and which surveys ask it."""

from __future__ import annotations

from ilms.authoring.reference.code_lists import code_list_page
from ilms.authoring.reference.markdown import cell, facts, link, prose, sections, table
from schemas.concepts import Concept, load_concepts
from schemas.loader import list_surveys, load_survey

ROLES = {
    "declared": "declared by each source",
    "question": "asked in order to derive another variable, and not kept",
    "derived": "computed, never declared",
}
NOT_OF_A_TEXT = {"integer": "whole number", "number": "number", "identifier": "identifier", "country": "country"}


def variables() -> str:
    """Every variable, a section each."""
    asked: dict[str, list[str]] = {}
    for source in list_surveys():
        for name in load_survey(source).answered:
            asked.setdefault(name, []).append(source)
    return sections(_section(name, each, asked.get(name, [])) for name, each in load_concepts().items())


def variable_heading(name: str) -> str:
    """The heading of a variable."""
    return f"`{name}`"


def _section(name: str, concept: Concept, asked: list[str]) -> str:
    limits = " to ".join(f"{each:g}" for each in (concept.minimum, concept.maximum) if each is not None)
    return sections(
        [
            f"## {variable_heading(name)}",
            f"{prose(concept.label.en)}; {prose(concept.label.fr or '')}; {prose(concept.label.es or '')}.",
            facts(
                [
                    ("Type", f"{NOT_OF_A_TEXT.get(concept.type, concept.type)}{', ' + limits if limits else ''}"),
                    ("Who has it", concept.universe.replace("_", " ")),
                    ("Where it comes from", ROLES[concept.role]),
                    ("May be missing as", ", ".join(f"`{each}`" for each in concept.missing)),
                    ("Published by", _codes(concept)),
                    ("Bands", "may be known in bands of years" if concept.bands else ""),
                    (
                        "Several values",
                        "a record may hold several at once, such as `1+2`" if concept.aggregates else "",
                    ),
                    ("Reference", prose(concept.reference)),
                    ("Surveys that have it", ", ".join(link(each, "sources.md", each) for each in asked)),
                ]
            ),
            table(("value", "meaning"), ((f"`{value}`", cell(said)) for value, said in concept.values.items())),
        ]
    ).strip()


def _codes(concept: Concept) -> str:
    return link(f"`{concept.codelist}`", code_list_page(concept.codelist)) if concept.codelist else ""
