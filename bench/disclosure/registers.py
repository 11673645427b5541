"""The records of a register, and which of them a row of its numbers counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from bench.disclosure.release import Row
from bench.disclosure.universe import Counted, Flags, Kinds, Positions, Universe, classes_of
from schemas.register import Agreement, Register
from schemas.register_indicators import FlowClassification, RegisterIndicator, load_register_catalogue
from transforms.duck import connect, parquet_rows, quote_name
from transforms.observations import KEYS, key_columns

TABLE, EVENT, VALUE = "register_table", "event", "value"


class Flows(Universe):
    """Records of the same table and event, with the same value of every breakdown. Every case has weight one."""

    def __init__(self, register: Register, wave: str, values: Mapping[str, list[str]], cases: list[float]) -> None:
        self._leaves: dict[str, tuple[list[str], Positions]] = {
            name: classes_of(column) for name, column in values.items()
        }
        self.kinds = Kinds(np.array(cases), np.array(cases), [np.ones(int(n)) for n in cases])
        self._fed_by = {
            indicator: table
            for table, declared in register.wave_tables(wave).items()
            for indicator in declared.feeds_in(wave)
        }
        self._agreements = [each for each in register.agreements if wave in each.waves]

    def counted(self, row: Row) -> Counted:
        catalogue = load_register_catalogue()
        indicator = catalogue.indicators[row.indicator]
        members = self._of_indicator(row.indicator, indicator)
        some = [catalogue.classifications[each] for each in indicator.dimensions]
        for each, column in zip(some, key_columns(each.type for each in some), strict=True):
            members = members & self._in_code(each, row.key[KEYS.index(column)])
        return Counted(members, None, indicator.scale)

    def equal(self) -> list[tuple[Flags, Flags]]:
        return [pair for each in self._agreements for pair in self._agreed(each)]

    def _agreed(self, agreement: Agreement) -> Iterable[tuple[Flags, Flags]]:
        pairs = [(self._with(TABLE, [agreement.parts]), self._with(TABLE, [agreement.whole]))]
        for name in agreement.by:
            classes = self._leaves[name][0] if name in self._leaves else []
            taken = [self._with(name, [each]) for each in classes]
            pairs = [(one & some, other & some) for one, other in pairs for some in taken]
        for one, other in pairs:
            if one.any() and other.any() and self.kinds.cases[one].sum() == self.kinds.cases[other].sum():
                yield one, other

    def _of_indicator(self, name: str, indicator: RegisterIndicator) -> Flags:
        members = self._with(TABLE, [self._fed_by[name]]) & self._with(EVENT, indicator.events)
        for variable, values in indicator.leave_out.items():
            members = members & ~self._with(variable, values)
        return members

    def _in_code(self, classification: FlowClassification, code: str) -> Flags:
        codes = classification.sums.get(code, [code])
        names = self._leaves[classification.variable][0]
        is_all = classification.total in codes
        return self._with(
            classification.variable, [each for each in names if is_all or classification.code(each) in codes]
        )

    def _with(self, variable: str, values: Iterable[str]) -> Flags:
        names, numbers = self._leaves[variable]
        wanted = set(values)
        return np.isin(numbers, [at for at, name in enumerate(names) if name in wanted])


def read_flows(register: Register, wave: str, rows: Iterable[Row], core: Path) -> Flows:
    """The kinds of records in a core file, by what the rows tell apart."""
    catalogue = load_register_catalogue()
    indicators = [catalogue.indicators[name] for name in sorted({row.indicator for row in rows})]
    variables = {catalogue.classifications[name].variable for each in indicators for name in each.dimensions}
    variables |= {name for each in indicators for name in each.leave_out} | {TABLE, EVENT}
    variables |= {name for each in register.agreements if wave in each.waves for name in each.by}
    names = sorted(variables)
    listed = ", ".join(quote_name(name) for name in names)
    with connect() as connection:
        found = connection.execute(
            f"select {listed}, cast(sum({VALUE}) as double) from {parquet_rows(core)}"
            f" group by {listed} having sum({VALUE}) > 0 order by {listed}"
        ).fetchall()
    columns = list(zip(*found, strict=True))
    values = {name: [str(each) for each in columns[at]] for at, name in enumerate(names)}
    return Flows(register, wave, values, [float(each) for each in columns[-1]])
