"""What `ilms check --file` prints: the faults, a preview of what would be published, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from textwrap import wrap

from ilms.authoring.check_file import Fault, FileCheck
from schemas.availability import STATES
from schemas.release_profiles import UNPROTECTED
from transforms.preview.previewed import (
    Beside,
    Distribution,
    Figure,
    Held,
    OneMore,
    Preview,
    PreviewedIndicator,
    Spread,
)
from transforms.read.files import plural

WIDTH = 100
LABEL = 50
FILES_SHOWN = 6
INDENT = "  "


def checked_lines(check: FileCheck) -> Iterator[str]:
    """The whole report, section by section."""
    yield f"{check.source.id}, wave {check.partition.wave}: {check.source.title.en} ({check.source.producer})"
    roles = [file.role for file in check.given.files]
    named = [f"{place}{'' if role == 'data' else f' ({role})'}" for place, role in
             zip(check.given.places, roles, strict=True)]  # fmt: skip
    yield from (f"{INDENT}{each}" for each in named[:FILES_SHOWN])
    if len(named) > FILES_SHOWN:
        yield f"{INDENT}and {plural(len(named) - FILES_SHOWN, 'file')} more"
    yield from _wrapped(check.given.remarks)
    yield from _faults(check)
    yield from _warnings(check.warnings)
    if check.facts is not None and check.preview is not None:
        yield from _records(check)
        yield from _figures(check.preview.figures)
        yield from _wrapped(check.remarks)
        yield from _distributions(check.preview)
    yield from _indicators(check.indicators, check.one_more, check.source.protection)
    yield from _next(check)


def _heading(text: str) -> Iterator[str]:
    yield ""
    yield text
    yield "-" * len(text)


def _wrapped(texts: Sequence[str], first: str = INDENT, rest: str = INDENT) -> Iterator[str]:
    for text in texts:
        yield from wrap(text, WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)


def _faults(check: FileCheck) -> Iterator[str]:
    if not check.faults:
        yield from _heading("Faults: none")
        return
    yield from _heading(f"Faults: {len(check.faults)}, each of which stops a run")
    numbered = list(enumerate(check.faults, 1))
    for found_in, faults in groupby(numbered, key=lambda each: each[1].found_in):
        yield found_in
        for number, fault in faults:
            yield from _fault(number, fault)
    if check.as_proposed and check.preview is not None:
        yield ""
        yield from _wrapped(["What follows is what the proposals give as they stand, as if all were kept."], "", "")
    if check.left_aside:
        yield ""
        yield "Left aside, so that the rest could be looked at:"
        yield from _wrapped(check.left_aside, f"{INDENT}- ", f"{INDENT}  ")


def _fault(number: int, fault: Fault) -> Iterator[str]:
    yield from _wrapped([fault.what], f"{number:>3}  ", " " * 5)
    parts = {"where": fault.where, "why": fault.why, "what to do": fault.remedy}
    for name, text in parts.items():
        if text:
            yield from _wrapped([f"{name}: {text}"], " " * 7, " " * 9)


def _warnings(warnings: Sequence[str]) -> Iterator[str]:
    once = list(dict.fromkeys(warnings))
    if once:
        yield from _heading(f"Warnings: {len(once)}, which would travel as notes with the numbers")
        yield from _wrapped(once, f"{INDENT}- ", f"{INDENT}  ")


def _records(check: FileCheck) -> Iterator[str]:
    facts = check.facts
    if facts is None:
        return
    yield from _heading("Records")
    counts = {"read": facts.records, "harmonised": facts.persons}
    yield from (f"{INDENT}{name:<12}{count:>14,}" for name, count in counts.items() if count is not None)
    yield from _wrapped(facts.remarks or ([] if facts.records is not None else [facts.summary]))


def _figures(figures: Sequence[Figure]) -> Iterator[str]:
    told = [(each, each.value) for each in figures if each.value is not None]
    if told:
        yield from _heading("Figures")
    for figure, value in told:
        of = f"{figure.unit}; {plural(figure.cases, 'record')}"
        yield f"{INDENT}{_cut(figure.label):<{LABEL}}{_number(value):>16}  {of}"
        for beside in figure.beside:
            yield f"{INDENT}{'':<{LABEL}}{_number(beside.value):>16}  {beside.of}; {_compared(figure, value, beside)}"


def _compared(figure: Figure, value: float, beside: Beside) -> str:
    """How a figure compares with the one beside it: in points where both are per cents, else as a multiple."""
    if figure.unit.startswith("per cent"):
        return f"here {value - beside.value:+.2f} points"
    return f"here {value / beside.value:.4g} times as much" if beside.value else "which is none"


def _number(value: float) -> str:
    """A number as people read it: in whole ones where it is large, else to two decimals."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.2f}"


