"""How a text of a file becomes a number: by the marks that the declaration names, never by guessing.

The functions that `teach_numbers` adds to a connection, for columns and for expressions:

    plain_number(text)   the text as DuckDB reads numbers, or a text that is not one
    as_number(value)     the number, of a text by the declared marks; null where there is none
    sure_number(value)   the same, but a text that is not a number ends the query with a conversion error
    whole_number(value)  completed units: 14.9 years are 14
    written(value)       a number as the file would write it, and any other value as text

A number is digits with the declared decimal mark, a sign before and an exponent after them where there is one (R writes
1e+05). DuckDB alone would also take 1_189, inf and nan. Between groups of three digits stands the declared thousands
sign or nothing; whatever else is in the text makes it no number.
"""

from __future__ import annotations

import struct
from decimal import Decimal

import duckdb

from schemas.numbers import NUMBER, as_range
from transforms.duck import quote_text

NO_NUMBER = "no number"
SPACES = " \u00a0\u202f"
SINGLE_IS_EXACT_BELOW = 1e7
"""Beyond this number, single precision has no fractions."""
DIGITS_KEPT = 6
"""Decimals beyond which a fraction is noise of floating-point arithmetic: 23.9999999 years are 24."""


def teach_numbers(connection: duckdb.DuckDBPyConnection, decimal: str = ".", thousands: str | None = None) -> None:
    """Add to a connection the functions that read numbers with a decimal mark and, where there is one, a thousands
    sign."""
    written = f"replace(value, {quote_text(decimal)}, '.')" if decimal != "." else "value"
    odd = ["contains(value, '_')"] + (["contains(value, '.')"] if decimal != "." and thousands != "." else [])
    grouped = ""
    if thousands is not None:
        signs = SPACES if thousands == " " else thousands
        grouping = f"[-+]?[1-9][0-9]{{0,2}}([{signs}][0-9]{{3}})+([{decimal}][0-9]*)?"
        ungrouped = f"translate(value, {quote_text(signs)}, '')"
        ungrouped = f"replace({ungrouped}, {quote_text(decimal)}, '.')" if decimal != "." else ungrouped
        grouped = f"""
            when regexp_matches(value, {quote_text(f"[{signs}]")})
            then case when regexp_full_match(value, {quote_text(grouping)}) then {ungrouped} else '{NO_NUMBER}' end"""
    for macro in (
        f"""plain_number(value) as case
            when {" or ".join(odd)} then '{NO_NUMBER}' {grouped}
            when not isfinite(try_cast({written} as double)) then '{NO_NUMBER}'
            else {written} end""",
        """as_number(value) as case
            when typeof(value) = 'VARCHAR' then try_cast(plain_number(cast(value as varchar)) as double)
            else try_cast(value as double) end""",
        """sure_number(value) as case
            when typeof(value) = 'VARCHAR' then cast(plain_number(cast(value as varchar)) as double)
            else cast(value as double) end""",
        f"whole_number(value) as floor(round(value, {DIGITS_KEPT}))",
        f"""written(value) as case
            when typeof(value) = 'VARCHAR' then cast(value as varchar)
            else replace(cast(value as varchar), '.', {quote_text(decimal)}) end""",
    ):
        connection.execute(f"create or replace temp macro {macro}")


def code_sql(text: str, code: str) -> str:
    """The condition that a field holds a declared code: as it is written, as a number, or in a range such as 97..99.

    `text` is SQL of the field. A code is read with the declared marks, or else with a point.
    """
    number = f"as_number({text})"
    bounds = as_range(code)
    if bounds is not None:
        low, high = bounds
        limits = [f"{number} >= {min(low, in_single(low))!r}"] if low is not None else []
        limits += [f"{number} <= {max(high, in_single(high))!r}"] if high is not None else []
        return f"(coalesce({' and '.join(limits)}, false) or coalesce({text} = {quote_text(code)}, false))"
    plain = float(code) if NUMBER.fullmatch(code) else None
    stored = [f"{number} = {in_single(plain)!r}"] if plain is not None and in_single(plain) != plain else []
    number_of_code = f"coalesce(as_number({quote_text(code)}), {'null' if plain is None else repr(plain)})"
    met = " or ".join([f"{text} = {quote_text(code)}", f"{number} = {number_of_code}", *stored])
    return f"coalesce({met}, false)"


def in_single(value: float) -> float:
    """The number that a file holds for a fraction stored in single precision, as in Stata's floats: 99.9 is 99.9000015.

    The value itself where single precision cannot distinguish it from neighbours with as many decimals.
    """
    if value.is_integer() or abs(value) > SINGLE_IS_EXACT_BELOW:
        return value
    decimals = -int(Decimal(repr(value)).as_tuple().exponent)
    single = float(struct.unpack("f", struct.pack("f", value))[0])
    return single if round(single, decimals) == value else value
