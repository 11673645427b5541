"""What a column looks like: a part of the sample design, or a canonical variable, by its name, label and values.

Sure is only what its whole name or label says and its values bear out, and no second column does; whatever else there
is to say for it, it is unsure, and a person decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from schemas.concepts import load_concepts
from schemas.vocabulary import Classification, Term, load_vocabulary, significant
from schemas.words import folded_words
from transforms.describe.codebook import VariableLabels
from transforms.describe.profile import ColumnProfile
from transforms.describe.shapes import shape_fault
from transforms.describe.translate import holds
from transforms.describe.values import ValueFit, fit_values

WHOLE, WITHIN = 2, 1
_OF_THE_SAMPLE = ("number", "code")
IDENTIFIERS = ("household", "person")
_BRACKETS = re.compile(r"\s*[(\[][^)\]]*[)\]]")


@dataclass(frozen=True)
class Likeness:
    """One thing that a column may be: a role of the design (`is_role`) or a canonical variable.

    reason           why, in words
    doubt            why it is not sure; empty when it is
    fit              what its values mean, where they are codes or names
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
        """Whether nothing speaks against it."""
        return not self.doubt

    @property
    def is_identifier(self) -> bool:
        """Whether a column of it distinguishes persons or households."""
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
    """For each column what it looks like, the likeliest first."""
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
    return replace(likeness, doubt=f"{', '.join(others[:3])} would do as well")


def _likenesses(profile: ColumnProfile, labels: VariableLabels) -> Iterator[Likeness]:
    vocabulary = load_vocabulary()
    for name, term in vocabulary.roles.items():
        if match := _match(term, profile.name, labels):
            yield from _role(name, term, match, profile)
        elif name == "weight" and labels.is_weight:
            yield from _role(name, term, (WHOLE, "the codebook calls it a weight"), profile)
    classification = _classification(profile, labels)
    for name, term in vocabulary.variables.items():
        match = _match(term, profile.name, labels)
        named = classification if classification and classification.variable == name else None
        if named and not match and not (_excluded(term, profile.name) or _excluded(term, labels.label)):
            match = (WITHIN, f"its label names {named.name}")
        if match:
            yield from _variable(name, term, match, profile, labels, named)


def _match(term: Term, name: str, labels: VariableLabels) -> tuple[int, str] | None:
    """How well a name and its labels are those of a term, and which of them says so."""
    phrases = term.phrases
    named = {folded_words(name), significant(name)}
    within = ""
    said = [label for label in (labels.label, *labels.also) if label]
    fitting = [label for label in said if not _excluded(term, label)]
    if _excluded(term, name) or (said and not fitting):
        return None
    for label in fitting:
        written = {form(each) for each in (label, _BRACKETS.sub("", label)) for form in (folded_words, significant)}
        if written & phrases:
            return WHOLE, f"its label is '{label}'"
        if not within and any(holds(words, phrase) for words in written if words for phrase in phrases):
            within = label
    if named & phrases:
        besides = f" and its label, '{within}', says so" if within else ""
        return (WHOLE if within or not said else WITHIN), f"its name is {name}{besides}"
    if within:
        return WITHIN, f"its label is '{within}'"
    if any(holds(words, phrase) for words in named for phrase in phrases if len("".join(phrase)) > 2):
        return WITHIN, f"its name is {name}"
    return None


def _excluded(term: Term, text: str) -> bool:
    words = folded_words(text)
    return any(holds(words, phrase) for phrase in term.excluded)


def _role(name: str, term: Term, match: tuple[int, str], profile: ColumnProfile) -> Iterator[Likeness]:
    strength, reason = match
    fault = shape_fault(term.shape, profile)
    if fault is None or (strength == WITHIN and (fault or term.shape not in _OF_THE_SAMPLE)):
        return
    doubt = fault or ("" if strength == WHOLE else "the words occur among others")
    yield Likeness(name, True, (strength, int(not fault), 0), reason, doubt)


def _variable(
    name: str,
    term: Term,
    match: tuple[int, str],
    profile: ColumnProfile,
    labels: VariableLabels,
    classification: Classification | None,
) -> Iterator[Likeness]:
    strength, reason = match
    if load_concepts()[name].type in ("category", "country"):
        fit = fit_values(name, profile, labels)
        if fit.is_hopeless and strength == WITHIN and classification is None:
            return
        telling = strength == WHOLE or (fit.is_whole and not _is_yes_or_no(name))
        doubt = fit.doubt or ("" if telling else "the words occur among others") or term.unsure
        if term.unsure and doubt != term.unsure:
            doubt = f"{doubt}; {term.unsure}"
        yield Likeness(name, False, (strength, fit.percent, 0), reason, doubt, fit, classification)
        return
    fault = shape_fault(term.shape, profile)
    if fault is None or (fault and strength == WITHIN):
        return
    doubt = fault or ("" if strength == WHOLE else "the words occur among others") or term.unsure
    yield Likeness(name, False, (strength, int(not fault), profile.filled), reason, doubt)


def _is_yes_or_no(variable: str) -> bool:
    """Whether its values are those of any question: they show nothing of what was asked."""
    return set(load_concepts()[variable].values) == {"yes", "no"}


def _classification(profile: ColumnProfile, labels: VariableLabels) -> Classification | None:
    """The classification that a label, or a whole name, calls by its name; the longest name of several."""
    texts = [folded_words(each) for each in (profile.name, labels.label, *labels.also)]
    found: Mapping[int, Classification] = {
        len(phrase): each
        for each in reversed(load_vocabulary().classifications)
        for phrase in map(folded_words, each.words)
        if any(holds(words, phrase) for words in texts)
    }
    return found[max(found)] if found and profile.distinct >= 3 else None
