"""The suites of the gate, as `expectations/suites/*.yaml` declares them for statisticians.

Each entry has an id, a description, a severity and exactly one of
  expect             a Great Expectations type of the list below, with its `arguments`
  unexpected_rows    an SQL condition: the rows that should not occur
  unexpected_groups  an SQL condition on the sums and counts of each group of rows with the same `by`
  unexpected_table   an SQL condition on the sums and counts of the whole table
`where` restricts the rows. `for_each` repeats the entry for each item, or only for the items listed by the parameter
`only_of`; `any_of` joins the conditions of all items by `or`. `only_if` names what must be declared for the entry to be
run; where it is not, the results have no line for it, or with `otherwise` one with the reason. `observed` is an
aggregate shown beside the result; {observed} in the `note` of a warning is replaced by what was found. Other
{references} are declared parameters (expectations/parameters.py) or the item of `for_each` or `any_of`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import Field, field_validator, model_validator

from expectations.parameters import OPTIONAL_PARAMETERS, PARAMETERS
from expectations.rules import check_rule, references, rule_columns
from expectations.subjects import GROUPS, SUITE_REFERENCES, table_columns
from schemas.declaration import Declaration, Identifier, Trilingual
from schemas.yaml_lines import Location, load_model, refuse_faults

SUITES_FOLDER = Path(__file__).parent / "suites"
SuiteName: TypeAlias = str
"""A suite has the name of its file in SUITES_FOLDER; `ilms.kinds` has the suites of each kind of source."""

ALLOWED_EXPECTATIONS: dict[str, frozenset[str]] = {
    "expect_table_row_count_to_be_between": frozenset({"min_value", "max_value"}),
    "expect_table_columns_to_match_set": frozenset({"column_set", "exact_match"}),
    "expect_column_values_to_not_be_null": frozenset({"column"}),
    "expect_column_values_to_be_unique": frozenset({"column"}),
    "expect_column_values_to_be_in_set": frozenset({"column", "value_set"}),
    "expect_column_values_to_be_between": frozenset({"column", "min_value", "max_value"}),
    "expect_column_distinct_values_to_contain_set": frozenset({"column", "value_set"}),
    "expect_compound_columns_to_be_unique": frozenset({"column_list"}),
}
OBSERVED = "observed"
COLUMN_ARGUMENTS = ("column", "column_list")


class Entry(Declaration):
    """One expectation, or one per item of `for_each`; with `any_of`, one over all items."""

    id: Identifier
    description: Trilingual
    severity: Literal["critical", "warning"]
    area: Literal["structure", "content", "agreement"]
    why: str = Field(min_length=10)
    remedy: str = Field(min_length=10)
    note: Trilingual | None = None
    only_if: list[str] = []
    otherwise: str | None = None
    for_each: str | None = None
    only_of: str | None = None
    any_of: str | None = None
    expect: str | None = None
    arguments: dict[str, Any] = {}
    where: str | None = None
    by: list[Identifier] = []
    unexpected_rows: str | None = None
    unexpected_groups: str | None = None
    unexpected_table: str | None = None
    observed: str | None = None
    unit: str = ""

    @model_validator(mode="after")
    def _one_kind(self) -> Entry:
        kinds = [self.expect, self.unexpected_rows, self.unexpected_groups, self.unexpected_table]
        if sum(kind is not None for kind in kinds) != 1:
            raise ValueError("give exactly one of expect, unexpected_rows, unexpected_groups, unexpected_table")
        if bool(self.by) != (self.unexpected_groups is not None):
            raise ValueError("`by` names the columns of unexpected_groups, and belongs to it only")
        if self.expect is None and self.arguments:
            raise ValueError("`arguments` belong to `expect`")
        if self.expect is not None and self.where is not None:
            raise ValueError("`where` belongs to the SQL rules; `expect` checks every row")
        if self.any_of is not None and (self.for_each is not None or self.unexpected_rows is None):
            raise ValueError("`any_of` belongs to unexpected_rows, without `for_each`")
        if self.otherwise is not None and not self.only_if:
            raise ValueError("`otherwise` belongs to `only_if`")
        if self.only_of is not None and self.for_each is None:
            raise ValueError("`only_of` belongs to `for_each`")
        return self

    @model_validator(mode="after")
    def _warnings_have_a_note(self) -> Entry:
        if (self.severity == "warning") != (self.note is not None):
            raise ValueError("a warning, and only a warning, has a `note`, which is published with the numbers")
        return self

    @model_validator(mode="after")
    def _same_references_in_every_language(self) -> Entry:
        for text in filter(None, (self.description, self.note)):
            if references(text.en) != references(text.fr) or references(text.en) != references(text.es):
                raise ValueError(f"the {{references}} differ between the languages of: {text.en}")
        return self

    @model_validator(mode="after")
    def _allowed_expectation(self) -> Entry:
        if self.expect is None:
            return self
        if self.expect not in ALLOWED_EXPECTATIONS:
            raise ValueError(f"'{self.expect}' is not one of {', '.join(ALLOWED_EXPECTATIONS)}")
        extra = sorted(set(self.arguments) - ALLOWED_EXPECTATIONS[self.expect])
        if extra:
            allowed = ", ".join(sorted(ALLOWED_EXPECTATIONS[self.expect]))
            raise ValueError(f"argument(s) {', '.join(extra)} are not among those of {self.expect}: {allowed}")
        return self

    @field_validator("where", "unexpected_rows")
    @classmethod
    def _row_rule(cls, rule: str | None) -> str | None:
        if rule is not None:
            check_rule(rule)
        return rule

    @field_validator("unexpected_groups", "unexpected_table", "observed")
    @classmethod
    def _aggregate_rule(cls, rule: str | None) -> str | None:
        if rule is not None:
            check_rule(rule, aggregate=True)
        return rule

    def rules(self) -> list[str]:
        """The SQL of the entry."""
        rules = (self.where, self.unexpected_rows, self.unexpected_groups, self.unexpected_table, self.observed)
        return [rule for rule in rules if rule is not None]

    def references(self) -> set[str]:
        """Every {reference} of the entry, wherever it occurs."""
        texts = [
            self.description.en,
            self.why,
            self.remedy,
            self.unit,
            self.otherwise or "",
            *self.rules(),
            *_texts(self.arguments),
        ]
        of_note = references(self.note.en) - {OBSERVED} if self.note else set()
        return {name for text in texts for name in references(text)} | of_note

    def named_columns(self) -> set[str]:
        """The columns named in the entry itself, without {references}."""
        columns = {column for rule in self.rules() for column in rule_columns(rule)} | set(self.by)
        for argument in COLUMN_ARGUMENTS:
            named = self.arguments.get(argument, [])
            columns |= {text for text in ([named] if isinstance(named, str) else named) if not references(text)}
        return columns


class Suite(Declaration):
    """One suite: the expectations on one table. `columns` are names for expressions that several rules share."""

    suite: SuiteName
    title: str
    columns: dict[Identifier, str] = {}
    expectations: list[Entry] = Field(min_length=1)

    @field_validator("suite")
    @classmethod
    def _has_its_file(cls, name: str) -> str:
        if name not in list_suites():
            raise ValueError(f"there is no suite '{name}'; use one of {', '.join(list_suites())}")
        return name

    @model_validator(mode="after")
    def _shared_columns_are_rules(self) -> Suite:
        for rule in self.columns.values():
            check_rule(rule)
        return self


@cache
def list_suites() -> tuple[SuiteName, ...]:
    """The names of all suites."""
    return tuple(sorted(file.stem for file in SUITES_FOLDER.glob("*.yaml")))


@cache
def load_suite(name: SuiteName) -> Suite:
    """The suite of that name, checked. Raises DeclarationError naming file and line of every fault."""
    return read_suite(SUITES_FOLDER / f"{name}.yaml")


def read_suite(file: Path) -> Suite:
    """A suite from its file. Raises DeclarationError naming file and line of every fault."""
    suite, lines = load_model(Suite, file)
    refuse_faults(file, lines, _faults(suite))
    return suite


def _faults(suite: Suite) -> Iterator[tuple[Location, str]]:
    real = set(table_columns(suite.suite))
    for name, rule in suite.columns.items():
        for fault in _column_faults(rule_columns(rule), real):
            yield ("columns", name), fault
        if name in real:
            yield ("columns", name), f"the table has a column '{name}' already"
    seen: set[str] = set()
    for index, entry in enumerate(suite.expectations):
        at = ("expectations", index)
        if entry.id in seen:
            yield (*at, "id"), f"the id '{entry.id}' occurs twice"
        seen.add(entry.id)
        for fault in _column_faults(entry.named_columns(), real | set(suite.columns)):
            yield at, f"{entry.id}: {fault}"
        for fault in _reference_faults(suite, entry):
            yield at, f"{entry.id}: {fault}"


def _column_faults(named: Iterable[str], known: set[str]) -> Iterator[str]:
    for column in sorted(set(named) - known):
        yield f"the table has no column '{column}'; it has {', '.join(sorted(known))}"


def _reference_faults(suite: Suite, entry: Entry) -> Iterator[str]:
    groups = GROUPS[suite.suite]
    group = entry.for_each or entry.any_of
    if group is not None and group not in groups:
        yield f"for_each and any_of name one of {', '.join(groups)}, not '{group}'"
        return
    item = groups[group].references if group else frozenset()
    known = set(PARAMETERS) | SUITE_REFERENCES | item
    for name in sorted(entry.references() - known):
        yield f"there is no parameter {{{name}}}; there are {', '.join(sorted(known))}"
    for name in sorted(set(entry.only_if) - set(PARAMETERS)):
        yield f"only_if names '{name}', which is not one of {', '.join(sorted(PARAMETERS))}"
    if entry.only_of is not None and entry.only_of not in PARAMETERS:
        yield f"only_of names '{entry.only_of}', which is not one of {', '.join(sorted(PARAMETERS))}"
    for name in sorted(entry.references() & OPTIONAL_PARAMETERS - set(entry.only_if)):
        yield f"{{{name}}} may be undeclared; add `only_if: [{name}]`"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
