"""What the values of a column mean if they are values of a canonical variable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.concepts import Concept, load_concepts
from schemas.source import MISSING_KINDS
from transforms.country_names import find_country
from transforms.describe.codebook import VariableLabels, plain_code
from transforms.describe.profile import CATEGORIES, ColumnProfile
from transforms.describe.translate import Meaning, translate

SCHEMES = ("iso3", "iso2", "m49", "name")
_SHORT = {
    "m49": "numbers may be codes of the producer's own",
    "iso2": "two letters may be codes of provinces",
}
"""Schemes whose codes are so short that other codes resemble them."""
CUT = 20
"""Number of characters that identify a label where a file has cut it short."""
ALL_NEEDED = 3
"""A concept with at most this many values must have them all; of a larger one, this many must occur."""


@dataclass(frozen=True)
class Coded:
    """One code of a column: its label, and its meaning; None where no word of it is known."""

    code: str
    label: str
    meaning: Meaning | None


@dataclass(frozen=True)
class ValueFit:
    """How well the values of a column fit a variable.

    scheme    the scheme of the column's countries: iso3, iso2, m49 or name; empty where codes are translated one by one
    doubt     what speaks against it; empty when every value is known by its whole label
    """

    codes: tuple[Coded, ...]
    scheme: str = ""
    doubt: str = ""
    percent: int = 0
    has_labels: bool = True

    @property
    def is_whole(self) -> bool:
        """Whether the meaning of every value is certain."""
        return not self.doubt

    @property
    def is_hopeless(self) -> bool:
        """Whether none of its values is known."""
        return self.percent == 0


def fit_values(variable: str, profile: ColumnProfile, labels: VariableLabels) -> ValueFit:
    """The meaning of each value. Codes without labels have none, unless all of them are codes of countries."""
    concept = load_concepts()[variable]
    if not profile.values:
        return ValueFit((), doubt="it has too many values to list", has_labels=False)
    known = _labelled(profile, labels)
    if concept.type == "country" and not labels.values and (scheme := _scheme(profile)):
        return ValueFit((), scheme, _SHORT.get(scheme, ""), 100)
    codes = tuple(Coded(code, label, translate(variable, label)) for code, label in known.items())
    meant = [each for each in codes if each.meaning]
    percent = round(100 * len(meant) / len(codes)) if codes else 0
    if meant and all(each.meaning and each.meaning.value in MISSING_KINDS for each in meant):
        percent = 0
    has_labels = any(each.label for each in codes)
    return ValueFit(codes, "", _doubt(concept, codes, has_labels), percent, has_labels)


def _labelled(profile: ColumnProfile, labels: VariableLabels) -> dict[str, str]:
    """Every code that occurs or has a label -> its label; a word that occurs is its own label."""
    found: dict[str, str] = {}
    used: set[str] = set()
    for value in profile.values:
        code = plain_code(value)
        used |= {value, code, *labels.alike(value)}
        found[code] = labels.label_of(value) or ("" if _is_code(value) else value)
    written = [_written(code, labels.values) for code in profile.values]
    for code, label in labels.values.items():
        # Where a file writes labels in place of codes, the labels of codes that do not occur are candidates too.
        other = label if any(written) else code
        if code and code not in used and label not in written and len(found) < CATEGORIES:
            found.setdefault(other, label)
    return found


def _written(value: str, values: Mapping[str, str]) -> str:
    """The label that a file writes in place of its code, whole or cut short; empty where it writes none."""
    return next(
        (label for label in values.values() if label == value or (len(value) >= CUT and label.startswith(value))), ""
    )


def _is_code(value: str) -> bool:
    return len(value) <= 1 or any(each.isdigit() for each in value)


def _scheme(profile: ColumnProfile) -> str:
    """The scheme in which every value is a country; empty where there is none."""
    if profile.distinct < 3:
        return ""
    for scheme in SCHEMES:
        if all(find_country(value, scheme).code for value in profile.values):
            return scheme
    return ""


def _doubt(concept: Concept, codes: tuple[Coded, ...], has_labels: bool) -> str:
    if not has_labels:
        return "what its codes mean is not documented"
    unknown = sum(1 for each in codes if each.meaning is None)
    if unknown:
        return f"{unknown} of its {len(codes)} values are not in the vocabulary"
    if near := sum(1 for each in codes if each.meaning and not each.meaning.sure):
        return f"{near} of its {len(codes)} values only come close to a phrase of it"
    given = {each.meaning.value for each in codes if each.meaning} - set(MISSING_KINDS)
    if concept.type == "country":
        return "" if len(given) > 1 else "it names one country"
    lacking = [value for value in concept.values if value not in given]
    if len(given) < min(ALL_NEEDED, len(concept.values)) or (len(concept.values) <= ALL_NEEDED and lacking):
        return f"no value means {', '.join(lacking[:ALL_NEEDED])}"
    return ""
