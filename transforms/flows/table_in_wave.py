"""One table of a register in one wave: its declaration, its errors, and how its counts are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import duckdb

from schemas.errors import InputError
from schemas.expressions import Written, check_expression
from schemas.partition import Partition
from schemas.register import Register
from schemas.register_table import Table
from transforms.duck import quote_text
from transforms.flows.remarks import Remarks, warning

SHOWN = 5
"""How many faulty values an error names."""


@dataclass(frozen=True)
class TableInWave:
    """One table in one wave: its declaration, and its place in errors."""

    register: Register
    partition: Partition
    name: str
    declared: Table

    @property
    def where(self) -> str:
        """The partition and the table, as errors name them."""
        return f"{self.partition.key}, table '{self.name}'"

    @property
    def columns(self) -> dict[str, str]:
        """Our column name -> the producer's, in this wave."""
        return self.register.table_columns(self.name, self.partition.wave)

    def fault(self, what: str, *, why: str, remedy: str, kind: type[InputError] = InputError) -> InputError:
        """An InputError, or another `kind` of it, about this table."""
        return kind(what, where=self.where, why=why, remedy=remedy)

    def in_wave(self, text: str) -> str:
        """A declared text with the wave and the year written into it."""
        return self.register.filled(text, self.partition.wave)

    def scalar(self, sql: str) -> str:
        """A declared expression on raw.<column>, checked and written out."""
        columns = {f"raw.{column}" for column in self.columns}
        return check_expression(self.in_wave(sql), columns=columns, where=self.where)

    def expression(self, sql: str) -> str:
        """A declared condition; an undecided one counts as false."""
        return f"coalesce({self.scalar(sql)}, false)"

    def expressions(self) -> dict[str, Written]:
        """Every expression that is declared for the wave, by its name in errors, in the order of their use."""
        named = {}
        for sql in self._declared_expressions():
            declared = self.in_wave(sql)
            named[f"expression `{declared}`"] = Written(declared, self.scalar(sql))
        return named

    def _declared_expressions(self) -> Iterator[str]:
        table = self.declared
        for correction in table.corrections:
            if correction.wave == self.partition.wave:
                yield from (correction.where, *correction.set.values())
        yield from (drop.when for drop in table.drop)
        if table.where:
            yield table.where
        if table.once is not None and table.once.primary is not None:
            yield table.once.primary
        yield from (total.when for total in table.totals)

    def disagree(self, otherwise: str, message: str, hint: str = "") -> Remarks:
        """Stop the partition, or keep the message as a warning, as declared; `hint` is the likely remedy."""
        if otherwise == "warn":
            return warning(message)
        raise self.fault(
            message,
            why="either the file has changed, or its rows do not mean what is declared",
            remedy=f"{hint}look at the file; declare what has changed, or `otherwise: warn` with the reason",
        )


def number_sql(table: TableInWave, text: str) -> str:
    """SQL that reads a count; null when the text is not one."""
    zero = table.declared.value.zero
    return f"case when {text} in ({texts(zero)}) then 0 else as_number({text}) end" if zero else f"as_number({text})"


def texts(values: Sequence[str]) -> str:
    """Texts as a list of SQL."""
    return ", ".join(quote_text(value) for value in values)


def single(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    """The one number that a query gives."""
    return int(connection.execute(query).fetchall()[0][0])
