"""Whether a variable's origin can give what the variable is: a number, a country, an identifier."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.concepts import Concept
from schemas.numbers import as_number, as_range
from schemas.source import Variable
from schemas.yaml_scalars import LARGEST

SHOWN = 40


def origin_faults(variable: Variable, concept: Concept) -> Iterator[str]:
    """What a variable's declaration says that its concept cannot be."""
    if variable.columns is not None and concept.type != "identifier":
        yield "only an identifier is made of several `columns`; name one `column`, or write an `expression`"
    if concept.type == "country" and variable.column and not (variable.map or variable.country):
        yield "a country taken from a column needs `country` (m49, iso2, iso3 or name) or a `map`"
    if concept.type not in ("country", "integer", "number") and variable.country is not None:
        yield "`country` is for variables that are countries"
    for kind in sorted({*variable.codes.values(), *filter(None, [variable.blank])} - {*concept.missing}):
        yield f"`blank` or `codes` say '{kind}'; what is missing can be {', '.join(concept.missing) or 'nothing'}"
    if not concept.is_numeric:
        return
    if variable.map is not None or variable.country is not None:
        yield "a number is not translated by a map; name its codes for missing under `codes`"
    if variable.constant is not None and not _is_plain(as_number(variable.constant)):
        yield f"constant '{variable.constant[:SHOWN]}' is no number, or too large for one"
    for code in variable.codes:
        bounds = as_range(code) or (as_number(code),)
        if not all(bound is None or _is_plain(bound) for bound in bounds):
            yield f"code '{code[:SHOWN]}' is larger than any number"


def _is_plain(number: float | None) -> bool:
    return number is not None and abs(number) <= LARGEST
