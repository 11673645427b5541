"""From the producer's codes to canonical values: every code that occurs is resolved, or named as unknown.

Codes are text, and leading zeros are part of them: 011 is not 11, and neither is taken for the other. Where codes of a
map differ by leading zeros alone, and no code of the column has any, none of them is resolved. Where codes were stored
as numbers, their zeros are restored if only one meaning is possible: 1 is read as 01 where no code of the column begins
with a zero, the map has no code as short as 1, and no other code of the map is 1 once its zeros are removed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schemas.code_maps import CODE_RANGE
from schemas.nearest import nearest
from schemas.source import MISSING_KINDS, CodeValue
from transforms.country_names import find_country, suggested_countries
from transforms.sampling_design import MISSING_TEXTS

WHOLE = re.compile(r"(-?[0-9]+)\.0*")
NAMIBIA_OR_NONE = "NA"
LONGEST_CODE = 18
"""Longer strings of digits are neither codes that a map holds as a range nor numbers that can be read quickly."""


@dataclass(frozen=True)
class Resolved:
    """Canonical value of each known code; the unknown codes, each with a remark for the error message.

    `as_countries` are the codes that are in no map and were read as countries.
    """

    values: dict[str, str]
    unknown: dict[str, str]
    as_countries: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Coded:
    """One code or range of codes of a map: its bounds, how many characters they have, and what it means."""

    code: str
    low: int
    high: int
    width: int
    value: str

    @property
    def is_range(self) -> bool:
        return ".." in self.code

    @property
    def has_zeros(self) -> bool:
        return self.width > 1 and self.code.startswith("0")

    def holds(self, number: int) -> bool:
        return self.low <= number <= self.high


class CodeMap:
    """One map of `code_maps.csv`: looks up a code as written, then in the ranges, then without its leading zeros.

    `fold`: ignore case. `zeros_kept`: whether the column keeps leading zeros, even where none occurs; false for codes
    stored as numbers, None where it is not known.
    """

    def __init__(self, codes: Mapping[str, CodeValue], *, fold: bool = False, zeros_kept: bool | None = None) -> None:
        self._fold = fold
        self._zeros_kept = zeros_kept
        self._text = {self._folded(code): meaning.value for code, meaning in codes.items()}
        coded = [each for code, meaning in codes.items() if (each := _coded(code, meaning.value))]
        self._ranges = [each for each in coded if each.is_range]
        self._with_zeros = [each for each in coded if each.has_zeros]
        self._widths = {each.width for each in coded if each.value not in MISSING_KINDS}
        self._of_number: dict[int, list[str]] = {}
        for each in coded:
            if not each.is_range:
                self._of_number.setdefault(each.low, []).append(each.code)

    def _folded(self, code: str) -> str:
        return code.casefold() if self._fold else code

    def whole(self, codes: Iterable[str]) -> dict[str, str]:
        """The codes that are in the map exactly as written, with what they mean."""
        return {code: value for code in codes if (value := self._text.get(self._folded(code))) is not None}

    def resolve(self, codes: Iterable[str]) -> Resolved:
        """What each code of a column means; codes that the map lacks or that are ambiguous in it stay unknown."""
        listed = list(codes)
        keeps_zeros = self._zeros_kept is True or any(has_leading_zeros(as_text(code)) for code in listed)
        lost_zeros = self._zeros_kept is False or any(WHOLE.fullmatch(code) for code in listed)
        values: dict[str, str] = {}
        unknown: dict[str, str] = {}
        for code in listed:
            value, remark = self._meaning(code, keeps_zeros=keeps_zeros, lost_zeros=lost_zeros)
            if value is None:
                unknown[code] = remark
            else:
                values[code] = value
        return Resolved(values, unknown)

    def _meaning(self, code: str, *, keeps_zeros: bool, lost_zeros: bool) -> tuple[str | None, str]:
        text = as_text(code)
        value = self._as_written(code, text)
        if has_leading_zeros(text) or keeps_zeros or not is_whole(text):
            return value, self._but_for_zeros(text) if value is None else ""
        lost = [each for each in self._with_zeros if each.width > len(text) and each.holds(int(text))]
        meanings = {each.value for each in lost} | ({value} if value is not None else set())
        if len(meanings) > 1:
            known = [text, *(each.code for each in lost)] if value is not None else [each.code for each in lost]
            return None, f" ({' and '.join(known)} of the map differ by leading zeros alone; no code here has one)"
        if value is None and lost and lost_zeros and len(text) not in self._widths:
            return lost[0].value, ""
        return value, self._but_for_zeros(text) if value is None else ""

    def _as_written(self, code: str, text: str) -> str | None:
        exact = self._text.get(self._folded(code), self._text.get(self._folded(text)))
        if exact is not None or not is_whole(text):
            return exact
        padded = has_leading_zeros(text)
        for each in self._ranges:
            same_form = each.width == len(text) if padded or each.has_zeros else True
            if same_form and each.holds(int(text)):
                return each.value
        return None

    def _but_for_zeros(self, text: str) -> str:
        """The remark on an unknown code that the map has with more or fewer leading zeros."""
        if not is_whole(text):
            return ""
        ranges = [each.code for each in self._ranges if each.holds(int(text))]
        alike = [*self._of_number.get(int(text), []), *ranges]
        return f" (the map has {', '.join(alike)}, and leading zeros are part of a code)" if alike else ""


def _coded(code: str, value: str) -> _Coded | None:
    if bounds := CODE_RANGE.fullmatch(code):
        return _Coded(code, int(bounds[1]), int(bounds[2]), len(bounds[1]), value)
    text = as_text(code)
    return _Coded(text, int(text), int(text), len(text), value) if is_whole(text) else None


def as_text(code: str) -> str:
    """A code without the decimals of a number: 11.0 is 11."""
    whole = WHOLE.fullmatch(code)
    return whole[1] if whole else code


def is_whole(code: str) -> bool:
    """Whether a code consists of the digits 0 to 9; Python's `isdigit` accepts digits of every script."""
    return code.isascii() and code.isdecimal() and len(code) <= LONGEST_CODE


