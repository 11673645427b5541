"""Findings: sentences made from numbers, each with the uncertainty of what it says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from warehouse.explorer.compare import Pair, gap_indicators, pairs, sides_of, with_gaps
from warehouse.explorer.groups import SEXES
from warehouse.explorer.headlines import Headline, load_headlines
from warehouse.explorer.numbers import Number, Wanted, read_numbers
from warehouse.explorer.reader import Reader


@dataclass(frozen=True)
class Finding:
    """What is said of a subject: a sentence about women and one about men, each of a pair of numbers; where more is."""

    subject: str
    sentences: Sequence[tuple[Pair, str]]
    address: str


@dataclass(frozen=True)
class Told:
    """A subject in a country by a basis: its pairs of women and of men in the last period."""

    subject: str
    basis: str
    indicator: str
    women: Pair
    men: Pair

    @property
    def pairs(self) -> tuple[Pair, Pair]:
        """Women, men."""
        return self.women, self.men


def read_told(reader: Reader, area: str) -> list[Told]:
    """The headline subjects of a country, by each basis that it has numbers for."""
    wanted = {
        indicator: (subject, headline)
        for subject, headline in load_headlines().items()
        for indicator in headline.by.values()
    }
    given = {each.indicator for each in reader.catalogue.areas.get(area, ())}
    asked = [each for each in wanted if each in given]
    if not asked:
        return []
    gaps = [gap_indicators()[each] for each in asked if each in gap_indicators()]
    wanted_numbers = Wanted(indicators=[*asked, *gaps], areas=[area], sexes=SEXES)
    read = read_numbers(reader.cursor, wanted_numbers, only_last=True)
    found = []
    for indicator in asked:
        subject, headline = wanted[indicator]
        told = _told(subject, indicator, headline, read)
        if told is not None:
            found.append(told)
    return found


def _told(subject: str, indicator: str, headline: Headline, numbers: Sequence[Number]) -> Told | None:
    """The pairs of a subject, from the source with the last period."""
    listed = pairs(each for each in numbers if each.indicator == indicator)
    beside = [each for each in listed if not headline.code or each.code == headline.code]
    beside = with_gaps(beside, [each for each in numbers if each.indicator == gap_indicators().get(indicator)])
    known = sides_of(indicator)
    if known is None or not beside:
        return None
    last = max(each.time for each in beside)
    of = {each.sex: each for each in beside if each.time == last}
    women, men = (of.get(sex) or Pair(known[0], sex, last, "") for sex in SEXES)
    return Told(subject, known[0], indicator, women, men) if women.is_whole or men.is_whole else None


def findings(reader: Reader, area: str, told: Sequence[Told]) -> Iterator[Finding]:
    """What the numbers of a country say, subject by subject.

    Of a subject that is given by birth and by citizenship, birth is told.
    """
    done: set[str] = set()
    for each in told:
        if each.subject in done:
            continue
        done.add(each.subject)
        said = [(pair, sentence(reader, each.subject, pair)) for pair in each.pairs if pair.is_whole]
        yield Finding(each.subject, said, reader.to("indicator", each.indicator, area))


def sentence(reader: Reader, subject: str, pair: Pair) -> str:
    """What a pair says in words: both values with their intervals, the gap with its own, and whether it is clear."""
    say, migrants, others = reader.say, pair.migrants, pair.others
    if migrants is None or others is None or pair.gap is None:
        return ""
    sex = pair.sex.removeprefix("SEX_")
    first = say(
        f"subject.{subject}.sentence",
        period=say.period(pair.time),
        migrants=say(f"who.{pair.basis}.{sex}.migrants"),
        others=say(f"who.{pair.basis}.{sex}.others"),
        value=_with_interval(reader, migrants),
        other=_with_interval(reader, others),
    )
    return f"{first} {_about_gap(reader, pair)}"


def _with_interval(reader: Reader, number: Number) -> str:
    value, interval = reader.value(number), reader.interval(number)
    percent = reader.say("percent.sign")
    return f"{value}{percent} ({interval})" if interval else f"{value}{percent}"


def _about_gap(reader: Reader, pair: Pair) -> str:
    say = reader.say
    gap = say.number(pair.gap, 1, signed=True)
    if not pair.is_sound:
        return say("gap.unreliable", gap=gap)
    if pair.interval is None:
        return say("gap.alone", gap=gap)
    low, high = (say.number(end, 1, signed=True) for end in pair.interval)
    interval = say("gap.interval" if pair.is_measured else "gap.interval.most", low=low, high=high)
    return say("gap.clear" if pair.is_clear else "gap.chance", gap=gap, interval=interval)
