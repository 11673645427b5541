"""Which questions of a survey a number is made from: the producer's columns behind each variable that it needs.

They are those of the declaration as it is now: releases do not carry it. Registers and published figures ask nobody.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from schemas.classifications import load_classifications
from schemas.concepts import load_concepts
from schemas.declaration import Text
from schemas.errors import DeclarationError
from schemas.expressions import expression_columns, raw_columns
from schemas.indicators import load_catalogue
from schemas.loader import load_survey
from schemas.survey import Survey, Variable
from schemas.survey_gives import FOLLOWS_FROM

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Question:
    """A variable, and the producer's names of the columns that it comes from."""

    variable: Text
    columns: tuple[str, ...]


def questions_of(source_id: str, indicator: str, wave: str) -> list[Question]:
    """The questions behind an indicator in a wave of a survey; none for other kinds of source, and for surveys that are
    no longer declared."""
    if indicator not in load_catalogue().indicators:
        return []
    survey = _survey(source_id)
    declared = _wave(survey, wave) if survey else None
    return list(_questions(survey, indicator, declared)) if survey and declared else []


@lru_cache(maxsize=64)
def _survey(source_id: str) -> Survey | None:
    try:
        return load_survey(source_id)
    except DeclarationError as error:
        logger.info("no questions of %s: %s", source_id, error.what)
        return None


def _wave(survey: Survey, wave: str) -> str | None:
    """The declared wave; of a year that is made from its quarters, the first of them."""
    declared = sorted(survey.waves)
    return wave if wave in declared else next((each for each in declared if each.startswith(wave[:4])), None)


def _questions(survey: Survey, indicator: str, wave: str) -> Iterator[Question]:
    catalogue = load_catalogue()
    declared = catalogue.indicators[indicator]
    counted = [catalogue.populations[each] for each in sorted(catalogue.populations_of(declared))]
    needs = [need for each in counted for need in (*each.needs, *sorted(expression_columns(each.where)))]
    classified = (load_classifications()[name].variable for name in declared.dimensions)
    needs += [*declared.variables, *(each for each in classified if each is not None)]
    variables, names = survey.wave_variables(wave), survey.wave_columns(wave)
    for name in dict.fromkeys(needs):
        columns = dict.fromkeys(names[each] for each in _columns(variables, name, frozenset()) if each in names)
        if columns and name in load_concepts():
            yield Question(load_concepts()[name].label, tuple(columns))


def _columns(variables: dict[str, Variable], name: str, seen: frozenset[str]) -> Iterator[str]:
    """Our names of the columns behind a variable, through those that it is computed from."""
    variable = variables.get(name)
    if variable is not None:
        yield from [variable.column] if variable.column else variable.columns or []
        yield from sorted(raw_columns(variable.expression)) if variable.expression else []
        if variable.derive:
            asked = (each for each in variables if each in load_concepts() and load_concepts()[each].role == "question")
            for each in asked:
                yield from _columns(variables, each, seen | {name})
    elif name not in seen:
        for way in FOLLOWS_FROM.get(name, ()):
            for part in way:
                yield from _columns(variables, part, seen | {name})
