"""What a rule is, and what it finds in a draft."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb

from schemas.release_rules import ReleaseRules
from transforms.sql import load_sql

EXAMPLES = 5


@dataclass(frozen=True)
class Finding:
    """Something that stands against a draft: which rule found it, in words, how many of it, and the largest."""

    rule: str
    said: str
    count: int
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Compared:
    """A draft beside the current release: `connection` is as warehouse.release.diff.differences gives it.

    `published` are the sources of which a release that was ever current had numbers.
    """

    connection: duckdb.DuckDBPyConnection
    published: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Rule:
    """One rule of schemas/release_rules.yaml: a query beside this module, which gives `example` and `size`.

    name      the key that it is declared under, and the name of its query
    said      the finding in words; {count} is how many rows the query gives
    limits    what the query is given, from what is declared
    at_most   how many rows are no finding yet
    """

    name: str
    said: str
    limits: Callable[[Any, Compared], Mapping[str, Any]]
    at_most: Callable[[Any], int] = lambda _: 0

    def find(self, rules: ReleaseRules, compared: Compared) -> Finding | None:
        """What it finds in a draft; None where it is not declared or finds nothing."""
        declared = getattr(rules, self.name)
        if declared is None:
            return None
        rows = query(compared.connection, self.name, self.limits(declared, compared))
        if len(rows) <= self.at_most(declared):
            return None
        return Finding(self.name, self.said.format(count=f"{len(rows):,}"), len(rows), tuple(rows[:EXAMPLES]))


def query(connection: duckdb.DuckDBPyConnection, name: str, limits: Mapping[str, Any]) -> list[str]:
    """The examples that a query of this folder gives, the largest first."""
    rows = connection.execute(load_sql(__file__, name).template, dict(limits)).fetchall()
    return [str(example) for example, *_ in rows]
