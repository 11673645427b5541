"""The canonical value that the label of a code means: by a whole phrase of the vocabulary, or only approximately."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from schemas.codelists import load_codelist
from schemas.concepts import load_concepts
from schemas.vocabulary import NEAR, Words, forms, load_vocabulary, significant
from schemas.words import folded_words
from transforms.country_names import find_country

_BRACKETS = re.compile(r"\s*[(\[][^)\]]*[)\]]")
_NEGATIONS = frozenset({"not", "no", "non", "nao", "never", "nunca", "jamais", "without", "sin", "sem", "sans", "ni"})


@dataclass(frozen=True)
class Meaning:
    """A canonical value or kind of missing; `sure` when the whole label gives it."""

    value: str
    sure: bool


@cache
def translate(variable: str, label: str) -> Meaning | None:
    """What a label means as a value of a variable; None when it contains no phrase of the vocabulary."""
    if not label.strip():
        return None
    concept = load_concepts()[variable]
    if concept.type == "country" and (code := find_country(_without_brackets(label), "name").code):
        return Meaning(code, sure=True)
    written = _forms(label)
    whole, near = _phrases(variable)
    for form in written:
        if len(values := whole.get(form, frozenset())) == 1:
            return Meaning(next(iter(values)), sure=True)
    for form in written:
        if len(values := near.get(form, frozenset())) == 1:
            return Meaning(next(iter(values)), sure=False)
    return _within(label, {**near, **whole})


def _forms(label: str) -> list[Words]:
    """The forms of a label that are compared: whole, without the text in brackets, without the number before it."""
    bare = _without_brackets(label)
    found = [folded_words(label), significant(label), folded_words(bare), significant(bare)]
    found += [words[1:] for words in found if len(words) > 1 and words[0].isdigit()]
    return list(dict.fromkeys(words for words in found if words))


def _without_brackets(label: str) -> str:
    return _BRACKETS.sub("", label).strip() or label


def _within(label: str, phrases: Mapping[Words, frozenset[str]]) -> Meaning | None:
    """The one value with a phrase within a longer label; None where the words around it negate something."""
    forms = (folded_words(label), significant(label))
    found = {
        value
        for phrase, values in phrases.items()
        if any(holds(words, phrase) and not _NEGATIONS & (set(words) - set(phrase)) for words in forms)
        for value in values
    }
    return Meaning(found.pop(), sure=False) if len(found) == 1 else None


def holds(words: Words, phrase: Words) -> bool:
    """Whether the words of a phrase occur one after the other among some words."""
    width = len(phrase)
    return phrase[0] in words and any(words[start : start + width] == phrase for start in range(len(words) - width + 1))


@cache
def _phrases(variable: str) -> tuple[Mapping[Words, frozenset[str]], Mapping[Words, frozenset[str]]]:
    """Phrase -> values: phrases that mean a value exactly, and phrases that only come close."""
    whole: dict[Words, set[str]] = {}
    near: dict[Words, set[str]] = {}
    for value, phrase in _listed(variable):
        into = near if phrase.startswith(NEAR) else whole
        for form in forms(phrase.removeprefix(NEAR)):
            into.setdefault(form, set()).add(value)
    return tuple({phrase: frozenset(values) for phrase, values in each.items()} for each in (whole, near))  # type: ignore[return-value]


def _listed(variable: str) -> Iterator[tuple[str, str]]:
    """Every value of a variable with its phrases: from the vocabulary, the concept and its code list."""
    vocabulary, concept = load_vocabulary(), load_concepts()[variable]
    term = vocabulary.variables.get(variable)
    for value, phrases in term.values.items() if term else ():
        yield from ((value, phrase) for phrase in phrases)
    for kind, phrases in vocabulary.missing.items():
        if kind in concept.missing:
            yield from ((kind, phrase) for phrase in phrases)
    yield from concept.values.items()
    codes = load_codelist(concept.codelist).codes if concept.codelist and concept.type == "category" else ()
    for code in codes:
        value = code.code.rpartition("_")[2]
        version = code.code.split("_")[1].lower()
        if value in concept.values and version in variable.split("_"):
            labels = (code.label_en, code.label_fr, code.label_es)
            yield from ((value, " ".join(folded_words(label)[1:])) for label in labels)
