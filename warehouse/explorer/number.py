"""The story of a number: what it is, where it comes from, how far it carries, and what it was before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from warehouse.explorer.catalogue import Source
from warehouse.explorer.copying import citation
from warehouse.explorer.definitions import Definition, definitions_of
from warehouse.explorer.notes import Note, Said, check_in, check_text, notes_in
from warehouse.explorer.numbers import COLUMNS, Number
from warehouse.explorer.page import Link, Page
from warehouse.explorer.questions import Question, questions_of
from warehouse.explorer.reader import Reader
from warehouse.release.history import COLUMNS as HISTORY
from warehouse.release.history import history_of
from warehouse.service.errors import no_results

STORY = f"""
    select {COLUMNS}, note_classif, note_indicator, note_source, degrees_of_freedom, wave, vintage
    from observation
    where
        indicator = ? and ref_area = ? and ends_with(source, ':' || ?) and time = ?
        and coalesce(sex, '') = ? and coalesce(classif1, '') = ? and coalesce(classif2, '') = ?
"""
CHECKS = """
    select description, {said}, success, observed
    from quality_result
    where source = ? and wave = ? and belongs_to = 'published'
    order by success nulls first, severity, stage, check_id
"""
KEY = ("indicator", "area", "source", "time", "sex", "classif1", "classif2")


@dataclass(frozen=True)
class Check:
    """A check of the numbers of the same wave."""

    text: Said
    is_met: bool | None
    observed: str


@dataclass(frozen=True)
class Past:
    """The value that the number had, in which release first, from when to when."""

    value: str
    status: str
    release: str
    since: str
    until: str


@dataclass(frozen=True)
class Fact:
    """A line of the story: a name and what it is."""

    name: str
    text: str
    address: str = ""


@dataclass(frozen=True)
class NumberPage(Page):
    """A number."""

    template: ClassVar[str] = "number.html"
    number: Number
    value: str
    unit: str
    interval: str
    reading: str
    facts: Sequence[Fact]
    notes: Sequence[Note]
    checks: Sequence[Check]
    past: Sequence[Past]
    questions: Sequence[Question]
    definitions: Sequence[Definition]
    source: Source | None
    back: Link
    cite: str


def number_page(reader: Reader, asked: Mapping[str, str]) -> NumberPage:
    """The story of a number. Raises RequestError (404) where the release has no such number."""
    key = ["" if asked[name] == "-" else asked[name] for name in KEY]
    row = reader.cursor.execute(STORY, key).fetchone() if reader.has(asked["indicator"]) else None
    if row is None:
        raise no_results(reader.say("no.number"))
    width = len(COLUMNS.split(","))
    number = Number(*row[:width])
    classif, indicator, source_note, degrees, wave, vintage = row[width:]
    flow = reader.flow(number.indicator)
    source = reader.catalogue.sources.get(number.source)
    title = reader.text(flow.title)
    return NumberPage(
        title=title,
        number=number,
        value=reader.value(number, flow),
        unit=reader.unit(flow),
        interval=reader.interval(number, flow),
        reading=_reading(reader, number),
        facts=_facts(reader, number, degrees, wave, vintage),
        notes=notes_in(reader, (classif, indicator, source_note)),
        checks=[
            Check(check_in(description, said), success, observed or "")
            for description, said, success, observed in reader.cursor.execute(
                CHECKS.format(said=check_text(reader)), [number.source_id, wave]
            ).fetchall()
        ],
        past=_past(reader, number),
        questions=questions_of(number.source_id, number.indicator, wave),
        definitions=definitions_of(reader, number.indicator),
        source=source,
        back=Link(title, reader.to("indicator", number.indicator, number.area)),
        cite=_cite(reader, number, wave, source),
    )


def _cite(reader: Reader, number: Number, wave: str, source: Source | None) -> str:
    """How to cite the number: what it is, of whom, which country and period, the source with its wave, the release."""
    say, flow = reader.say, reader.flow(number.indicator)
    codes = {"sex": number.sex, "classif1": number.classif1, "classif2": number.classif2}
    groups = [reader.of_column(flow, column, codes[column]) for _, column in flow.classifications if codes[column]]
    value = f"{reader.value(number, flow)} {reader.unit(flow)}" if number.value is not None else reader.value(number)
    what = say(
        "citation.of",
        title=reader.text(flow.title),
        what=", ".join([*groups, value]),
        country=reader.area(number.area),
        period=say.period(number.time),
    )
    named = reader.text(source.title) if source else number.source_id
    cited = say("citation.source", source=f"{named} ({number.source_id})", wave=wave)
    return citation(reader, what, [cited, source.citation if source else ""])


def _reading(reader: Reader, number: Number) -> str:
    """How far the number carries, in a sentence."""
    if number.is_nobody:
        return reader.say("reading.nobody")
    return reader.say(f"reading.{number.kind}")


def _facts(reader: Reader, number: Number, degrees: int | None, wave: str, vintage: str) -> list[Fact]:
    say, flow = reader.say, reader.flow(number.indicator)
    source = reader.catalogue.sources.get(number.source)
    found = [
        Fact(say("country"), reader.area(number.area), reader.to("country", number.area)),
        Fact(say("field.period"), say.period(number.time)),
    ]
    found += [
        Fact(reader.classification(name), reader.of_column(flow, column, code))
        for name, column in flow.classifications
        if (code := {"sex": number.sex, "classif1": number.classif1, "classif2": number.classif2}[column])
    ]
    if source is not None:
        found.append(Fact(say("source"), reader.text(source.title), reader.to("source", source.id)))
    found += [Fact(say("wave"), wave), Fact(say("vintage"), vintage), Fact(say("indicator"), number.indicator)]
    figures = (
        ("n", number.n, 0),
        ("se", number.se, 3),
        ("cv", number.cv, 1),
        ("df", degrees, 0),
    )
    found += [
        Fact(say(f"fact.{name}"), say.number(value, decimals)) for name, value, decimals in figures if value is not None
    ]
    if number.se is None:
        found.append(Fact(say("fact.se"), say("none.reason")))
    found.append(Fact(say("status"), reader.status(number) or say("status.normal")))
    return found


def _past(reader: Reader, number: Number) -> list[Past]:
    key = {
        "ref_area": number.area,
        "source": number.source,
        "indicator": number.indicator,
        "sex": number.sex or "",
        "classif1": number.classif1 or "",
        "classif2": number.classif2 or "",
        "time": number.time,
    }
    found = []
    decimals = reader.decimals(reader.flow(number.indicator))
    for row in history_of(reader.layout, key):
        of = dict(zip(HISTORY, row, strict=True))
        value = of["obs_value"]
        found.append(
            Past(
                reader.say.number(value, decimals) if isinstance(value, float) else reader.say("withheld"),
                str(of["obs_status"] or ""),
                str(of["release"]),
                f"{of['valid_from']:%Y-%m-%d %H:%M}",
                f"{of['valid_to']:%Y-%m-%d %H:%M}" if of["valid_to"] else "",
            )
        )
    return found
