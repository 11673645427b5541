"""The availability of the current release for people: indicator by source, or by wave, and the reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import duckdb

from schemas.aliases import other_names, plain_id
from schemas.catalogue import known_indicators
from schemas.errors import PublishError
from schemas.nearest import nearest
from warehouse.release.availability_matrix import LEGEND, Availability, cell, matrix, read_availability, reasons
from warehouse.release.database import open_release

RELATIONS: Mapping[str, str] = {
    "exact": "the same numbers",
    "replaced_by": "another definition or measure",
    "narrower": "a part of whom the older covers",
    "computed_from": "the older is computed from the newer",
}


def availability_lines(
    release: Path, *, indicator: str | None = None, source: str | None = None, wave: str | None = None
) -> Iterator[str]:
    """The matrix, or where an indicator or a single wave is asked for a list with every reason.

    An older or newer id of an indicator is understood. Raises PublishError when nothing fits, or the release has no
    availability.
    """
    names = None if indicator is None else indicators_named(indicator)
    if indicator is not None and names != [plain_id(indicator)]:
        yield from _named_here(indicator, names or ())
    found = _read(release, names, source, wave)
    if not found:
        asked = " ".join(part for part in (indicator, source, wave) if part)
        raise PublishError(
            f"the release has nothing named {asked}",
            where=str(release),
            remedy="`ilms availability` lists every indicator and source",
        )
    if names is not None:
        yield from _by_reason(found)
    elif source is not None and wave is not None:
        yield from _listed(found)
    else:
        yield from _matrix(found, by_wave=source is not None)


def indicators_named(text: str) -> list[str]:
    """The indicators that an id stands for: itself, else the newer ones that are known, else the older ones.

    Raises PublishError for an id that no list has.
    """
    known, plain = known_indicators(), plain_id(text)
    if plain in known:
        return [plain]
    others = [each for each in other_names(plain) if each.indicator in known]
    named = [each.indicator for each in others if each.is_newer] or [each.indicator for each in others]
    if not named:
        raise PublishError(
            f"no indicator is called '{text}'{nearest(plain, known)}",
            remedy="`ilms availability` lists every indicator; schemas/indicator_aliases.csv has older and newer ids",
        )
    return sorted(named)


def _named_here(text: str, names: Sequence[str]) -> Iterator[str]:
    """What each indicator is to the id that was asked for: older or newer, and how far its numbers are the same."""
    for other in other_names(text):
        if other.indicator in names:
            age = "newer" if other.is_newer else "older"
            how = "; ".join(f"{RELATIONS[row.relation]}: {row.note}" for row in other.path)
            yield f"{text} is here {other.indicator}, an id that is {age} ({how})"


def _read(release: Path, names: Sequence[str] | None, source: str | None, wave: str | None) -> list[Availability]:
    with open_release(release) as connection:
        try:
            return read_availability(connection, indicators=names, source=source, wave=wave)
        except duckdb.CatalogException as error:
            raise PublishError(
                "this release was published before availability was kept",
                where=str(release),
                remedy="publish again with `ilms run`",
            ) from error


def _matrix(found: Sequence[Availability], *, by_wave: bool) -> Iterator[str]:
    """Indicators by sources, or by the waves of one source."""
    rows = matrix(found, by_wave=by_wave)
    texts = {name: [cell(waves) for waves in row.values()] for name, row in rows.items()}
    columns = next(iter(rows.values()))
    heads = [[column] if by_wave else column.split(".", 1) for column in columns]
    widths = [max(*map(len, head), *(len(row[at]) for row in texts.values())) for at, head in enumerate(heads)]
    first = max(map(len, texts))
    for line in range(max(map(len, heads))):
        yield _padded("", first, [head[line] if line < len(head) else "" for head in heads], widths)
    for name, row in texts.items():
        yield _padded(name, first, row, widths)
    yield ""
    yield "  ".join(f"{letter} {meaning}" for letter, meaning in LEGEND.items()) + "; a number counts waves"
    yield from _summary(found)


def _padded(name: str, first: int, cells: Iterable[str], widths: Iterable[int]) -> str:
    row = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"{name.ljust(first)}  {row}".rstrip()


def _summary(found: Sequence[Availability]) -> Iterator[str]:
    """How many cells of the matrix are in each state, and for which general reason."""
    yield ""
    for (state, label), count in sorted(
        Counter((each.state_in_words, each.label) for each in found).items(), key=lambda item: (item[0][0], -item[1])
    ):
        yield f"{count:>8,}  {state}" + (f": {label}" if label else "")


def _by_reason(found: Sequence[Availability]) -> Iterator[str]:
    """Waves of a source that share an outcome and its reason share a line."""
    for name, row in matrix(found).items():
        yield name
        for source, waves in row.items():
            yield from (f"  {source} {reason}" for reason in reasons(waves))


def _listed(found: Sequence[Availability]) -> Iterator[str]:
    """Every indicator of one wave: those with numbers first, the others by their reason."""
    for each in found:
        if each.state != "not_produced":
            withheld = f", {each.withheld:,} withheld" if each.withheld else ""
            why = f". {each.why}" if each.why else ""
            yield f"{each.indicator}: {each.state_in_words}, {each.cells:,} numbers{withheld}{why}"
    left_out: dict[str, list[str]] = {}
    for each in (each for each in found if each.state == "not_produced"):
        left_out.setdefault(each.why, []).append(each.indicator)
    for why, names in left_out.items():
        yield ""
        yield f"not produced: {why}"
        yield f"  {', '.join(names)}"
