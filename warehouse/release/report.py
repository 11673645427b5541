"""What differs between two releases as people read it: sections, as text, as Markdown and as a page of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from warehouse.release.diff import COUNTED, MEASURES, Difference, Revision, SourceDifference
from warehouse.release.rules.base import Finding

LISTED = 30
"""Rows of a section; more of them are only counted."""
NUMBER = re.compile(r"[+-]?[\d,.]+(e[+-]?\d+)?")
SAME = "Every observation is the same, to the last digit and note."
STYLE = """
body { font: 14px/1.4 sans-serif; margin: 2em; max-width: 110em; }
table { border-collapse: collapse; margin: .5em 0 2em; }
th, td { border: 1px solid #ccc; padding: 2px 8px; text-align: left; vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
thead th { position: sticky; top: 0; background: #fff; }
section.against { border-left: .5em solid #c33; padding-left: 1em; background: #fdf1f1; }
""".strip()


@dataclass(frozen=True)
class Section:
    """A heading, and rows under the names of their columns; `warns` where it is what stands against a draft."""

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    warns: bool = False


def sections(difference: Difference, findings: Sequence[Finding] = ()) -> list[Section]:
    """What there is to say, the most important first; empty when nothing differs and nothing was found."""
    found = [
        Section("What stands against it", ("finding", "such as"), tuple(_findings(findings)), warns=True),
        Section("In short", ("source", "period", "what changed"), tuple(_in_short(difference.sources))),
        *(
            Section(
                f"The largest revisions, {said}",
                ("observation", "before", "after", "per cent", "standard errors"),
                tuple(map(_revision, difference.revised[measure])),
            )
            for measure, said in MEASURES.items()
        ),
        Section(
            "Other statuses (S and U flag a number, empty is normal)",
            ("before", "after", "numbers"),
            tuple((each.before, each.after, f"{each.numbers:,}") for each in difference.statuses),
        ),
        *_coverage(difference),
        Section(
            "Notes of numbers that both have",
            ("change", "numbers", "note"),
            tuple((each.change, f"{each.numbers:,}", each.note) for each in difference.notes),
        ),
        Section("Files, partitions, declarations", ("change",), tuple((each,) for each in difference.declared)),
        Section(
            "Every source and period",
            ("table", "source", "period", "before", "after", *(name.replace("_", " ") for name in COUNTED)),
            tuple(_row(each) for each in difference.sources),
        ),
    ]
    return [each for each in found if each.rows]


def as_text(found: Iterable[Section]) -> Iterator[str]:
    """The sections as lines of plain text, columns under each other."""
    for section in found:
        yield section.title
        rows = _listed(section)
        widths = [max(len(row[at]) for row in (section.headers, *rows)) for at in range(len(section.headers))]
        for row in (section.headers, *rows) if len(section.headers) > 1 else rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            yield f"  {'  '.join(cells)}".rstrip()
        yield from _more(section)
        yield ""


def as_markdown(found: Iterable[Section]) -> Iterator[str]:
    """The sections as tables of Markdown."""
    for section in found:
        yield f"### {section.title}\n"
        yield f"| {' | '.join(section.headers)} |"
        yield f"|{'---|' * len(section.headers)}"
        for row in _listed(section):
            yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
        yield from _more(section)
        yield ""


def as_page(title: str, found: Sequence[Section]) -> str:
    """The sections as a page, which needs no other file, no script and no network."""
    parts = [
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        f"<title>{escape(title)}</title>\n<style>\n{STYLE}\n</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>",
    ]
    for section in found:
        parts.append('<section class="against">' if section.warns else "<section>")
        heads = "".join(f"<th>{escape(name)}</th>" for name in section.headers)
        parts.append(f"<h2>{escape(section.title)}</h2>\n<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>")
        parts += [f"<tr>{''.join(map(_cell, row))}</tr>" for row in _listed(section)]
        parts.append("</tbody>\n</table>")
        parts += [f"<p>{escape(line.strip())}</p>" for line in _more(section)]
        parts.append("</section>")
    if not found:
        parts.append(f"<p>{SAME}</p>")
    return "\n".join([*parts, "</body>\n</html>\n"])


def _cell(text: str) -> str:
    kind = ' class="number"' if NUMBER.fullmatch(text) else ""
    return f"<td{kind}>{escape(text)}</td>"


def _listed(section: Section) -> tuple[tuple[str, ...], ...]:
    return section.rows[:LISTED]


def _more(section: Section) -> Iterator[str]:
    if len(section.rows) > LISTED:
        yield f"  and {len(section.rows) - LISTED:,} more; the Parquet file has every observation"


def _findings(findings: Sequence[Finding]) -> Iterator[tuple[str, str]]:
    for finding in findings:
        yield finding.said, finding.examples[0] if finding.examples else ""
        yield from (("", example) for example in finding.examples[1:])


def _in_short(sources: Sequence[SourceDifference]) -> Iterator[tuple[str, str, str]]:
    """The sources and periods with other values, new or vanished numbers, the most revised first."""
    ranked = sorted(sources, key=lambda each: (-each.revised_share, -each.count("vanished"), -each.count("new")))
    for each in ranked:
        said = "; ".join(_said(each))
        if said and each.compared == "observation":
            yield each.source, each.time, said


def _said(each: SourceDifference) -> Iterator[str]:
    if revised := each.count("value_changed"):
        half = "" if each.median is None else f", by {each.median:.3g} % at the median"
        yield f"{revised:,} of {each.before:,} numbers revised ({each.revised_share:.0f} %{half}, {_direction(each)})"
    if not each.after:
        yield f"gone, with its {each.before:,} numbers"
    elif vanished := each.count("vanished"):
        yield f"{vanished:,} of {each.before:,} numbers vanished"
    if not each.before:
        yield f"new, with {each.after:,} numbers"
    elif new := each.count("new"):
        yield f"{new:,} new numbers"
    if withheld := each.count("newly_withheld"):
        yield f"{withheld:,} withheld"
    if flagged := each.count("newly_flagged"):
        yield f"{flagged:,} flagged"


def _direction(each: SourceDifference) -> str:
    revised, upward = each.count("value_changed"), each.upward
    return "all upward" if upward == revised else "all downward" if not upward else f"{upward:,} upward"


def _coverage(difference: Difference) -> Iterator[Section]:
    for change, title in (("lost", "Coverage lost"), ("won", "Coverage won")):
        rows = tuple(
            (each.source, each.indicator, each.time, f"{each.numbers:,}")
            for each in difference.coverage
            if each.change == change
        )
        yield Section(title, ("source", "indicator", "period", "numbers"), rows)


def _revision(each: Revision) -> tuple[str, ...]:
    relative = "" if each.relative is None else f"{each.relative:+.3g}"
    errors = "" if each.in_errors is None else f"{each.in_errors:+.3g}"
    return (each.key, _value(each.before), _value(each.after), relative, errors)


def _row(each: SourceDifference) -> tuple[str, ...]:
    counts = (f"{count:,}" if count else "" for count in each.counts)
    return (each.compared, each.source, each.time, f"{each.before:,}", f"{each.after:,}", *counts)


def _value(value: float | None) -> str:
    return "withheld" if value is None else f"{value:,.6g}"