def _cut(label: str) -> str:
    return label if len(label) < LABEL else f"{label[: LABEL - 4]}..."


def _distributions(preview: Preview) -> Iterator[str]:
    if preview.distributions:
        yield from _heading(f"Variables: records, and their part of {preview.share_of} in per cent")
    for each in preview.distributions:
        yield from _distribution(each)
    kinds = {"not_asked": "Not asked", "not_available": "Not available", "not_in_universe": "Of nobody in universe"}
    for kind, labels in preview.absent.items():
        yield ""
        yield from _wrapped([f"{kinds.get(kind, kind.replace('_', ' ').capitalize())}: {', '.join(labels)}"])


def _distribution(each: Distribution) -> Iterator[str]:
    yield ""
    yield f"{INDENT}{each.label} ({each.name})"
    for held in (*each.values, *([each.others] if each.others else [])):
        label = held.label if held.label == held.value or not held.value else f"{held.value}  {held.label}"
        yield _held(label, held)
    if each.spread:
        yield _spread(each.spread)
    yield from (_held(f"missing: {held.value.replace('_', ' ')}", held) for held in each.missing)


def _held(label: str, held: Held) -> str:
    share = "" if held.share is None else f"{held.share:>8.2f}"
    return f"{INDENT * 3}{_cut(label):<{LABEL}}{held.records:>12,}{share}"


def _spread(spread: Spread) -> str:
    mean = f"; mean {_number(spread.mean)}" if spread.mean is not None else ""
    quantiles = ", ".join(f"{share:.0%} {_plain(value)}" for share, value in spread.quantiles.items())
    told = f"; quantiles {quantiles}" if quantiles else "; too few for quantiles"
    return f"{INDENT * 3}{'a number':<{LABEL}}{spread.records:>12,}{mean}{told}"


def _plain(number: float) -> str:
    return f"{number:,.0f}" if number == int(number) else f"{number:,.4g}"


def _indicators(
    indicators: Sequence[PreviewedIndicator], one_more: Sequence[OneMore], protection: str
) -> Iterator[str]:
    """Those that come out, with their numbers; the others by what they lack."""
    if not indicators:
        return
    counts = {state: sum(each.state == state for each in indicators) for state in STATES}
    told = ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in counts.items() if count)
    yield from _heading(f"Indicators: {told}")
    if protection != UNPROTECTED:
        yield from _wrapped([f"A run protects them as '{protection}' says, which is not done here."])
    yield f"{INDENT}{'':<32}{'numbers':>9}{'U':>8}{'S':>8}"
    for each in (each for each in indicators if each.state != "not_produced"):
        flagged = "".join(f"{each.statuses.get(status, 0):>8,}" for status in ("U", "S"))
        yield f"{INDENT}{each.name:<32}{each.numbers:>9,}{flagged}" + (
            "  totals only" if each.state == "totals_only" else ""
        )
    yield from _one_more(one_more)
    alone = {name for each in one_more for name in each.added}
    yield from _not_produced([each for each in indicators if each.name not in alone])


def _one_more(found: Sequence[OneMore]) -> Iterator[str]:
    if found:
        yield from _heading("What one more variable would add")
    for each in found:
        yield from _wrapped([f"{each.label} ({each.variable})"], INDENT, INDENT * 2)
        parts = {"added": each.added, "in full instead of totals only": each.in_full}
        told = [f"{len(names)} {how}: {', '.join(names)}" for how, names in parts.items() if names]
        yield from _wrapped(told, INDENT * 3, INDENT * 4)


def _not_produced(indicators: Sequence[PreviewedIndicator]) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for each in (each for each in indicators if each.state == "not_produced"):
        reasons.setdefault(each.reason, []).append(each.name)
    if reasons:
        yield from _heading("Not produced for other reasons")
    for reason, names in reasons.items():
        yield from _wrapped([reason or "no reason is given"], INDENT, INDENT * 2)
        yield from _wrapped([", ".join(names)], INDENT * 3, INDENT * 3)


def _next(check: FileCheck) -> Iterator[str]:
    yield from _heading("What to do next")
    run = f"ilms run --source {check.source.id} --wave {check.partition.wave}"
    if check.faults:
        steps = [f"correct the {plural(len(check.faults), 'fault')} above, in the declaration or with the producer",
                 "run this check again"]  # fmt: skip
    else:
        steps = ["nothing stands in the way: compare the figures with those that the producer publishes"]
        steps += [] if check.has_golden else [f"add a golden wave, worked out by hand (golden/{check.partition.wave}/)"]
        steps += [] if check.origin == "mirror" else ["put the file where `mirror` says under ILMS_MIRROR"]
        steps.append(f"run it: {run}")
    for number, step in enumerate(steps, 1):
        yield from _wrapped([step], f"{number:>3}  ", " " * 5)
