"""Numbers of an indicator: with their status, error, source and notes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from warehouse.assistants.describe import AREA, filters_of, find_flow, general_rules, versions_rules
from warehouse.assistants.reading import AREAS, STATUSES, Reading, unknown_code
from warehouse.assistants.results import Number, Numbers, Source, Status
from warehouse.assistants.sources import source_of
from warehouse.sdmx.available import Available, available
from warehouse.sdmx.flows import Flow
from warehouse.sdmx.query import Slice, select_rows
from warehouse.sdmx.rows import Component, FlowRows
from warehouse.sdmx.served import TIME
from warehouse.service.errors import no_results, shown, syntax_error

NOTES = ("NOTE_SOURCE", "NOTE_INDICATOR", "NOTE_CLASSIF")
NORMAL = "A"


@dataclass(frozen=True)
class Asked:
    """Which numbers are asked for.

    codes       dimension -> codes, of which a number has one; the area among the dimensions
    start, end  periods of any frequency
    last        how many periods of each series, back from its last one
    limit       of how many numbers are listed
    """

    indicator: str
    codes: Mapping[str, frozenset[str]]
    start: str | None
    end: str | None
    last: int | None
    limit: int


@dataclass
class _Notes:
    """The notes of an answer, each once."""

    keys: dict[str, str] = field(default_factory=dict)

    def of(self, row: Mapping[str, Any]) -> list[str]:
        """The keys of the notes of a row."""
        texts = [row[name] for name in NOTES if row[name]]
        return [self.keys.setdefault(text, f"note {len(self.keys) + 1}") for text in texts]


def numbers(reading: Reading, asked: Asked) -> Numbers:
    """The numbers that are asked for. Raises RequestError for an unknown indicator, dimension, code or period, and
    where there are none."""
    flow = find_flow(reading, asked.indicator)
    whole = available(select_rows(reading.cursor, flow, Slice(), agency=reading.release.agency))
    missing = _without_numbers(reading, flow, asked, whole)
    rows = _selected(reading, flow, asked)
    total = int(rows.rows.count("*").fetchall()[0][0])
    if not total:
        raise no_results(_nothing(asked, whole, missing))
    found = rows.rows.order(", ".join(rows.keys)).limit(asked.limit).to_arrow_table().to_pylist()
    notes, components = _Notes(), filters_of(flow)
    return Numbers(
        release=reading.mark,
        indicator=flow.indicator,
        title=reading.text(flow.title),
        unit=reading.unit(flow),
        numbers=[_number(reading, components, row, notes.of(row)) for row in found],
        total=total,
        is_truncated=total > asked.limit,
        without_numbers=missing,
        sources=_sources(reading, {row["SOURCE"] for row in found}),
        notes={key: text for text, key in notes.keys.items()},
        reading=[*general_rules(), *versions_rules(available(rows))],
    )


def _without_numbers(reading: Reading, flow: Flow, asked: Asked, whole: Available) -> list[str]:
    """The codes asked for that no number has. Raises RequestError for what is no dimension, or no code of its list."""
    lists = {AREA: AREAS} | {each.id: str(each.codelist) for each in filters_of(flow)}
    missing = []
    for dimension, codes in asked.codes.items():
        if dimension not in lists:
            listed = ", ".join(each for each in lists if each != AREA)
            raise syntax_error(f"{flow.indicator} has no dimension '{shown(dimension)}'; filters are: {listed}.")
        names = reading.names.of(lists[dimension])
        for code in sorted(codes):
            if code not in names:
                labels = {each: reading.text(text) for each, text in names.items()}
                raise unknown_code(code, dimension, labels, whole.codes[dimension])
            if code not in whole.codes[dimension]:
                missing.append(f"{dimension}={code}")
    return missing


def _selected(reading: Reading, flow: Flow, asked: Asked) -> FlowRows:
    wanted = Slice((asked.codes,) if asked.codes else (), asked.start, asked.end, last=asked.last)
    try:
        return select_rows(reading.cursor, flow, wanted, agency=reading.release.agency)
    except ValueError as error:
        periods = " or ".join(f"'{shown(each)}'" for each in (asked.start, asked.end) if each)
        raise syntax_error(f"{periods} is no period: write one such as 2024, 2024-Q3 or 2024-11.") from error


def _nothing(asked: Asked, whole: Available, missing: Iterable[str]) -> str:
    none = f" No number at all has {', '.join(missing)}." if missing else ""
    periods = " and the periods" if asked.start or asked.end else ""
    return (
        f"No number has all of these codes{periods}.{none} Numbers lie between {whole.first} and {whole.last}; "
        "describe_indicator lists the codes and areas that have some."
    )


def _number(reading: Reading, components: Iterable[Component], row: Mapping[str, Any], notes: list[str]) -> Number:
    status = row["OBS_STATUS"] or ""
    return Number(
        area=reading.coded(AREAS, row[AREA]),
        period=row[TIME],
        codes={each.id: reading.coded(str(each.codelist), row[each.id]) for each in components if row[each.id]},
        value=row["OBS_VALUE"],
        status=Status(code=status, label=reading.label(STATUSES, status or NORMAL)),
        n=row["SAMPLE_SIZE"],
        distinct_persons=row["DISTINCT_PERSONS"],
        standard_error=row["STANDARD_ERROR"],
        cv=row["COEFFICIENT_OF_VARIATION"],
        lower_bound=row["LOWER_BOUND"],
        upper_bound=row["UPPER_BOUND"],
        source=row["SOURCE"],
        notes=notes,
    )


def _sources(reading: Reading, ids: Iterable[str]) -> dict[str, Source]:
    return {each: source_of(reading, each) for each in sorted(ids)}
