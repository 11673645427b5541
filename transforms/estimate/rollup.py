"""Leaves and roll-ups: each person falls in one leaf of a classification, each leaf adds to one or more codes."""

from __future__ import annotations

import duckdb

from schemas.classifications import Classification, Countries, Range
from schemas.codelists import load_codelist
from transforms.duck import quote_text

ABSENT_KINDS = ("not_asked", "not_available")


def leaf_expression(classification: Classification) -> str:
    """SQL over a core record that gives its leaf: the value of a category, or the finest band of a number.

    Bands are named by their lower bound, 'below' and 'unknown' stand beside them.
    """
    variable = classification.variable
    if variable is None:
        return "'everyone'"
    if not classification.is_numeric:
        return variable
    bounds = classification.lower_bounds()
    steps = [f"when {variable} >= {bound} then {quote_text(str(bound))}" for bound in reversed(bounds)]
    return f"case when {variable} is null then 'unknown' {' '.join(steps)} else 'below' end"


def missing_column(classification: Classification) -> str | None:
    """The core column that holds the kind of missing of a classification's variable."""
    if classification.variable is None:
        return None
    return f"{classification.variable}_missing" if classification.is_numeric else classification.variable


def absent_kind(connection: duckdb.DuckDBPyConnection, classification: Classification) -> str | None:
    """Why the source has the variable for nobody (not asked, or not in the file); None when it has it.

    What is not in universe for some says nothing about whether it was asked of the others.
    """
    column = missing_column(classification)
    if column is None:
        return None
    rows = connection.execute(
        f"select coalesce({column}, ''), count(*) from core"
        f" where coalesce({column}, '') <> 'not_in_universe' group by 1 order by 2 desc, 1"
    ).fetchall()
    if not rows:
        return "not_available"
    return None if any(kind not in ABSENT_KINDS for kind, _ in rows) else str(rows[0][0])


def code_leaves(classification: Classification, leaves: list[str]) -> dict[str, list[str]]:
    """Which of the leaves that occur add to each code."""
    result: dict[str, list[str]] = {}
    for code, takes in classification.codes.items():
        if takes == "all":
            result[code] = leaves
        elif isinstance(takes, Range):
            result[code] = [leaf for leaf in leaves if leaf.isdigit() and takes.holds(int(leaf))]
        elif takes != "others":
            result[code] = [leaf for leaf in leaves if leaf in takes]
    return result


def country_codes(countries: Countries, leaves: list[str]) -> dict[str, str]:
    """The code of each leaf that is a country with a code in ILOSTAT's list."""
    known = load_codelist(countries.codelist).by_code
    codes = {leaf: f"{countries.prefix}{countries.aliases.get(leaf, leaf)}" for leaf in leaves}
    return {leaf: code for leaf, code in codes.items() if code in known}


def _with_countries(
    classification: Classification, leaves: list[str], largest: list[str] | None
) -> dict[str, list[str]]:
    """The codes of a classification by country: all countries that occur, or the `largest` and the others."""
    countries = classification.countries
    result = code_leaves(classification, leaves)
    if countries is None:
        return result
    own = country_codes(countries, leaves)
    chosen = own if largest is None else {leaf: own[leaf] for leaf in largest if leaf in own}
    result |= {code: [leaf for leaf in leaves if own.get(leaf) == code] for code in dict.fromkeys(chosen.values())}
    for code, takes in classification.codes.items():
        if takes == "others":
            result[code] = [leaf for leaf in leaves if leaf not in chosen]
    return result


def create_rollup(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    classification: Classification,
    *,
    absent: bool,
    largest: list[str] | None = None,
) -> None:
    """Tables `codes_<name>`(code, position) of what is published and `rollup_<name>`(leaf, ...) of leaves.

    Needs table `atoms` with the leaf in column `leaf_<name>`. Where the source has the variable for nobody, only the
    codes that take everyone are published. `largest` are the countries that get a code of their own; all when None.
    """
    leaves = [row[0] for row in connection.execute(f"select distinct leaf_{name} from atoms order by 1").fetchall()]
    pairs = _with_countries(classification, leaves, largest)
    published = classification.total_codes() if absent else list(pairs)
    position = {code: number for number, code in enumerate(published)}
    connection.execute(f"create or replace temp table codes_{name} (code varchar, position integer)")
    connection.execute(f"create or replace temp table rollup_{name} (leaf varchar, code varchar, position integer)")
    connection.executemany(f"insert into codes_{name} values (?, ?)", [[code, position[code]] for code in published])
    rows = [[leaf, code, position[code]] for code in published for leaf in pairs[code]]
    if rows:
        connection.executemany(f"insert into rollup_{name} values (?, ?, ?)", rows)
