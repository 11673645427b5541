"""The words by which producers call columns and codes, as `vocabulary.yaml` lists them."""

from __future__ import annotations

from functools import cache, cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from schemas.concepts import load_concepts
from schemas.declaration import Declaration
from schemas.source import MissingKind
from schemas.words import folded_words
from schemas.yaml_lines import load_model

VOCABULARY_FILE = Path(__file__).parent / "vocabulary.yaml"
NEAR = "?"
"""Begins a phrase that is only close to a value, or to a kind of missing."""

LayoutHeader = Literal["name", "start", "end", "width", "decimals", "type", "dictionary", "label", "code", "meaning"]
Shape = Literal["number", "code", "stratum", "identifier", "year", "quarter", "month", "age", "hours", "amount"]
RegisterColumn = Literal["total", "year", "count", "citizenship", "country_of_birth", "partner_country"]
Words = tuple[str, ...]


class Term(Declaration):
    """What a column of the design, or a canonical variable, is called, and what its values look like.

    words     phrases that a column's whole name or label is
    unlike    words that say it is another
    shape     what its values look like; of a category or country they are compared with their labels instead
    values    canonical value -> what its label is called
    unsure    why a proposal of it always needs a decision
    """

    words: list[str] = Field(min_length=1)
    unlike: list[str] = []
    shape: Shape | None = None
    values: dict[str, list[str]] = {}
    unsure: str = ""

    @cached_property
    def phrases(self) -> frozenset[Words]:
        """The words as they are compared: whole, and without articles where more than one word is left."""
        return frozenset(form for each in self.words for form in forms(each))

    @cached_property
    def excluded(self) -> frozenset[Words]:
        """The words that say it is another, as they are compared."""
        return frozenset(folded_words(each) for each in self.unlike)


class Classification(Declaration):
    """A classification by its names; `same` says that its first digits are those of the international one."""

    name: str
    words: list[str] = Field(min_length=1)
    variable: str
    same: bool


class Vocabulary(Declaration):
    """The whole file: headers of layouts, labels of no answer, columns of the design, variables, classifications."""

    left_out: list[str]
    layout_headers: dict[LayoutHeader, list[str]]
    missing: dict[MissingKind, list[str]]
    roles: dict[str, Term]
    personal: list[str]
    variables: dict[str, Term]
    classifications: list[Classification]
    register_tables: dict[RegisterColumn, list[str]]

    @model_validator(mode="after")
    def _of_concepts(self) -> Vocabulary:
        concepts = load_concepts()
        for name, term in self.variables.items():
            if name not in concepts:
                raise ValueError(f"'{name}' is not a canonical variable")
            if wrong := sorted(set(term.values) - set(concepts[name].values)):
                raise ValueError(f"{', '.join(wrong)}: no values of {name}")
        return self


@cache
def load_vocabulary() -> Vocabulary:
    """The vocabulary. Raises DeclarationError for a variable or value that does not exist."""
    vocabulary, _ = load_model(Vocabulary, VOCABULARY_FILE)
    return vocabulary


@cache
def significant(text: str) -> Words:
    """The words of a text without articles and the like; all of them where nothing else is left."""
    words = folded_words(text)
    return tuple(word for word in words if word not in _left_out()) or words


@cache
def forms(phrase: str) -> tuple[Words, ...]:
    """A phrase of the vocabulary as it is compared. One that would lose all but a word stands for itself alone."""
    whole, short = folded_words(phrase), significant(phrase)
    return (whole, short) if len(short) > 1 and short != whole else (whole,)


@cache
def _left_out() -> frozenset[str]:
    return frozenset(load_vocabulary().left_out)
