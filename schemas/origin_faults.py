"""Whether a variable's origin can give what the variable is: a number, a country, an identifier."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from schemas.bands import band_of
from schemas.concepts import ILOSTAT_WORKING_AGE, Concept, banded
from schemas.numbers import as_number, as_range
from schemas.source import CodeValue
from schemas.survey import Survey, Variable
from schemas.yaml_scalars import LARGEST

SHOWN = 40
UNKNOWN = "unknown"


def origin_faults(variable: Variable, concept: Concept) -> Iterator[str]:
    """What a variable's declaration says that its concept does not allow."""
    if variable.columns is not None and concept.type != "identifier":
        yield "only an identifier is made of several `columns`; name one `column`, or write an `expression`"
    if concept.type == "country" and variable.column and not (variable.map or variable.country):
        yield "a country taken from a column needs `country` (m49, iso2, iso3 or name) or a `map`"
    if concept.type not in ("country", "integer", "number") and variable.country is not None:
        yield "`country` is for variables that are countries"
    for kind in sorted({*variable.codes.values(), *filter(None, [variable.blank])} - {*concept.missing}):
        yield f"`blank` or `codes` say '{kind}'; what is missing can be {', '.join(concept.missing) or 'nothing'}"
    if variable.stray_codes is not None and (
        concept.is_numeric or not variable.is_translated or UNKNOWN not in concept.missing
    ):
        yield "`stray_codes` are codes that a `map` or `country` translates, of a variable that may be unknown"
    if not concept.is_numeric:
        return
    if (variable.map is not None and not concept.bands) or variable.country is not None:
        yield "a number is not translated by a map; name its codes for missing under `codes`"
    if variable.constant is not None and not _is_plain(as_number(variable.constant)):
        yield f"constant '{variable.constant[:SHOWN]}' is not a number, or too large for one"
    for code in variable.codes:
        bounds = as_range(code) or (as_number(code),)
        if not all(bound is None or _is_plain(bound) for bound in bounds):
            yield f"code '{code[:SHOWN]}' is larger than any number"


def code_faults(source: Survey, variable: Variable, concept: Concept) -> Iterator[str]:
    """`codes` that would have no effect."""
    if variable.codes and variable.computed is None and not (concept.is_numeric and variable.column):
        yield "`codes` are of numbers and expressions; write a category's codes as rows of its map"
    if variable.codes and variable.computed is not None:
        own = {wave.read.format for wave in source.waves.values() if wave.read}
        if not {source.read.format, *own} & {"spss", "stata"}:
            yield "`codes` of an expression are what SPSS or Stata files call missing; write nullif(raw.column, '99')"
    for code in variable.codes:
        low, high = as_range(code) or (None, None)
        if low is not None and high is not None and low > high:
            yield f"the range '{code}' of `codes` ends before it begins"


def _is_plain(number: float | None) -> bool:
    return number is not None and abs(number) <= LARGEST


def band_map_faults(variable: Variable, codes: Mapping[str, CodeValue], concept: Concept) -> Iterator[str]:
    """Faults of a map that says for how many years each code of a column stands."""
    if variable.bands or variable.codes or variable.multiply is not None:
        yield "a map of bands has their kinds of missing too; it stands without `bands`, `codes` and `multiply`"
    for code, meaning in codes.items():
        try:
            is_known = band_of(meaning.value) is not None or meaning.value in concept.missing
        except ValueError as error:
            yield f"map '{variable.map}': code '{code}' means '{meaning.value}': {error}"
            continue
        if not is_known or (code == "" and meaning.value not in concept.missing):
            yield (
                f"map '{variable.map}': code '{code}' means '{meaning.value[:SHOWN]}', which is no band of years"
                f" (16..19, 65.., ..4 or 30) and none of {', '.join(concept.missing)}"
            )


def band_faults(source: Survey, name: str, variable: Variable, concept: Concept) -> Iterator[str]:
    """Faults of `bands`, which say for how many years each code of a column stands."""
    if not variable.bands:
        return
    if not concept.bands:
        yield f"cannot be known in `bands`; only {', '.join(banded())} can"
    if variable.column is None or variable.multiply is not None:
        yield "`bands` say what the codes of a `column` mean, and are not multiplied"
    for code, band in variable.bands.items():
        if band.start is None and band.end is None:
            yield f"band '{code}' needs `from`, `to` or both"
    numbers = [number for number in map(as_number, variable.bands) if number is not None]
    if len(set(numbers)) < len(numbers):
        yield "two codes of `bands` are the same number"
    if name == "age" and "working_age" not in source.variables:
        yield from _bands_across_working_age(source, variable)


def _bands_across_working_age(source: Survey, variable: Variable) -> Iterator[str]:
    """Bands of persons who are partly of working age: nobody could say who of them counts, and all would drop out."""
    first = max(source.minimum_age, ILOSTAT_WORKING_AGE)
    for code, band in variable.bands.items():
        below = 0 if band.start is None else band.start
        if below < first and (band.end is None or band.end >= first):
            yield (
                f"band '{code}' spans {first} years, from which persons are of working age: which of them are "
                "cannot be known; declare `working_age` beside age, or a `minimum_age` above the band"
            )
