"""Declared codes of numbers with implied decimals in a fixed-width layout: 99999999 with two decimals is 999999.99."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from schemas.errors import InputError
from schemas.partition import Partition
from schemas.survey import Survey
from transforms.called_missing import any_code_sql
from transforms.read.assemble import Implied
from transforms.relation import Relation


def refuse_shifted_codes(raw: Relation, source: Survey, partition: Partition, implied: Mapping[str, Implied]) -> None:
    """Stop where a declared code fills its field and occurs in the raw records only with the decimals of the layout.

    Raises InputError naming the codes and how to write them.
    """
    faults: dict[str, str] = {}
    for name, variable in source.wave_variables(partition.wave).items():
        column = str(variable.column)
        for code, shifted in _shifted(variable.codes, implied.get(column)):
            rows = raw.connection.execute(
                f"select count(*) filter ({any_code_sql(column, [shifted])}) from {raw}"
                f" having count(*) filter ({any_code_sql(column, [code])}) = 0"
            ).fetchall()
            if rows and rows[0][0]:
                told = f"{code} of {name} is {shifted} ({rows[0][0]} record(s))"
                faults[name] = f"{faults[name]}; {told}" if name in faults else told
    if faults:
        fault = InputError(
            f"codes to which the layout adds decimals: {'; '.join(faults.values())}",
            where=f"{partition.key}, source.yaml",
            why="the last digits of a number without a point are its implied decimals, and so they are in special "
            "codes",
            remedy="write them so in `codes`, or correct the layout if the codebook has no decimals there",
        )
        fault.parts = tuple(("variables", name) for name in faults)
        raise fault


def _shifted(codes: Mapping[str, str], implied: Implied | None) -> Iterator[tuple[str, str]]:
    """Each code or range that fills the field, and its value with the implied decimals."""
    for code in codes if implied else ():
        ends = code.split("..")
        if implied and all(end.isascii() and end.isdecimal() and len(end) == implied.width for end in ends):
            yield code, "..".join(str(Decimal(end).scaleb(-implied.decimals)) for end in ends)
