"""Ages and years known in bands: which classes can be published, and the note on the others.

A band lies in a class that contains all of it. Persons in a band that spans classes count among the unknown where a
version has them, and otherwise in the totals only; classes that contain part of the band are then not published.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import duckdb

from schemas.classifications import Classification
from schemas.codelists import load_codelist
from schemas.concepts import banded
from schemas.declaration import Range
from schemas.expressions import expression_columns
from schemas.indicators import Catalogue
from transforms.estimate.membership import terms_of
from transforms.estimate.profile import Profile

IN_BANDS = "in_bands"
UNKNOWN = "unknown"
BETWEEN = ".."
OPEN = 200
"""Years examined of a band that is open above."""


def leaf_of_band(start: str, end: str) -> str:
    """SQL of the leaf of a person whose number is known in a band, from its ends."""
    return f"concat({start}, '{BETWEEN}', {end})"


def as_band(leaf: str) -> Range | None:
    """The band of a leaf; None where the leaf is not a band."""
    start, between, end = leaf.partition(BETWEEN)
    if not between:
        return None
    return Range.model_validate({"from": int(start) if start else None, "to": int(end) if end else None})


def band_leaves(bands: Iterable[Range]) -> list[str]:
    """The leaf of each band."""
    return [f"{_text(band.start)}{BETWEEN}{_text(band.end)}" for band in bands]


def _text(end: int | None) -> str:
    return "" if end is None else str(end)


def cut_codes(classification: Classification, bands: Collection[Range]) -> list[str]:
    """The codes that cannot be published because they contain part of some band.

    In a version with a code for the unknown, a code that also contains whole bands is published with these alone.
    """
    cut = []
    for version in classification.versions.values():
        counts_unknown = any(isinstance(takes, list) and UNKNOWN in takes for takes in version.values())
        for code, takes in version.items():
            if isinstance(takes, Range) and _is_cut(takes, bands):
                holds_some = any(takes.contains(band) for band in bands)
                cut += [] if counts_unknown and holds_some else [code]
    return cut


def _is_cut(takes: Range, bands: Collection[Range]) -> bool:
    return any(takes.meets(band) and not takes.contains(band) for band in bands)


def only_totals_left(classification: Classification, bands: Collection[Range]) -> bool:
    """Whether bands leave no range of a classification to publish."""
    ranges = [code for code, takes in classification.codes.items() if isinstance(takes, Range)]
    return bool(ranges) and len(cut_codes(classification, bands)) == len(ranges)


def bands_note(dimension: str, classification: Classification, bands: Collection[Range]) -> str:
    """The note of a table on bands: those that span classes, and the classes that are not published.

    Empty when every class contains whole bands only.
    """
    ranges = [takes for takes in classification.codes.values() if isinstance(takes, Range)]
    across = [band.label for band in bands if any(_is_cut(each, [band]) for each in ranges)]
    if not across:
        return ""
    labels = load_codelist(f"CL_{classification.dimension or dimension}").by_code
    left_out = ", ".join(dict.fromkeys(labels[code].label_en for code in cut_codes(classification, bands)))
    counts_unknown = any(isinstance(takes, list) and UNKNOWN in takes for takes in classification.codes.values())
    where = "among the unknown" if counts_unknown else "in the totals only"
    said = f"known in bands; those that span classes ({', '.join(across)}) are {where}"
    return f"{said}; not given: {left_out}" if left_out else said


def populations_across_bands(
    connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, profile: Profile
) -> dict[str, str]:
    """The populations whose condition is not the same over the whole of some band, and the variable of the band."""
    found = {}
    for name in catalogue.populations:
        condition = catalogue.condition(name)
        for variable in set(banded()) & expression_columns(condition):
            if any(not _is_same(connection, condition, variable, band) for band in profile.bands.get(variable, ())):
                found[name] = variable
    return found


def _is_same(connection: duckdb.DuckDBPyConnection, condition: str, variable: str, band: Range) -> bool:
    """Whether the part of a condition that concerns one variable alone gives the same answer for all numbers of a
    band."""
    start = band.start or 0
    end = start + OPEN if band.end is None else band.end
    terms = [text for text, columns in terms_of(condition) if columns == {variable}]
    if not terms:
        return True
    answers = ", ".join(f"count(distinct {term})" for term in terms)
    counts = connection.execute(f"select {answers} from range({start}, {end + 1}) numbers({variable})").fetchall()[0]
    return all(count == 1 for count in counts)
