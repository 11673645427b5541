"""Leaves and roll-ups: each person falls in one leaf of a classification, each leaf adds to one or more codes."""

from __future__ import annotations

import duckdb

from schemas.classifications import Classification, Range
from transforms.duck import quote_text

ABSENT_KINDS = ("not_asked", "not_available")


def leaf_expression(classification: Classification) -> str:
    """SQL over a core record that gives its leaf: the value of a category, or the finest band of a number.

    Bands are named by their lower bound, 'below' and 'unknown' stand beside them.
    """
    variable = classification.variable
    if not classification.is_numeric:
        return variable
    bounds = classification.lower_bounds()
    steps = [f"when {variable} >= {bound} then {quote_text(str(bound))}" for bound in reversed(bounds)]
    return f"case when {variable} is null then 'unknown' {' '.join(steps)} else 'below' end"


def code_leaves(classification: Classification, leaves: list[str]) -> dict[str, list[str]]:
    """Which of the leaves that occur add to each code."""
    result: dict[str, list[str]] = {}
    for code, takes in classification.codes.items():
        if takes == "all":
            result[code] = leaves
        elif isinstance(takes, Range):
            result[code] = [leaf for leaf in leaves if leaf.isdigit() and takes.holds(int(leaf))]
        else:
            result[code] = [leaf for leaf in leaves if leaf in takes]
    return result


def is_absent(connection: duckdb.DuckDBPyConnection, classification: Classification, core: str) -> bool:
    """Whether the source has the variable for nobody: not asked, or not in the file."""
    variable = f"{classification.variable}_missing" if classification.is_numeric else classification.variable
    kinds = ", ".join(quote_text(kind) for kind in ABSENT_KINDS)
    row = connection.execute(
        f"select coalesce(bool_and(coalesce({variable}, '') in ({kinds})), false) from {core}"
    ).fetchall()
    return bool(row[0][0])


def create_rollup(
    connection: duckdb.DuckDBPyConnection, name: str, classification: Classification, *, absent: bool
) -> None:
    """Tables `codes_<name>`(code) of what is published and `rollup_<name>`(leaf, code) of what adds to it.

    Needs table `atoms` with the leaf in column `leaf_<name>`. Where the source has the variable for nobody, only the
    codes that take everyone are published.
    """
    leaves = [row[0] for row in connection.execute(f"select distinct leaf_{name} from atoms order by 1").fetchall()]
    pairs = code_leaves(classification, leaves)
    published = classification.total_codes() if absent else list(classification.codes)
    connection.execute(f"create temp table codes_{name} (code varchar)")
    connection.execute(f"create temp table rollup_{name} (leaf varchar, code varchar)")
    connection.executemany(f"insert into codes_{name} values (?)", [[code] for code in published])
    rows = [[leaf, code] for code in published for leaf in pairs[code]]
    if rows:
        connection.executemany(f"insert into rollup_{name} values (?, ?)", rows)
