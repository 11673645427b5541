"""An indicator of a country in one period, by the codes of a classification."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from warehouse.explorer.charts.draw import Figure, chart
from warehouse.explorer.charts.pyramid import pyramid
from warehouse.explorer.charts.specs import Mark, bar_chart, dot_plot
from warehouse.explorer.compare import pairs
from warehouse.explorer.groups import BOTH, MEN, WOMEN
from warehouse.explorer.marks import mark_of, marks_of
from warehouse.explorer.numbers import Number
from warehouse.explorer.reader import Reader, options
from warehouse.explorer.shape import Shape, version_of
from warehouse.explorer.table import Table, make_table

MOST_BARS = 25
LEAST_BANDS = 3
"""Ages of a pyramid."""


@dataclass(frozen=True)
class Breakdown:
    """Numbers by a version of a classification: charts, a table, and the versions to choose from."""

    versions: Sequence[tuple[str, str, bool]]
    figures: Sequence[Figure]
    pyramids: Sequence[Figure]
    table: Table


def read_breakdown(reader: Reader, shape: Shape, numbers: Sequence[Number], asked: str) -> Breakdown | None:
    """The numbers of one period by a version of the rows' classification: the one asked for, else the one with the
    most codes that a chart can hold; None where the indicator is by no other classification."""
    if not shape.row or not numbers:
        return None
    codelist = f"CL_{shape.row}"
    by_version: dict[str, list[str]] = {}
    for code in reader.ordered(codelist, (shape.row_code(each) for each in numbers)):
        by_version.setdefault(version_of(code), []).append(code)
    version = asked if asked in by_version else _best(by_version)
    codes = by_version[version]
    if len(codes) < 2:  # the numbers over time are all there is
        return None
    listed = [each for each in numbers if shape.row_code(each) in set(codes)]
    if shape.sides is not None:
        kept = {*shape.sides.both, shape.sides.everyone}
        listed = [each for each in listed if each.classif1 in kept or each.classif2 in kept]
    if shape.fixed:
        first = reader.ordered(f"CL_{shape.fixed}", (shape.fixed_code(each) for each in listed))[:1]
        listed = [each for each in listed if [shape.fixed_code(each)] == first]
    table = make_table(
        reader,
        listed,
        caption=reader.say("table.by", what=reader.classification(shape.row)),
        corner=reader.classification(shape.row),
        row_of=shape.row_code,
        label_of=lambda code: reader.label(codelist, code),
        order=codes,
    )
    labels = {each: reader.label(codelist, each) for each in by_version}
    figures, pyramids = _figures(reader, shape, listed, codes), _pyramids(reader, shape, listed, codes)
    return Breakdown(options(version, labels), figures, pyramids, table)


def _best(by_version: dict[str, list[str]]) -> str:
    fitting = {version: codes for version, codes in by_version.items() if 2 < len(codes) <= MOST_BARS}
    return max(fitting or by_version, key=lambda version: len(by_version[version]))


def _figures(reader: Reader, shape: Shape, numbers: Sequence[Number], codes: Sequence[str]) -> list[Figure]:
    codelist = f"CL_{shape.row}"
    is_rate = all(reader.flow(each.indicator).unit_measure == "PT" for each in numbers)
    named = [code for code in codes if not code.endswith(("_TOTAL", "_YGE15"))] or list(codes)
    if len(named) > MOST_BARS:
        height = {shape.row_code(each): each.value or 0.0 for each in numbers}
        named = sorted(named, key=lambda code: -height.get(code, 0.0))[:MOST_BARS]
    labels = {code: reader.label(codelist, code) for code in named}
    marks = _marks(reader, shape, [each for each in numbers if shape.row_code(each) in labels], labels)
    every = [mark for found in marks.values() for mark in found]
    draw_as = dot_plot if is_rate else bar_chart
    say = reader.say
    shown = [label for label in labels.values() if any(mark.label == label for mark in every)]
    told = "told.bars" if shape.basis else "told.bars.alone"
    return [
        chart(
            reader.language,
            draw_as(found, every, shown),
            say(
                told,
                sex=say(f"sex.{sex}"),
                basis=say(f"basis.{shape.basis or 'CBR'}"),
                what=reader.classification(shape.row),
            ),
            say(f"sex.{sex}"),
        )
        for sex, found in marks.items()
        if found
    ]


def _pyramids(reader: Reader, shape: Shape, numbers: Sequence[Number], codes: Sequence[str]) -> list[Figure]:
    """Persons by age and sex, a pyramid for migrants and one for others; none of rates and of other classifications."""
    bands = [code for code in codes if not code.endswith(("_TOTAL", "_YGE15"))]
    counts = all(reader.flow(each.indicator).unit_measure == "PS" for each in numbers)
    if shape.row != "AGE" or shape.sides is None or not counts or len(bands) < LEAST_BANDS:
        return []
    labels = {code: reader.label("CL_AGE", code) for code in bands}
    marks = _marks(
        reader, shape, [each for each in numbers if each.classif1 in labels or each.classif2 in labels], labels
    )
    say, figures = reader.say, []
    for side in ("migrants", "others"):
        women, men = ([mark for mark in marks.get(sex, []) if mark.side == side] for sex in (WOMEN, MEN))
        if women and men:
            title = say("pyramid.title", who=say(f"side.{shape.basis}.{side}"))
            figures.append(
                chart(reader.language, pyramid(women, men, list(labels.values())), say("told.pyramid"), title)
            )
    return figures


def _marks(reader: Reader, shape: Shape, numbers: Sequence[Number], labels: dict[str, str]) -> dict[str, list[Mark]]:
    """The marks of women and of men; of both where there are neither."""
    found: dict[str, list[Mark]] = {WOMEN: [], MEN: [], BOTH: []}
    if shape.sides is not None:
        for pair in pairs(numbers):
            found.setdefault(pair.sex or BOTH, []).extend(marks_of(reader, pair, labels[pair.code]))
    else:
        for each in numbers:
            mark = mark_of(reader, each, labels[shape.row_code(each)])
            if mark is not None:
                found.setdefault(each.sex or BOTH, []).append(mark)
    if found[WOMEN] or found[MEN]:
        return {WOMEN: found[WOMEN], MEN: found[MEN]}
    return {BOTH: found[BOTH]}
