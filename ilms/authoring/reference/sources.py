"""The declared sources: who keeps each, whom it covers, its waves and sample, its variables, and what it may give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from ilms.authoring.reference.markdown import anchor, cell, facts, link, prose, sections, table
from schemas.codelists import load_codelist
from schemas.declaration import Text
from schemas.kinds import KINDS
from schemas.loader import list_of_kind, load_of_kind
from schemas.source import Source
from schemas.source_kind import SourceKind
from schemas.survey import Survey, Variable
from schemas.wave import Series

INDICATORS_PAGE = "indicators.md"
VARIABLES_PAGE = "variables.md"


@cache
def declared_sources() -> Mapping[str, tuple[SourceKind[Source], Source]]:
    """Every declared source with its kind, by id."""
    return {name: (kind, load_of_kind(kind, name)) for kind in KINDS.values() for name in list_of_kind(kind)}


def sources() -> str:
    """Every source, a section each, by kind."""
    parts, before = [], ""
    for kind, source in declared_sources().values():
        if kind.name != before:
            parts.append(f"## Every {kind.called}")
        before = kind.name
        parts.append(_section(kind, source))
    return sections(parts)


def _section(kind: SourceKind[Source], source: Source) -> str:
    given = sorted(kind.may_give(source))
    other_titles = "; ".join(prose(each) for each in (source.title.fr, source.title.es) if each)
    return sections(
        [
            f"### {source.id}",
            f"{prose(source.title.en)}{'; ' + other_titles if other_titles else ''}.",
            facts(
                [
                    ("Made up", "yes: it is based on no real person" if source.synthetic else ""),
                    ("Producer", prose(source.producer)),
                    ("To be cited as", prose(source.citation)),
                    ("Licence", prose(source.licence)),
                    ("Described at", f"<{source.landing_page}>"),
                    ("Covers", _coverage(source)),
                    ("Waves", _waves(source)),
                    *(_of_survey(source) if isinstance(source, Survey) else []),
                ]
            ),
            _tables(source),
            _variables(source) if isinstance(source, Survey) else "",
            _indicators(given),
        ]
    ).strip()


def _coverage(source: Source) -> str:
    coverage = source.coverage
    said = [each.en for each in (coverage.geographical, coverage.population, coverage.migrants) if each]
    whole = "the whole country, all persons whom the concept includes" if coverage.complete else "not the whole"
    return prose("; ".join([whole, *said]))


def _waves(source: Source) -> str:
    """Series from when on, and the waves that are declared one by one."""
    in_series = [_series(each) for each in source.series]
    alone = [wave for wave in source.waves if not any(_is_of(each, wave) for each in source.series)]
    return "; ".join([*in_series, ", ".join(alone)] if alone else in_series)


def _series(series: Series) -> str:
    until = f" to {series.until}" if series.until else " on"
    return f"from {series.first}{until}, {series.comes_out_after} days after the end of each"


def _is_of(series: Series, wave: str) -> bool:
    return len(wave) == len(series.first) and series.first <= wave <= (series.until or "9999")


def _of_survey(source: Survey) -> Iterator[tuple[str, str]]:
    design = source.design
    yield "Labour force concepts", f"those of the {source.icls_basis}th ICLS; asked from {source.minimum_age} years"
    yield "Sample design", prose(f"`{design.kind}`" + (f": {design.how_errors}" if design.how_errors else ""))
    yield "Strata and sampling units", ", ".join(f"`{each}`" for each in (design.stratum, design.psu) if each)
    if source.consolidate:
        yield (
            "Longer periods",
            f"{', '.join(source.consolidate.to)}; samples of its waves: `{source.consolidate.periods}`",
        )
    if source.without:
        yield "Cannot identify", "; ".join(f"`{name}` ({prose(why.en)})" for name, why in source.without.items())


def _tables(source: Source) -> str:
    """The producer's tables, of sources that are made of some."""
    declared: Mapping[str, Any] = getattr(source, "tables", {})
    rows = ((f"`{name}`", cell(getattr(each, "title", None) or "")) for name, each in declared.items())
    return table(("table", "what it has"), rows)


def _variables(source: Survey) -> str:
    rows = (
        (link(f"`{name}`", VARIABLES_PAGE, name), cell(_origin(each)), cell(_said(each.note)))
        for name, each in source.variables.items()
    )
    return table(("variable", "where it comes from", "note"), rows)


def _origin(variable: Variable) -> str:
    if variable.missing:
        return f"`{variable.missing}`"
    if variable.columns:
        return "columns " + ", ".join(f"`{each}`" for each in variable.columns)
    if variable.expression:
        return "an expression over other columns"
    if variable.derive:
        return f"the rule `{variable.derive}`"
    if variable.constant:
        return f"`{variable.constant}` for everyone"
    return f"column `{variable.column}`" + (f", map `{variable.map}`" if variable.map else "")


def _said(text: Text | None) -> str:
    return text.en if text else ""


def _indicators(names: list[str]) -> str:
    if not names:
        return "By its declaration it gives no indicators by itself."
    linked = ", ".join(link(f"`{name}`", INDICATORS_PAGE, name) for name in names)
    return f"May give {len(names)} indicators, as far as its records allow: {linked}."


def source_link(name: str) -> str:
    """A link to the section of a source, from the page of another subject."""
    return f"[{name}](sources.md#{anchor(name)})"


def unit_in_words(unit: str, multiplier: int) -> str:
    """A unit by its codes, such as persons, in thousands."""
    label = load_codelist("CL_UNIT_MEASURE").by_code[unit].label_en
    times = {0: "", 3: ", in thousands", 6: ", in millions"}
    return label.lower() + times.get(multiplier, f", times 10 to the {multiplier}")
