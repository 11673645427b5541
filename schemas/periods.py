"""Periods as waves name them, and the waves that a part of a declaration is about.

A wave is a year (2024), a half (2017-S1), a quarter (2024-Q1) or a month (2024-M01), as SDMX writes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from math import inf
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, ConfigDict, RootModel, model_validator

from schemas.declaration import Language

WAVE = re.compile(r"[12][0-9]{3}(-(S[12]|Q[1-4]|M(0[1-9]|1[0-2])))?")
FORMS = "2024, 2017-S1, 2024-Q1 or 2024-M01"
EVERY_WAVE = "every_wave"
SHOWN = 40
MONTHS_OF = {"A": 12, "S": 6, "Q": 3, "M": 1}
"""Frequency of SDMX -> the months of its period."""
_RANGE = re.compile(rf"(?:from (?P<first>{WAVE.pattern})|to (?P<last>{WAVE.pattern})|"
                    rf"(?P<begin>{WAVE.pattern}) to (?P<end>{WAVE.pattern}))")  # fmt: skip


EVERY_WAVE_TOLD: dict[Language, str] = {"en": "every wave", "fr": "toutes les vagues", "es": "todas las oleadas"}
RANGES_TOLD: dict[Language, dict[str, str]] = {
    "en": {"first": "from {first}", "last": "to {last}", "begin end": "{begin} to {end}"},
    "fr": {"first": "à partir de {first}", "last": "jusqu'à {last}", "begin end": "de {begin} à {end}"},
    "es": {"first": "desde {first}", "last": "hasta {last}", "begin end": "de {begin} a {end}"},
}


def _known_form(wave: str) -> str:
    if not WAVE.fullmatch(wave):
        raise ValueError(f"'{wave[:SHOWN]}' is not a wave ({FORMS})")
    return wave


def _year_as_text(value: object) -> object:
    return str(value) if type(value) is int else value


WaveName = Annotated[str, BeforeValidator(_year_as_text), AfterValidator(_known_form)]
"""A wave as it is declared; a year need not be quoted."""


def frequency(wave: str) -> str:
    """SDMX frequency code of a wave: A, S, Q or M."""
    return wave[5] if "-" in wave else "A"


def months(wave: str) -> range:
    """The months of a wave, each as the number of months since year 0: they can be compared across years."""
    length = MONTHS_OF[frequency(wave)]
    part = int(wave[6:]) - 1 if "-" in wave else 0
    first = int(wave[:4]) * MONTHS_OF["A"] + part * length
    return range(first, first + length)


def last_day(wave: str) -> date:
    """The last day of a wave in the Gregorian calendar."""
    year, month = divmod(months(wave).stop, MONTHS_OF["A"])
    return date(year, month + 1, 1) - timedelta(days=1)


def shifted(wave: str, steps: int) -> str:
    """The wave of the same form that many periods later."""
    form = frequency(wave)
    number = months(wave).start // MONTHS_OF[form] + steps
    year, part = divmod(number, MONTHS_OF["A"] // MONTHS_OF[form])
    return {"A": f"{year:04d}", "S": f"{year:04d}-S{part + 1}", "Q": f"{year:04d}-Q{part + 1}"}.get(
        form, f"{year:04d}-M{part + 1:02d}"
    )


def day_in_words(day: date) -> str:
    """A day as people write it: 5 March 2027."""
    return f"{day.day} {day:%B} {day.year}"


def today() -> date:
    """Today's date in coordinated universal time, passed on to whatever depends on it."""
    return datetime.now(UTC).date()


def in_order(waves: Iterable[str]) -> list[str]:
    """Waves by their first month, the shorter of two before the longer."""
    return sorted(waves, key=lambda wave: (months(wave).start, len(months(wave)), wave))


def is_range(text: str) -> bool:
    """Whether a text is a range of waves, such as `from 2022`."""
    return _RANGE.fullmatch(text) is not None


def share_a_wave(one: str, other: str) -> bool:
    """Whether two ranges of waves have any month in common."""
    (first, last), (begin, end) = _ends(one), _ends(other)
    return first < end and begin < last


def _ends(text: str) -> tuple[float, float]:
    """The first month of a range, and the one after its last."""
    found = _RANGE.fullmatch(text)
    if found is None:
        raise ValueError(f"'{text[:SHOWN]}' is not a range of waves")
    first, last = found["first"] or found["begin"], found["last"] or found["end"]
    return months(first).start if first else -inf, months(last).stop if last else inf


class Waves(RootModel[str | list[str]]):
    """Some waves: `every_wave`, one wave, a range, or a list of waves and ranges.

    A range is written `from 2022`, `to 2020` or `2015 to 2017`, ends included; a quarter or a month lies in the range
    when it lies in it whole. `from` holds for waves that are added later too.
    """

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="after")
    def _readable(self) -> Waves:
        for item in self.items:
            found = _RANGE.fullmatch(item)
            if item != EVERY_WAVE and not WAVE.fullmatch(item) and not found:
                raise ValueError(f"'{item}' is neither a wave ({FORMS}) nor a range: `from 2022`, `2015 to 2017`")
            if found and found["begin"] and months(found["begin"]).start >= months(found["end"]).stop:
                raise ValueError(f"'{item}' ends before it begins")
        if EVERY_WAVE in self.items and len(self.items) > 1:
            raise ValueError(f"`{EVERY_WAVE}` cannot be combined with anything else")
        return self

    @property
    def items(self) -> list[str]:
        """The waves and ranges, in their order."""
        return [self.root] if isinstance(self.root, str) else self.root

    @property
    def named(self) -> list[str]:
        """The waves that are named one by one: each must be declared. The ends of ranges need not be."""
        return [item for item in self.items if WAVE.fullmatch(item)]

    def shares(self, other: Waves) -> bool:
        """Whether some wave is meant by both alike: named by both, or in a range of each."""
        ranges = [item for item in self.items if is_range(item)]
        return any(share_a_wave(one, two) for one in ranges for two in other.items if is_range(two)) or bool(
            {*self.named} & {*other.named}
        )

    def __contains__(self, wave: object) -> bool:
        return isinstance(wave, str) and any(_holds(item, wave) for item in self.items)

    def __iter__(self) -> Iterator[str]:  # type: ignore[override]
        """The waves and ranges, as they are written."""
        return iter(self.items)

    def told(self, language: Language) -> str:
        """The waves and ranges in words."""
        return ", ".join(_item_told(item, language) for item in self.items)

    def of(self, waves: Iterable[str]) -> list[str]:
        """Those of some waves that are meant."""
        return [wave for wave in waves if wave in self]


def _item_told(item: str, language: Language) -> str:
    found = _RANGE.fullmatch(item)
    if found is None:
        return EVERY_WAVE_TOLD[language] if item == EVERY_WAVE else item
    ends = {name: wave for name, wave in found.groupdict().items() if wave}
    return RANGES_TOLD[language][" ".join(ends)].format(**ends)


def _holds(item: str, wave: str) -> bool:
    if item in (EVERY_WAVE, wave):
        return True
    if not is_range(item):
        return False
    first, last = _ends(item)
    return first <= months(wave).start and months(wave).stop <= last


ALL_WAVES = Waves(EVERY_WAVE)
NO_WAVES = Waves([])
