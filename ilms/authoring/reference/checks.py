"""The checks of the gate: every suite with its expectations, why they are there and what to do."""

from __future__ import annotations

from expectations.suites import Entry, list_suites, load_suite
from ilms.authoring.reference.markdown import facts, prose, sections

AREAS = {
    "structure": "structure: keys, types, codes, universes",
    "content": "content: weights, unknown answers, sizes",
    "agreement": "agreement: with one another, with the wave before, with published figures",
}


def checks() -> str:
    """Every check, a section each, by suite."""
    parts = []
    for name in list_suites():
        suite = load_suite(name)
        parts.append(f"## {suite.title} (`{name}`)")
        parts += [_section(name, each) for each in suite.expectations]
    return sections(parts)


def _section(suite: str, entry: Entry) -> str:
    return sections(
        [
            f"### `{suite}.{entry.id}`",
            f"{prose(entry.description.en)}",
            facts(
                [
                    ("If not met", "the partition stops" if entry.severity == "critical" else "a note to the numbers"),
                    ("About", AREAS[entry.area]),
                    ("Why", prose(entry.why)),
                    ("What to do", prose(entry.remedy)),
                    ("Note", f"“{prose(entry.note.en)}”" if entry.note else ""),
                    ("For each of", f"`{entry.for_each or entry.any_of}`" if entry.for_each or entry.any_of else ""),
                    ("Only where declared", ", ".join(f"`{each}`" for each in entry.only_if)),
                    ("Expectation", _rule(entry)),
                ]
            ),
        ]
    ).strip()


def _rule(entry: Entry) -> str:
    """What is looked for: a type of Great Expectations, or the rows that should not be there."""
    if entry.expect:
        given = "; ".join(f"`{name}: {value}`" for name, value in entry.arguments.items())
        return f"`{entry.expect}`" + (f" ({given})" if given else "")
    where = f", of those where `{_flat(entry.where)}`" if entry.where else ""
    if entry.unexpected_rows:
        return f"no rows where `{_flat(entry.unexpected_rows)}`{where}"
    if entry.unexpected_groups:
        by = ", ".join(f"`{name}`" for name in entry.by)
        return f"no group of the same {by} where `{_flat(entry.unexpected_groups)}`{where}"
    return f"not `{_flat(str(entry.unexpected_table))}`{where}"


def _flat(rule: str) -> str:
    return " ".join(rule.split())
