"""From what the columns of a file appear to be to a declaration: which column gives which variable, and what codes
mean.

A proposal is either certain, or marked for a person to decide. A merely likely one always counts as not certain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from schemas.concepts import Concept, load_concepts
from schemas.vocabulary import load_vocabulary
from transforms.describe.described import Column, Described
from transforms.describe.keys import PersonKey
from transforms.describe.leading_digits import digit_ranges
from transforms.describe.matching import WHOLE
from transforms.describe.recognise import Likeness
from transforms.describe.translate import translate
from transforms.describe.values import Coded

LISTED_CODES = 60
"""Number of codes beyond which a map is no help if hardly any of them is known."""
HALF = 50
RIVALS_TOLD = 4


@dataclass(frozen=True)
class MapRow:
    """One row of a code map; `value` is empty where the meaning is not known, `sure` only where the whole label gives
    it."""

    code: str
    value: str
    label: str
    sure: bool


@dataclass(frozen=True)
class Proposal:
    """The proposed origin of one variable, or of one column of the design.

    column     the producer's name of its column; `columns` where it is made of several
    rows       what its codes mean; none where it has no map
    country    the scheme of countries in its column
    blank      for numbers: what an empty field means; `codes` what special codes of a number mean
    doubt      why it is not certain; empty when it is
    rivals     other columns that may give it
    """

    name: str
    columns: tuple[str, ...]
    reason: str
    doubt: str = ""
    rows: tuple[MapRow, ...] = ()
    country: str = ""
    blank: str = ""
    codes: Mapping[str, MapRow] = field(default_factory=dict)
    zeros_lost: bool = False
    rivals: tuple[str, ...] = ()

    @property
    def sure(self) -> bool:
        """Whether it may be used as it is; single codes of its map may still be uncertain."""
        return not self.doubt


@dataclass(frozen=True)
class Proposals:
    """The proposals for a file: columns of the design by role, variables, and columns that may be useful.

    `hints`: variable -> why nothing is proposed although a column resembles it.
    """

    roles: Mapping[str, Proposal]
    variables: Mapping[str, Proposal]
    hints: Mapping[str, str]


def propose(described: Described) -> Proposals:
    """What the columns of a file are likely to give: for each role and variable, the column that fits best."""
    proposed = {name: _role(name, described) for name in load_vocabulary().roles}
    roles = {name: each for name, each in proposed.items() if each}
    variables: dict[str, Proposal] = {}
    hints: dict[str, str] = {}
    if described.person_key:
        variables |= _identifiers(described.person_key, roles)
    for name in load_vocabulary().variables:
        candidates = _candidates(name, described, is_role=False)
        if not candidates:
            continue
        (column, likeness), *others = candidates
        proposal = _variable(name, column, likeness, tuple(each.name for each, _ in others[:RIVALS_TOLD]))
        if isinstance(proposal, Proposal):
            variables[name] = proposal
            variables |= _finer(proposal, column, likeness)
        else:
            hints[name] = proposal
    return Proposals(roles, variables, hints)


def _candidates(name: str, described: Described, *, is_role: bool) -> list[tuple[Column, Likeness]]:
    """The columns that resemble a role or variable, the likeliest first; ties in the order of the file."""
    found = [
        (column, likeness)
        for column in described.columns
        for likeness in column.looks_like
        if likeness.name == name and likeness.is_role == is_role and not column.is_personal
    ]
    return sorted(found, key=lambda each: (not each[1].sure, *(-rank for rank in each[1].rank)))


def _role(name: str, described: Described) -> Proposal | None:
    candidates = _candidates(name, described, is_role=True)
    if not candidates:
        return None
    (column, likeness), *others = candidates
    rivals = tuple(each.name for each, _ in others[:RIVALS_TOLD])
    return Proposal(name, (column.name,), likeness.reason, likeness.doubt, rivals=rivals)


def _identifiers(person_key: PersonKey, roles: Mapping[str, Proposal]) -> dict[str, Proposal]:
    """The person by the columns that identify every record, and the household by those before the last."""
    key = person_key.columns
    doubt = (
        "most records differ even without the last of them, so another column may be missing" if person_key.weak else ""
    )
    found = {"person_id": Proposal("person_id", key, "these columns together differ in every record", doubt)}
    if len(key) > 1 and "household" in roles:
        doubt = "check that these columns identify every household"
        found["household_id"] = Proposal("household_id", key[:-1], "the person's number is within them", doubt)
    return found


def _variable(name: str, column: Column, likeness: Likeness, rivals: tuple[str, ...]) -> Proposal | str:
    """The proposal of a variable from its likeliest column, or why there is none."""
    concept = load_concepts()[name]
    if concept.type not in ("category", "country"):
        return _number(name, column, likeness, rivals)
    fit = likeness.fit
    if fit is not None and fit.scheme:
        rows = tuple(_blank_row(name, concept, column))
        return Proposal(
            name, (column.name,), likeness.reason, likeness.doubt, rows=rows, country=fit.scheme, rivals=rivals
        )
    if likeness.classification and likeness.classification.same and (ranges := digit_ranges(name, column)):
        reason = f"{likeness.reason}; its first digits are read as those of {likeness.classification.name}"
        rows = (
            *(MapRow(code, value, label, True) for code, value, label in ranges),
            *_blank_row(name, concept, column),
        )
        doubt = likeness.doubt or "its codes have not been compared with the classification"
        return Proposal(
            name, (column.name,), reason, doubt, rows=rows, zeros_lost=not column.profile.leading_zeros, rivals=rivals
        )
    codes = fit.codes if fit else ()
    percent = fit.percent if fit else 0
    if not codes or (percent < HALF and (len(codes) > LISTED_CODES or likeness.rank[0] < WHOLE)):
        return f"{column.name} may be it ({likeness.reason}), but {likeness.doubt}"
    rows = (*(_row(each) for each in codes), *_blank_row(name, concept, column))
    return Proposal(name, (column.name,), likeness.reason, likeness.doubt, rows=rows, rivals=rivals)


def _digit_rows(name: str, column: Column, ranges: Sequence[tuple[str, str, str]]) -> tuple[MapRow, ...]:
    """The rows of a map by first digits, and what an empty field means."""
    rows = (MapRow(code, value, label, True) for code, value, label in ranges)
    return (*rows, *_blank_row(name, load_concepts()[name], column))


def _row(coded: Coded) -> MapRow:
    if coded.meaning is None:
        return MapRow(coded.code, "", coded.label, False)
    return MapRow(coded.code, coded.meaning.value, coded.label, coded.meaning.sure)


def _blank_row(variable: str, concept: Concept, column: Column) -> Iterator[MapRow]:
    """What an empty field means, where some are empty: from its label, or as expected from the universe of the
    variable."""
    if not column.profile.empty:
        return
    label = column.labels.values.get("", "")
    meaning = translate(variable, label) if label else None
    if meaning and meaning.value in concept.missing:
        yield MapRow("", meaning.value, label, meaning.sure)
        return
    yield MapRow("", _likely_blank(concept), label or f"empty in {column.profile.empty:,} records{aged(column)}", False)


def aged(column: Column) -> str:
    """The ages of those with an answer and of those without, where the column of ages is known."""
    ages = column.ages
    if ages is None or ages.filled is None or ages.empty is None:
        return ""
    return f" aged {ages.empty[0]} to {ages.empty[1]}; the others are {ages.filled[0]} to {ages.filled[1]}"


def _likely_blank(concept: Concept) -> str:
    wanted = "not_in_universe" if concept.universe != "everyone" else "unknown"
    return wanted if wanted in concept.missing else "unknown"


def _number(name: str, column: Column, likeness: Likeness, rivals: tuple[str, ...]) -> Proposal:
    concept = load_concepts()[name]
    blank = _likely_blank(concept) if column.profile.empty else ""
    codes: dict[str, MapRow] = {}
    for code, label in column.labels.values.items():
        meaning = translate(name, label)
        if code and meaning and meaning.value in concept.missing:
            codes[code] = MapRow(code, meaning.value, label, meaning.sure)
    for code in column.labels.missing:
        codes.setdefault(code, MapRow(code, "unknown", "marked as missing by the file", False))
    doubt = likeness.doubt
    if not doubt and blank:
        doubt = f"what {column.profile.empty:,} empty fields mean is not documented"
    return Proposal(name, (column.name,), likeness.reason, doubt, blank=blank, codes=codes, rivals=rivals)


def _finer(coarse: Proposal, column: Column, likeness: Likeness) -> dict[str, Proposal]:
    """The finer variable that follows from the same codes of a classification: sub-major groups, divisions."""
    if not (likeness.classification and likeness.classification.same):
        return {}
    found: dict[str, Proposal] = {}
    for name, concept in load_concepts().items():
        if concept.coarser and concept.coarser.variable == coarse.name and (ranges := digit_ranges(name, column)):
            rows = _digit_rows(name, column, ranges)
            found[name] = Proposal(
                name, coarse.columns, coarse.reason, coarse.doubt, rows=rows, zeros_lost=coarse.zeros_lost
            )
    return found


def unproposed(described: Described, proposals: Proposals) -> list[str]:
    """The filled columns for which nothing is proposed, in the order of the file."""
    used = {name for each in (*proposals.roles.values(), *proposals.variables.values()) for name in each.columns}
    return [column.name for column in described.columns if column.name not in used and column.profile.filled]
