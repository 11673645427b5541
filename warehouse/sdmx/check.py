"""Whether observations can be expressed in SDMX: known codes and periods, one number per key, one source per period."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import duckdb

from schemas.errors import PublishError
from schemas.sdmx import load_shape
from transforms.duck import quote_text
from transforms.sql import load_sql
from warehouse.sdmx.flows import Flow

PERIOD = r"\d{4}(S[12]|Q[1-4]|M(0[1-9]|1[0-2]))?"
SHOWN = 5


def check_observations(connection: duckdb.DuckDBPyConnection, flows: Iterable[Flow]) -> None:
    """Raise PublishError, naming values and keys, where table `observation` does not fit the structures."""
    _refuse(
        connection,
        "select distinct indicator from observation anti join indicator using (indicator) order by all",
        "indicator(s) without a row in table indicator",
        remedy="declare them in schemas/indicators.yaml",
    )
    _refuse(
        connection,
        f"select distinct time from observation where coalesce(regexp_full_match(time, '{PERIOD}'), false) is false",
        "period(s) that are not written 2024, 2017S1, 2024Q1 or 2024M01",
        remedy="correct the waves of the source",
    )
    published = {name for (name,) in connection.execute("select distinct indicator from observation").fetchall()}
    _refuse_unknown_codes(connection, [flow for flow in flows if flow.indicator in published])
    _refuse_several_sources(connection)
    _refuse_double_keys(connection)


def _refuse(connection: duckdb.DuckDBPyConnection, query: str, what: str, *, remedy: str, why: str = "") -> None:
    found = [" ".join(str(value) for value in row) for row in connection.execute(query).fetchall()]
    if found:
        raise _refusal(found, what, remedy=remedy, why=why)


def _refusal(found: Sequence[str], what: str, *, remedy: str, why: str = "") -> PublishError:
    shown = ", ".join(found[:SHOWN]) + (", ..." if len(found) > SHOWN else "")
    return PublishError(f"{len(found)} {what}: {shown}", where="table observation", why=why, remedy=remedy)


def _refuse_unknown_codes(connection: duckdb.DuckDBPyConnection, flows: Sequence[Flow]) -> None:
    """Refuse the codes of the first indicator that has unknown ones; all are looked up in one reading of the table."""
    coded = [(flow.indicator, codelist, sql) for flow in flows for sql, codelist in _codes(flow)]
    if not coded:
        return
    columns = list(dict.fromkeys(sql for _, _, sql in coded if not sql.startswith("'")))
    used = [f"select distinct indicator, {quote_text(sql)} as held, {sql} as code from observation" for sql in columns]
    used += [
        f"select {quote_text(indicator)}, {quote_text(sql)}, {sql}" for indicator, _, sql in coded if sql not in columns
    ]
    rows = ", ".join(f"({', '.join(map(quote_text, each))})" for each in coded)
    query = f"""
        with coded (indicator, codelist, held) as (values {rows}),
        used as ({" union all ".join(used)})
        select distinct indicator, codelist || ' "' || code || '"'
        from used
        join coded using (indicator, held)
        anti join code using (codelist, code)
        where code is not null
        order by all
    """
    found = connection.execute(query).fetchall()
    if found:
        first = [said for indicator, said in found if indicator == found[0][0]]
        what = f"code(s) of {found[0][0]} that are not in their code list"
        raise _refusal(first, what, remedy="add them to schemas/codelists, or correct the estimates")


def _codes(flow: Flow) -> Iterator[tuple[str, str]]:
    """The SQL of every coded value of a flow, with its code list; an attribute may be empty, a dimension may not."""
    shape = load_shape()
    for column, codelist in ((column, f"CL_{name}") for name, column in flow.classifications):
        yield f"coalesce({column}, '')", codelist
    for name, component in shape.components.items():
        if component.codelist and name in flow.constants:
            yield quote_text(flow.constants[name]), component.codelist
        elif component.codelist and component.column and name in shape.dimensions:
            yield f"coalesce({component.column}, '')", component.codelist
        elif component.codelist and component.column:
            yield f"nullif({component.column}, '')", component.codelist


def _refuse_several_sources(connection: duckdb.DuckDBPyConnection) -> None:
    _refuse(
        connection,
        load_sql(__file__, "several_sources").template,
        "area(s), indicator(s) and period(s) with several sources or notes",
        why="in SDMX, source and notes belong to an area's period as a whole, so readers would take one for all",
        remedy="publish one source for each; put a note that concerns single numbers into note_classif",
    )


def _refuse_double_keys(connection: duckdb.DuckDBPyConnection) -> None:
    query = load_sql(__file__, "double_keys").template
    _refuse(connection, query, "key(s) that occur twice", remedy="give each number a key of its own")
