"""Events that an authority records: who, what, where, when, counted.

`schemas/sources/<ISO3>/<name>/` as for registers, with `kind: events`. Who is told by citizenship, sex, age or
programme, what by `concept` and `event`, where by the partner country or the area within the country, when by the wave.
An event is no flow and no stock of persons: complaints, removals, refusals of entry, injuries at work and sanctions
stand in a kind of their own, so that nobody adds them to movements.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field

from schemas.published_indicator import Published
from schemas.rates import rates_of
from schemas.register import Register
from schemas.register_faults import counted_indicators, fed_indicators, register_faults
from schemas.register_indicators import EVENT_CONCEPTS, event_indicators
from schemas.source_kind import SourceKind
from schemas.yaml_lines import Location, line_of


class Events(Register):
    """A source of events: `source.yaml` with `columns.csv` and `code_maps.csv` beside it."""

    kind: Literal["events"] = Field(description="that it records events", examples=["events"])


def events_faults(source: Events, file: Path, lines: dict[Location, int]) -> Iterator[str]:
    """Every fault, with its line in the file."""
    yield from register_faults(source, file, lines)
    for name, table in source.tables.items():
        concept = source.table_facts(table).concept
        if concept and concept not in EVENT_CONCEPTS:
            yield (
                f"line {line_of(lines, ('tables', name))}: table '{name}': '{concept}' is no event; those are "
                f"{', '.join(EVENT_CONCEPTS)}, and what else is counted is of `kind: register`"
            )


def _published() -> Mapping[str, Published]:
    ours = event_indicators()
    return {name: each for name, each in counted_indicators().items() if name in ours | rates_of(ours).keys()}


EVENTS = SourceKind(
    "events",
    "source of events",
    Events,
    events_faults,
    _published,
    has_columns=True,
    has_records=True,
    may_give=fed_indicators,
)
"""Records of events, whose tables count complaints, removals, refusals, injuries and sanctions."""
