"""What a new year would silently lose: years in the file that no wave uses, and lists of waves that end before it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from schemas.expressions import raw_columns
from schemas.partition import Partition
from schemas.periods import Waves, in_order, months
from schemas.register import Register
from schemas.register_indicators import load_register_catalogue
from schemas.series import series_of
from transforms.duck import quote_name
from transforms.flows.counts import Received
from transforms.flows.periods import YEAR, YEAR_NUMBER, month_numbers
from transforms.flows.remarks import NOTHING, Remarks, warning
from transforms.flows.sums import counted
from transforms.flows.table_in_wave import SHOWN, TableInWave
from transforms.relation import Relation

_OF_THE_WAVE = re.compile(r"\{(wave|year|their_year)\}")


def report_unused_years(received: Received, table: TableInWave) -> Remarks:
    """Report the periods in the file of the newest wave that no wave uses; a warning unless they are before the first
    wave."""
    waves = in_order(table.register.waves)
    if table.partition.wave != waves[-1] or not _OF_THE_WAVE.search(table.declared.where or ""):
        return NOTHING
    used = {month for wave in waves for month in months(wave)}
    found = NOTHING
    for column in sorted(raw_columns(table.in_wave(str(table.declared.where)))):
        unused = {text: period for text, period in _periods(received, table, column).items() if not used & {*period}}
        later = [text for text, period in unused.items() if period.start > min(used)]
        earlier = [text for text in unused if text not in later]
        if later:
            found += warning(f"table '{table.name}': its file also has {_words(later)}, which no wave uses")
        if earlier:
            shown = f"table '{table.name}': its file also has {_words(earlier)}, before the first wave"
            found += Remarks(shown=(shown,))
    return found


def _periods(received: Received, table: TableInWave, column: str) -> dict[str, range]:
    """The months that each text of a column stands for; empty where one of them names no year."""
    calendar = table.register.calendar
    ahead = calendar.ahead if calendar is not None else 0
    rows, name = received.rows, quote_name(column)
    query = f"select distinct trim({name}) from {rows} where {name} is not null order by 1"
    found: dict[str, range] = {}
    for (text,) in rows.connection.execute(query).fetchall():
        year = YEAR_NUMBER.search(str(text))
        if year is None:
            return {}
        first = (int(year[1]) - ahead) * YEAR
        part = month_numbers(str(text), received.period_length)
        found[str(text)] = range(first + part.start - 1, first + part.stop - 1) if part else range(first, first + YEAR)
    return found


def _words(texts: Sequence[str]) -> str:
    """Periods in words: years in a row from the first to the last."""
    if len(texts) > 1 and all(text.isdigit() for text in texts):
        years = sorted(int(text) for text in texts)
        if all(other == one + 1 for one, other in pairwise(years)):
            return f"{years[0]} to {years[-1]}"
    return ", ".join(texts[:SHOWN]) + (f" and {len(texts) - SHOWN} more" if len(texts) > SHOWN else "")


def ended_lists(flows: Relation, register: Register, partition: Partition) -> Iterator[str]:
    """What lists of waves leave out of an added wave, in words: tables, records of an indicator, agreements.

    An added wave is the newest, or any of a series, each of which was once the newest. A range, even one with an end,
    is taken as intended.
    """
    waves = in_order(register.waves)
    at = waves.index(partition.wave)
    if at == 0 or (at < len(waves) - 1 and series_of(register, partition.wave) is None):
        return
    before = waves[at - 1]
    fed = {each for table in register.wave_tables(partition.wave).values() for each in table.feeds_in(partition.wave)}
    indicators = load_register_catalogue().indicators
    for name, table in register.tables.items():
        if _ends(table.waves, before, partition.wave):
            if table.feeds and fed.issuperset(table.feeds_in(before)):
                continue  # another table has replaced it
            yield f"table '{name}' is listed for waves up to {before} and is not read: use `waves: from ...`"
            continue
        for indicator, listed in table.feeds.items():
            if partition.wave in table.waves and _ends(listed, before, partition.wave):
                query = f"select count(*) from {flows} where {counted(name, indicators[indicator])}"
                if flows.connection.execute(query).fetchall()[0][0]:
                    yield (
                        f"table '{name}' has records for {indicator}, which `feeds` lists for waves up to {before}:"
                        " use `from ...`"
                    )
    yield from _ended_agreements(register, before, partition.wave)


def _ended_agreements(register: Register, before: str, wave: str) -> Iterator[str]:
    """Tables of the newest wave that were compared by an agreement in the wave before, and by none in this one."""
    tables = register.wave_tables(wave).keys()
    held = {(each.parts, each.whole) for each in register.agreements if wave in each.waves}
    for agreement in register.agreements:
        pair = (agreement.parts, agreement.whole)
        if pair not in held and {*pair} <= tables and _ends(agreement.waves, before, wave):
            yield f"the agreement of tables '{pair[0]}' and '{pair[1]}' is listed for waves up to {before}"


def _ends(listed: Waves, before: str, wave: str) -> bool:
    """Whether waves that are listed one by one end with the wave before."""
    return wave not in listed and before in listed.named
