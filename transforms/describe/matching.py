"""How well the name and the labels of a column match a term of the vocabulary."""

from __future__ import annotations

import re
from dataclasses import dataclass

from schemas.vocabulary import Term, significant
from schemas.words import folded_words
from transforms.describe.codebook import VariableLabels
from transforms.describe.translate import holds

WHOLE, WITHIN = 2, 1
AMONG_OTHERS = "the words occur among others"
_BRACKETS = re.compile(r"\s*[(\[][^)\]]*[)\]]")
_SHORTEST = 3
"""Minimum length of a phrase for it to be looked for within a name."""


@dataclass(frozen=True)
class Match:
    """A match of a whole name or label (WHOLE) or of words within it (WITHIN); what matched, and what speaks against
    it."""

    strength: int
    reason: str
    doubt: str = ""


def match(term: Term, name: str, labels: VariableLabels) -> Match | None:
    """The best match of a column; None where no word of the term occurs, or a word shows that it is something else."""
    said = [label for label in (labels.label, *labels.also) if label]
    fitting = [label for label in said if not is_excluded(term, label)]
    if is_excluded(term, name) or (said and not fitting):
        return None
    against = next((label for label in said if label not in fitting), "")
    doubt = f"it is also called '{against}'" if against else ""
    within = ""
    for label in fitting:
        written = {form(each) for each in (label, _BRACKETS.sub("", label)) for form in (folded_words, significant)}
        if written & term.phrases:
            return Match(WHOLE, f"its label is '{label}'", doubt)
        if not within and any(holds(words, phrase) for words in written if words for phrase in term.phrases):
            within = label
    return _by_name(term, name, within, has_label=bool(said), doubt=doubt)


def _by_name(term: Term, name: str, within: str, *, has_label: bool, doubt: str) -> Match | None:
    named = {folded_words(name), significant(name)}
    if named & term.phrases:
        besides = f" and its label, '{within}', confirms it" if within else ""
        if within or not has_label:
            return Match(WHOLE, f"its name is {name}{besides}", doubt)
        return Match(WITHIN, f"its name is {name}", doubt or "its label does not confirm it")
    if within:
        return Match(WITHIN, f"its label is '{within}'", doubt or AMONG_OTHERS)
    long = [phrase for phrase in term.phrases if len("".join(phrase)) >= _SHORTEST]
    if any(holds(words, phrase) for words in named for phrase in long):
        return Match(WITHIN, f"its name is {name}", doubt or AMONG_OTHERS)
    return None


def is_excluded(term: Term, text: str) -> bool:
    """Whether a text has a word showing that it is something else."""
    words = folded_words(text)
    return any(holds(words, phrase) for phrase in term.excluded)