def has_leading_zeros(code: str) -> bool:
    """Whether a code of several digits begins with a zero."""
    return len(code) > 1 and code.startswith("0") and is_whole(code)


def remark_on(code: str, remark: str, known: Iterable[str], country: str | None) -> str:
    """The remark of an error on an unknown code: what is known of it, else the country or code of the map that it
    resembles."""
    return remark or (suggested_countries(code, country) if country else "") or nearest(code, known)


def _as_missing(word: str) -> str:
    """The remark on a word that programs write for a missing value; countries that it resembles would be no help."""
    is_missing = word != "" and word.strip().casefold() in MISSING_TEXTS
    return " (a missing value as programs write it: give it a row in the map, with its kind)" if is_missing else ""


def resolve(codes: Iterable[str], code_map: CodeMap | None, *, country: str | None = None) -> Resolved:
    """What each code means: by the map first, then as a country (ISO 3166-1 alpha-3) where `country` names a scheme."""
    listed = list(codes)
    found = code_map.resolve(listed) if code_map else Resolved({}, dict.fromkeys(listed, ""))
    if country is None:
        return found
    values, unknown = dict(found.values), {}
    as_countries = set()
    for code, remark in found.unknown.items():
        if country == "iso2" and code.upper() == NAMIBIA_OR_NONE:
            unknown[code] = " (Namibia, or R's missing value: give it a row in the map)"
            continue
        read = find_country(code, country)
        if read.code is None or remark:
            unknown[code] = remark or read.remark or _as_missing(code)
        else:
            values[code] = read.code
            as_countries.add(code)
    return Resolved(values, unknown, frozenset(as_countries))
