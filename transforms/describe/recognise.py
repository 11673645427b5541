"""What a column appears to be: part of the sample design or a canonical variable, by its name, label and values.

It is certain only where its whole name or label says so, its values agree, and no second column qualifies; otherwise it
is uncertain, and a person decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from schemas.concepts import load_concepts
from schemas.vocabulary import Classification, Term, load_vocabulary
from schemas.words import folded_words
from transforms.describe.codebook import VariableLabels
from transforms.describe.matching import AMONG_OTHERS, WHOLE, WITHIN, Match, is_excluded, match
from transforms.describe.profile import ColumnProfile
from transforms.describe.shapes import shape_fault
from transforms.describe.translate import holds
from transforms.describe.values import ValueFit, fit_values

_OF_THE_SAMPLE = ("number", "code", "stratum")
IDENTIFIERS = ("household", "person")


@dataclass(frozen=True)
class Likeness:
    """One thing that a column may be: a role of the design (`is_role`) or a canonical variable.

    reason           why, in words
    doubt            why it is not sure; empty when it is
    fit              the meaning of its values, where they are codes or names
    classification   the classification that its label names
    """

    name: str
    is_role: bool
    rank: tuple[int, int, int]
    reason: str
    doubt: str = ""
    fit: ValueFit | None = None
    classification: Classification | None = None

    @property
    def sure(self) -> bool:
        """Whether nothing casts doubt on it."""
        return not self.doubt

    @property
    def is_identifier(self) -> bool:
        """Whether such a column identifies persons or households."""
        return self.is_role and self.name in IDENTIFIERS and self.rank[0] == WHOLE


def is_personal(profile: ColumnProfile, labels: VariableLabels) -> bool:
    """Whether a column is likely to hold names, addresses or the like: nothing of it is ever shown."""
    phrases = {folded_words(each) for each in load_vocabulary().personal}
    texts = [folded_words(profile.name), folded_words(labels.label)]
    return any(words in phrases for words in texts) or (
        not labels.values
        and not profile.is_numeric
        and any(holds(words, phrase) for words in texts for phrase in phrases)
    )


def recognise(
    columns: Sequence[tuple[ColumnProfile, VariableLabels]],
) -> tuple[tuple[Likeness, ...], ...]:
    """What each column appears to be, the likeliest first."""
    found = [list(_likenesses(profile, labels)) if profile.filled else [] for profile, labels in columns]
    sure: dict[str, list[str]] = {}
    for (profile, _), each in zip(columns, found, strict=True):
        for likeness in each:
            if likeness.sure:
                sure.setdefault(likeness.name, []).append(profile.name)
    return tuple(
        tuple(
            sorted(
                (_with_rivals(likeness, profile.name, sure.get(likeness.name, [])) for likeness in each),
                key=lambda likeness: (likeness.sure, likeness.rank),
                reverse=True,
            )
        )
        for (profile, _), each in zip(columns, found, strict=True)
    )


def _with_rivals(likeness: Likeness, name: str, sure: Sequence[str]) -> Likeness:
    others = [each for each in sure if each != name]
    if not likeness.sure or not others:
        return likeness
    return replace(likeness, doubt=f"{', '.join(others[:3])} would be equally suitable")


def _likenesses(profile: ColumnProfile, labels: VariableLabels) -> Iterator[Likeness]:
    vocabulary = load_vocabulary()
    for name, term in vocabulary.roles.items():
        found = match(term, profile.name, labels)
        if found is None and name == "weight" and labels.is_weight:
            found = Match(WHOLE, "the codebook calls it a weight")
        if found:
            yield from _role(name, term, found, profile)
    classification = _classification(profile, labels)
    for name, term in vocabulary.variables.items():
        found = match(term, profile.name, labels)
        named = classification if classification and classification.variable == name else None
        if named and not found and not (is_excluded(term, profile.name) or is_excluded(term, labels.label)):
            found = Match(WITHIN, f"its label names {named.name}", AMONG_OTHERS)
        if found:
            yield from _variable(name, term, found, profile, labels, named)


def _role(name: str, term: Term, found: Match, profile: ColumnProfile) -> Iterator[Likeness]:
    fault = shape_fault(term.shape, profile)
    if fault is None or (found.strength == WITHIN and (fault or term.shape not in _OF_THE_SAMPLE)):
        return
    yield Likeness(name, True, (found.strength, int(not fault), 0), found.reason, fault or found.doubt)


def _variable(
    name: str,
    term: Term,
    found: Match,
    profile: ColumnProfile,
    labels: VariableLabels,
    classification: Classification | None,
) -> Iterator[Likeness]:
    if load_concepts()[name].type in ("category", "country"):
        fit = fit_values(name, profile, labels)
        if fit.is_hopeless and found.strength == WITHIN and classification is None:
            return
        doubt = "; ".join(each for each in (fit.doubt or found.doubt, term.unsure) if each)
        rank = (found.strength, fit.percent, 0)
        yield Likeness(name, False, rank, found.reason, doubt, fit, classification)
        return
    fault = shape_fault(term.shape, profile)
    if fault is None or (fault and found.strength == WITHIN):
        return
    rank = (found.strength, int(not fault), profile.filled)
    yield Likeness(name, False, rank, found.reason, fault or found.doubt or term.unsure)


def _classification(profile: ColumnProfile, labels: VariableLabels) -> Classification | None:
    """The classification named in a label or by a whole name; where there are several, the one with the longest
    name."""
    texts = [folded_words(each) for each in (profile.name, labels.label, *labels.also)]
    found: Mapping[int, Classification] = {
        len(phrase): each
        for each in reversed(load_vocabulary().classifications)
        for phrase in map(folded_words, each.words)
        if any(holds(words, phrase) for words in texts)
    }
    return found[max(found)] if found and profile.distinct >= 3 else None
