"""What `ilms describe` prints: the columns of a producer's files, for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from transforms.describe.described import Column, Described
from transforms.describe.profile import FEW, Spread
from transforms.describe.recognise import Likeness
from transforms.read.files import plural

VALUES_SHOWN = 12
LABEL_LENGTH = 60
_INDENT = " " * 6


def described_lines(described: Described, *, every: bool = False) -> Iterator[str]:
    """The description line by line; `every` lists all values of categories and all their labels to the end."""
    options = described.read.model_dump(exclude_defaults=True)
    layout = options.pop("layout", None)
    shown = ", ".join(f"{name}: {value!r}" for name, value in options.items())
    yield f"{described.records:,} records, {len(described.columns)} columns; read: {{{shown}}}"
    if layout:
        yield f"layout: {layout['format']}, {layout['file']}"
    yield from (f"note: {remark}" for remark in described.remarks)
    yield from (f"left out: {name}, {reason}" for name, reason in described.left_out.items())
    if described.person_key:
        yield f"every record has its own: {' + '.join(described.person_key.columns)}"
    yield ""
    for number, column in enumerate(described.columns, 1):
        yield f"{number:>4}  {column.name}" + (f"  {column.labels.label}" if column.labels.label else "")
        yield f"{_INDENT}{holding(column)}"
        if values := _listed(column, every=every):
            yield f"{_INDENT}{values}"
        for likeness in column.looks_like[:2]:
            yield f"{_INDENT}-> {likeness_in_words(likeness)}"


def likeness_in_words(likeness: Likeness) -> str:
    """What a column looks like, why, and why that is not sure."""
    doubt = f"unsure, {likeness.doubt}" if likeness.doubt else "sure"
    return f"{likeness.name.replace('_', ' ')} ({doubt}): {likeness.reason}"


def holding(column: Column) -> str:
    """What a column holds, in a line; of identifiers and personal columns nothing but how full they are."""
    profile = column.profile
    if not profile.filled:
        return "empty"
    empty = f"; {profile.empty:,} empty" if profile.empty else ""
    called = f"; called missing by the file: {', '.join(column.labels.missing[:8])}" if column.labels.missing else ""
    if column.is_personal:
        return f"personal, not shown{empty}"
    if column.is_identifier:
        return f"identifier, about {profile.distinct:,} different, not shown{empty}"
    if column.is_category:
        zeros = ", zeros before the digits" if profile.leading_zeros else ""
        return f"{plural(profile.distinct, 'value')}{zeros}{empty}{called}"
    if profile.spread and profile.is_numeric:
        numbers = _numbers(profile.spread, whole=profile.is_whole)
        return f"{numbers}; about {profile.distinct:,} different{empty}{called}"
    some = f", {profile.spread.count:,} of them numbers" if profile.spread else ""
    length = f"{profile.longest} characters" if profile.same_length else f"up to {profile.longest} characters"
    return f"text of {length}{some}; about {profile.distinct:,} different, not shown{empty}{called}"


def _numbers(spread: Spread, *, whole: bool) -> str:
    low = f"{'' if spread.exact_low else 'about '}{_plain(spread.low)}"
    high = f"{'' if spread.exact_high else 'about '}{_plain(spread.high)}"
    quantiles = "; ".join(map(_plain, spread.quantiles))
    return f"{'whole ' if whole else ''}numbers from {low} to {high}; 5, 25, 50, 75, 95 %: {quantiles}"


def _plain(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 1000 or number == int(number) else f"{number:.4g}"


def _listed(column: Column, *, every: bool) -> str:
    values = column.values if every else column.values[:VALUES_SHOWN]
    shown = [
        " ".join(part for part in (each.code, _cut(each.label, every=every), f"({each.records:,})") if part)
        for each in values
    ]
    if more := len(column.values) - len(values):
        shown.append(f"and {more} more")
    if column.rare:
        shown.append(f"{plural(column.rare, 'word')} of fewer than {FEW} records, not shown")
    if blank := column.labels.values.get(""):
        shown.append(f"empty: {_cut(blank, every=every)}")
    return "; ".join(shown)


def _cut(label: str, *, every: bool) -> str:
    return label if every or len(label) <= LABEL_LENGTH else f"{label[:LABEL_LENGTH]}..."


def described_json(described: Described) -> str:
    """The description as JSON: what `described_lines` shows with every value, and nothing that it does not."""
    content = {
        "records": described.records,
        "read": described.read.model_dump(exclude_defaults=True),
        "remarks": list(described.remarks),
        "left_out": dict(described.left_out),
        "person_key": list(described.person_key.columns) if described.person_key else [],
        "columns": [_column(column) for column in described.columns],
    }
    return json.dumps(content, ensure_ascii=False, indent=2)


def _column(column: Column) -> dict[str, Any]:
    profile, spread = column.profile, column.profile.spread
    found: dict[str, Any] = {
        "name": column.name,
        "label": column.labels.label,
        "holds": holding(column),
        "filled": profile.filled,
        "empty": profile.empty,
        "distinct": profile.distinct,
        "called_missing": list(column.labels.missing),
        "looks_like": [
            {"what": each.name, "sure": each.sure, "reason": each.reason, "doubt": each.doubt}
            for each in column.looks_like
        ],
    }
    if column.is_category:
        found["values"] = [{"code": each.code, "label": each.label, "records": each.records} for each in column.values]
    elif spread and profile.is_numeric and not column.is_identifier:
        found["range"] = [spread.low, spread.high]
        found["quantiles"] = list(spread.quantiles)
    return found
