"""Leaves and roll-ups: each person falls in one leaf of a classification, each leaf adds to one or more codes."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from schemas.classifications import Classification, Countries, load_versions
from schemas.codelists import load_codelist
from schemas.concepts import banded
from schemas.declaration import Range
from schemas.source import MISSING_KINDS
from transforms.duck import quote_text
from transforms.estimate.aggregates import holds, supported_versions
from transforms.estimate.bands import UNKNOWN, as_band, cut_codes, leaf_of_band
from transforms.estimate.coding import Bits, Coding
from transforms.estimate.profile import Profile

ABSENT_KINDS = ("not_asked", "not_available")
COUNTRY_NOT_GIVEN = "country_not_given"
NO_COUNTRY = ("abroad", *MISSING_KINDS)
EVERYONE, BELOW = "everyone", "below"


def leaf_expression(classification: Classification) -> str:
    """SQL over a core record that gives its leaf: the value of a category, or the finest band of a number.

    Bands are named by their lower bound, with 'below' and 'unknown' in addition; a number known in a band of the source
    falls in that band.
    """
    variable = classification.variable
    if variable is None:
        return quote_text(EVERYONE)
    if not classification.is_numeric:
        return variable
    bounds = classification.lower_bounds()
    steps = [f"when {variable} >= {bound} then {quote_text(str(bound))}" for bound in reversed(bounds)]
    if variable in banded():
        start, end = f"{variable}_from", f"{variable}_to"
        steps.insert(0, f"when {start} is not null then {leaf_of_band(start, end)}")
    return f"case when {variable} is null then '{UNKNOWN}' {' '.join(steps)} else '{BELOW}' end"


def absent_kind(classification: Classification, profile: Profile, ref_area: str) -> str | None:
    """Why the source has the variable for nobody (not asked, or not in the file); None when it has values.

    Persons not in its universe show nothing about whether the others were asked. Countries are `country_not_given`
    where there are persons from abroad, and of none of them which country.
    """
    if classification.variable is None:
        return None
    kinds = profile.kinds(classification.variable)
    if not kinds:
        return "not_available"
    if all(kind in ABSENT_KINDS for kind in kinds):
        return str(kinds[0])
    if classification.countries is not None and set(kinds) <= {ref_area, *NO_COUNTRY} and set(kinds) - {ref_area}:
        return COUNTRY_NOT_GIVEN
    return None


def code_leaves(
    classification: Classification, leaves: list[str], given: Collection[str] | None = None
) -> dict[str, list[str]]:
    """Which of the leaves that occur add to each code.

    Codes that contain part of a band that occurs are left out, or where some band occurs, those not among the `given`;
    persons in no code of a version then count among its unknown. Versions in which a code includes only part of an
    aggregate that occurs are left out, unless that is true of all.
    """
    bands = {leaf: band for leaf in leaves if classification.is_numeric and (band := as_band(leaf))}
    cut = cut_codes(classification, list(bands.values()))
    if bands and given is not None:
        cut = [code for code, takes in classification.codes.items() if isinstance(takes, Range) and code not in given]
    result: dict[str, list[str]] = {}
    supported = supported_versions(classification, leaves) or list(classification.versions)
    for version in (classification.versions[name] for name in supported):
        ranges = {code: takes for code, takes in version.items() if isinstance(takes, Range) and code not in cut}
        of_ranges = {code: [leaf for leaf in leaves if _holds(takes, leaf, bands)] for code, takes in ranges.items()}
        held = {leaf for some in of_ranges.values() for leaf in some}
        for code, takes in version.items():
            if takes == "all":
                result[code] = leaves
            elif code in of_ranges:
                result[code] = of_ranges[code]
            elif isinstance(takes, list):
                in_no_code = [leaf for leaf in leaves if leaf not in held] if UNKNOWN in takes and bands else []
                result[code] = [leaf for leaf in leaves if holds(takes, leaf) or leaf in in_no_code]
    return result


def _holds(takes: Range, leaf: str, bands: Mapping[str, Range]) -> bool:
    return takes.contains(bands[leaf]) if leaf in bands else leaf.isdigit() and takes.holds(int(leaf))


def country_codes(countries: Countries, leaves: list[str]) -> dict[str, str]:
    """The code of each leaf that is a country with a code in ILOSTAT's list."""
    known = load_codelist(countries.codelist).by_code
    codes = {leaf: f"{countries.prefix}{countries.aliases.get(leaf, leaf)}" for leaf in leaves}
    return {leaf: code for leaf, code in codes.items() if code in known}


def _with_countries(
    classification: Classification, leaves: list[str], named: list[str] | None, *, is_detail: bool
) -> dict[str, list[str]]:
    """The codes of a classification by country: the `named` ones, and the others, the unknown among them.

    In detail the unknown have a code of their own, and the others are only those without any code.
    """
    countries = classification.countries
    result = code_leaves(classification, leaves)
    if countries is None:
        return result
    own = country_codes(countries, leaves)
    chosen = {leaf: own[leaf] for leaf in named or [] if leaf in own}
    result |= {code: [leaf for leaf in leaves if own.get(leaf) == code] for code in dict.fromkeys(chosen.values())}
    rest = [leaf for leaf in leaves if leaf not in chosen]
    if is_detail:
        unknown = [leaf for leaf in rest if leaf in NO_COUNTRY]
        result |= {countries.unknown: unknown} if unknown else {}
        rest = [leaf for leaf in rest if leaf not in own and leaf not in NO_COUNTRY]
    for code, takes in classification.codes.items():
        if takes == "others" and (rest or not is_detail):
            result[code] = rest
    return result


@dataclass(frozen=True)
class Rollup:
    """The codes that are published, where a person's leaf is stored, and which leaves add to which code.

    matrix  codes by numbers of leaves
    """

    name: str
    codes: list[str]
    bits: Bits
    matrix: csr_array


def make_rollup(
    name: str,
    classification: Classification,
    coding: Coding,
    *,
    absent: bool,
    countries: list[str] | None = None,
    is_detail: bool = False,
) -> Rollup:
    """The roll-up of a classification. Leaves are the numbers of the coding.

    Where the source has the variable for nobody, only the codes that include everyone are published, or that which
    stands alone then. `countries` are those with a code of their own; `is_detail` marks the table with a code for every
    country.
    """
    numbers = coding.numbers(name)
    pairs = _with_countries(classification, list(numbers), countries, is_detail=is_detail)
    published = classification.undistinguished_codes() if absent else list(pairs)
    rows = [(position, numbers[leaf]) for position, code in enumerate(published) for leaf in pairs[code]]
    matrix = np.zeros((len(published), len(numbers) + 1), dtype=np.int64)
    matrix[[position for position, _ in rows], [number for _, number in rows]] = 1
    return Rollup(name, published, coding.leaf_bits[name], csr_array(matrix))


def class_rollup(version: str, coding: Coding) -> Rollup:
    """The classes of a version in which gaps are computed: each code by itself, leaving out persons without a code."""
    codes = list(load_versions()[version][1])
    matrix = np.hstack([np.zeros((len(codes), 1), dtype=np.int64), np.eye(len(codes), dtype=np.int64)])
    return Rollup(version, codes, coding.factors[version], csr_array(matrix))


def cells_of(rollups: Sequence[Rollup]) -> int:
    """The number of cells of some dimensions: every combination of their codes."""
    return math.prod(len(each.codes) for each in rollups)
