"""Which country a word names: by an exact known name or code, never by part of a name.

A name is known when CL_AREA, `country_names.csv` or the CLDR (in any of its languages, as Babel carries it) has it.
Names are compared whole, in two ways:

    written   case, white space, and the forms of apostrophes and hyphens do not count
    folded    nor do accents of Latin and Greek letters, other signs, `&` for `and`, `St` for `Saint`, an English `the`
              at either end; `Korea, Republic of` and `Korea (Republic of)` are `Republic of Korea`

A name of two countries, or of a country in one language and a group of countries in another, is taken as neither.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from schemas.countries import (
    Unsettled,
    load_countries,
    load_country_names,
    load_unsettled,
    nearest_countries,
)
from schemas.nearest import NEAREST, named_nearest, nearest

M49_LENGTH = 3
_LATIN_AND_GREEK = ("LATIN", "GREEK")
_COMBINING = range(0x300, 0x370)
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼʻʹ`´′ꞌ＇", "'"))
_HYPHENS = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))
_INVERTED = re.compile(r"([^,()]+)[,(]([^,()]+)\)?\s*")
_NOTHING = frozenset({"XA", "XB", "ZZ"})
"""Codes of the CLDR that denote no place."""


class _Accents(dict[int, str]):
    """For `str.translate`: letters of Latin and Greek without their accents, all others as they are."""

    def __missing__(self, ordinal: int) -> str:
        letter = chr(ordinal)
        base = unicodedata.normalize("NFD", letter)[0]
        is_accented = base != letter and unicodedata.name(base, "").startswith(_LATIN_AND_GREEK)
        self[ordinal] = "" if ordinal in _COMBINING else base if is_accented else letter
        return self[ordinal]


class _Signs(dict[int, str]):
    """For `str.translate`: letters, their marks and digits as they are, everything else as a blank."""

    def __missing__(self, ordinal: int) -> str:
        letter = chr(ordinal)
        self[ordinal] = letter if unicodedata.category(letter)[0] in "LMN" else " "
        return self[ordinal]


_ACCENTS = _Accents()
_SIGNS = _Signs({ord("&"): " and "})


@dataclass(frozen=True)
class Found:
    """The country that a word names (ISO 3166-1 alpha-3), or None with what is known of the word."""

    code: str | None
    remark: str = ""


@cache
def find_country(word: str, scheme: str) -> Found:
    """The country that a word written in `scheme` (m49, iso2, iso3 or name) means."""
    if scheme == "name":
        return _by_name(word)
    code = word.strip()
    if scheme == "m49":
        code = code.split(".", maxsplit=1)[0] if re.fullmatch(r"\d+\.0*", code) else code
        code = code.zfill(M49_LENGTH) if code.isascii() and code.isdigit() else code
    found = _codes(scheme).get(code.upper())
    if found is not None:
        return Found(found)
    former = [each.remark() for each in load_unsettled() if code.upper() in each.codes]
    if former:
        return Found(None, f" ({' or '.join(former)})")
    return Found(None)


@cache
def _codes(scheme: str) -> Mapping[str, str]:
    countries = load_countries().values()
    if scheme == "iso2":
        return {alpha2: country.code for country in countries for alpha2 in country.alpha2}
    if scheme == "m49":
        return {country.m49: country.code for country in countries if country.m49}
    return {country.code: country.code for country in countries}


def _by_name(word: str) -> Found:
    forms = list(dict.fromkeys([folded(word), *inverted(word)]))
    for form in forms:
        if form in _unsettled():
            return Found(None, f" ({_unsettled()[form].remark()})")
    for form in forms:
        if len(meanings := _known().get(form, frozenset())) == 1:
            return Found(*meanings)
    for form in forms:
        if meanings := _anywhere(word, form):
            return _settled(meanings)
    return Found(None)


def _anywhere(word: str, form: str) -> frozenset[str]:
    """What a word means in the languages of the CLDR; a word without accents is also matched to accented names."""
    names, bare = _cldr()
    exact = names.get(written(word), frozenset()) if form == folded(word) else frozenset[str]()
    if exact and written(word) != _without_accents(word):
        return exact
    return exact | bare.get(form, frozenset())


def _settled(meanings: frozenset[str]) -> Found:
    """The one country among the CLDR codes of a name, or what else the name denotes."""
    countries = _codes("iso2")
    if len(meanings) == 1:
        (code,) = meanings
        if code in countries:
            return Found(countries[code])
        return Found(None, " (a group of countries, or part of one: state in the map what it counts as)")
    shown = ", ".join(sorted(countries.get(code, "a group of countries") for code in meanings))
    return Found(None, f" (different places in different languages, {shown}: state in the map which one)")


def suggested_countries(word: str, scheme: str) -> str:
    """Known names or codes that a word resembles or contains, as errors show them; empty when there are none.

    Takes some milliseconds: call it for the words that an error names, not for every unknown word.
    """
    if scheme != "name":
        return "" if scheme == "m49" else nearest_countries(word.strip())
    names = [name for name, _ in load_country_names()]
    close = nearest(word, names)
    if close:
        return close
    padded = f" {folded(word)} "
    within = [name for name in names if len(name) > NEAREST and f" {folded(name)} " in padded]
    return named_nearest(list(dict.fromkeys(within))[:NEAREST])


def written(name: str) -> str:
    """A name with case, white space and the forms of apostrophes and hyphens made uniform."""
    plain = unicodedata.normalize("NFKC", name).translate(_APOSTROPHES).translate(_HYPHENS).casefold()
    return " ".join(plain.split())


def _without_accents(name: str) -> str:
    return written(name).translate(_ACCENTS)


@cache
def folded(name: str) -> str:
    """A name without accents and signs, as described at the head of this module."""
    words = ["saint" if word == "st" else word for word in _without_accents(name).translate(_SIGNS).split()]
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    if len(words) > 1 and words[-1] == "the":
        words = words[:-1]
    return " ".join(words)


def inverted(name: str) -> list[str]:
    """`Korea, Republic of` and `Korea (Republic of)` in natural order; None where a name has no such form."""
    found = _INVERTED.fullmatch(name.strip())
    return [folded(f"{found[2]} {found[1]}")] if found else []


@cache
def _unsettled() -> Mapping[str, Unsettled]:
    return {form: each for each in load_unsettled() for form in (folded(each.name), *inverted(each.name))}


@cache
def _known() -> Mapping[str, frozenset[str]]:
    """Names of CL_AREA and of `country_names.csv`, folded -> countries. Those of most registers: no CLDR is needed."""
    meanings: dict[str, set[str]] = {}
    for name, code in load_country_names():
        for form in (folded(name), *inverted(name)):
            meanings.setdefault(form, set()).add(code)
    return {name: frozenset(codes) for name, codes in meanings.items()}


@cache
def _cldr() -> tuple[Mapping[str, frozenset[str]], Mapping[str, frozenset[str]]]:
    """Names of the CLDR as written, and folded -> its codes of territories. Read once, in a second or so."""
    from babel import localedata

    names: dict[str, set[str]] = {}
    for locale in localedata.locale_identifiers():
        territories: Mapping[str, str] = localedata.load(locale, merge_inherited=False).get("territories", {})
        for code, name in territories.items():
            if code not in _NOTHING:
                names.setdefault(name, set()).add(code)
    return _gathered(names, written), _gathered(names, folded)


def _gathered(names: Mapping[str, set[str]], form: Callable[[str], str]) -> Mapping[str, frozenset[str]]:
    gathered: dict[str, set[str]] = {}
    for name, codes in names.items():
        gathered.setdefault(form(name), set()).update(codes)
    return {name: frozenset(codes) for name, codes in gathered.items()}
