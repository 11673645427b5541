"""Check a source's declaration on a real file: every fault at once, and a preview of what would be published.

The steps are those of a run, in a folder that is removed afterwards. Nothing is kept, and nothing is compared with what
was accepted before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from expectations.gate import GateOutcome, run_gate
from expectations.suites import SuiteName, load_suite
from ilms.authoring.benchmarks_at_hand import figures_at_hand
from ilms.authoring.given_files import GivenFiles, given_files, wave_of
from ilms.authoring.golden import golden_waves, require_golden
from ilms.kinds import CoreFacts, Drafts, Kind, kind_of
from ilms.scratch import command_folder
from schemas.as_proposed import load_as_proposed
from schemas.errors import DeclarationError, IlmsError
from schemas.loader import load_runnable, source_folder
from schemas.marks import UNFILLED, lines_in_words, undecided_error, unfilled
from schemas.partition import Partition
from schemas.source import Runnable
from schemas.wave import Origin
from transforms.availability import read_decisions
from transforms.preview.benchmarks import beside_benchmarks
from transforms.preview.furthest import as_far_as_possible
from transforms.preview.indicators import preview_indicators
from transforms.preview.previewed import OneMore, Preview, PreviewedIndicator
from warehouse.layout import Layout

DECLARATION, FILE = "The declaration", "The file"
FOLLOWS = " (this may follow from what is left aside)"
MOSTLY = 0.95
"""Where fewer of the records are left, what they hold may follow from which of them are."""


@dataclass(frozen=True)
class Fault:
    """What stands in the way of a run: where it was found, and in the words of an error."""

    found_in: str
    what: str
    where: str = ""
    why: str = ""
    remedy: str = ""

    @classmethod
    def of(cls, found_in: str, error: IlmsError) -> Fault:
        """The fault reported by an error."""
        return cls(found_in, error.what, error.where, error.why, error.remedy)


@dataclass
class FileCheck:
    """What checking files gave, as far as it came.

    source       as declared, and `left_aside` in words what was left aside to go on
    as_proposed  whether it has proposals that are not decided, and are taken as they stand
    has_golden   whether it has a golden wave
    origin       whether the files lie in the mirror
    facts        of the harmonised records; None where a fault let none be made, and so is all that comes after
    warnings     what would be published as notes with the numbers
    remarks      what else to know of the figures
    """

    source: Runnable
    partition: Partition
    given: GivenFiles
    origin: Origin
    faults: list[Fault]
    as_proposed: bool = False
    has_golden: bool = False
    left_aside: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    facts: CoreFacts | None = None
    preview: Preview | None = None
    indicators: list[PreviewedIndicator] = field(default_factory=list)
    one_more: list[OneMore] = field(default_factory=list)

    @property
    def is_ready(self) -> bool:
        """Whether nothing stands in the way of a run."""
        return not self.faults


def check_file(
    source_id: str,
    files: Sequence[Path],
    *,
    wave: str | None,
    layout: Layout,
    mirror: Path | None,
    memory_limit: str,
) -> FileCheck:
    """Check a source on the files of one wave. `layout` and `mirror` are where benchmarks may be, and only read.

    Raises DeclarationError for a declaration that cannot be loaded, InputError for files that are not there or a wave
    that is not declared; all else is in what is returned.
    """
    with command_folder("check") as work:
        undecided = undecided_error(source_folder(source_id))
        declared = _as_proposed(source_id, undecided, work / "proposed") if undecided else load_runnable(source_id)
        partition = Partition(source_id, wave_of(declared, wave, files))
        (work / "given").mkdir()
        given = given_files(declared, partition.wave, files, mirror, work / "given")
        origin: Origin = "mirror" if mirror and all(mirror in each.resolve().parents for each in files) else "producer"
        if declared.waves[partition.wave].by_origin:
            taken = (
                "those of the mirror" if origin == "mirror" else "the producer's own, as they lie outside the mirror"
            )
            given = replace(given, remarks=(*given.remarks, f"the files are taken for {taken} (`by_origin`)"))
        source = declared.from_origin(partition.wave, origin).of_wave(partition.wave)
        faults = [Fault.of(DECLARATION, undecided)] if undecided else _declaration_faults(declared)
        has_golden = any((source_folder(source_id) / "golden").glob("*/"))
        check = FileCheck(source, partition, given, origin, faults, undecided is not None, has_golden)
        _check_records(check, layout, mirror, work, memory_limit)
    return check


def _as_proposed(source_id: str, undecided: DeclarationError, work: Path) -> Runnable:
    """The declaration with the proposals that are not decided as they stand."""
    folder = source_folder(source_id)
    try:
        return load_as_proposed(folder, work)
    except DeclarationError as error:
        raise DeclarationError(
            f"{undecided.what}. If they are kept as they stand, the declaration cannot be loaded: {error.what}",
            where=str(folder),
            why="the file cannot be looked at without a declaration that can be loaded",
            remedy=undecided.remedy,
        ) from error


def _declaration_faults(source: Runnable) -> list[Fault]:
    """Marks of facts that are not filled in, and golden waves that are not met."""
    faults = []
    if lines := unfilled(source_folder(source.id)):
        faults.append(
            Fault(
                DECLARATION,
                f"facts are still to be filled in, marked {UNFILLED}",
                f"source.yaml, {lines_in_words(lines)}",
                "the template's examples would be published as facts about this source",
                "write the facts there and remove the marks",
            )
        )
    for golden in golden_waves(source.id):
        try:
            require_golden(source, golden)
        except DeclarationError as error:
            faults.append(Fault.of(DECLARATION, error))
    return faults


def _check_records(check: FileCheck, layout: Layout, mirror: Path | None, work: Path, memory_limit: str) -> None:
    """Harmonise, pass the gate, and preview."""
    kind: Kind[Any] = kind_of(check.source)
    core = work / "core.parquet"
    reached = kind.furthest(check.source, check.partition, check.given.files, core, memory_limit=memory_limit)
    check.faults += [Fault.of(FILE, each) for each in reached.faults]
    check.left_aside += kind.left_aside(check.source, reached.source, check.partition.wave)
    check.facts = reached.made
    if reached.made is None:
        return
    check.warnings += reached.made.warnings
    source = reached.source
    _pass_gate(check, kind, source, kind.core_suite, core, memory_limit)
    preview = kind.preview(source, check.partition, core, memory_limit=memory_limit)
    names = {figure.name for figure in preview.figures if figure.value is not None}
    at_hand = figures_at_hand(layout, mirror, check.partition, names, work, memory_limit=memory_limit)
    check.preview = replace(preview, figures=beside_benchmarks(preview.figures, at_hand.figures))
    check.remarks += at_hand.remarks
    _estimate(check, kind, source, core, memory_limit)


def _estimate(check: FileCheck, kind: Kind[Any], source: Runnable, core: Path, memory_limit: str) -> None:
    """Estimate every indicator, pass the gate of the numbers, and say what comes out."""
    partition = check.partition
    drafts = Drafts(core.with_name("cells.parquet"), core.with_name("availability.parquet"))

    def numbers(survey: Runnable) -> int:
        return kind.estimate(
            survey, partition, core, drafts, vintage="checked", warnings=check.warnings, memory_limit=memory_limit
        )

    made = as_far_as_possible(numbers, source, lambda each, parts: kind.without(each, partition.wave, parts))
    check.faults += [Fault.of(FILE, each) for each in made.faults]
    if made.made is None:
        return
    _pass_gate(check, kind, made.source, kind.cells_suite, drafts.cells, memory_limit)
    decisions = read_decisions(core.with_name("availability.parquet"))
    check.indicators = preview_indicators(
        drafts.cells, core.with_name("availability.parquet"), memory_limit=memory_limit
    )
    check.one_more = kind.one_more(decisions)


def _pass_gate(
    check: FileCheck, kind: Kind[Any], source: Runnable, suite: SuiteName, table: Path, memory_limit: str
) -> None:
    """Add what the gate would stop at, and what it warns of, but for what a part left aside says nothing about."""
    outcome: GateOutcome = run_gate(
        suite,
        table,
        kind.gate_parameters(source, check.partition),
        output=table.with_name(f"quality-{suite}.parquet"),
        data_docs=None,
        memory_limit=memory_limit,
        work=table.parent,
    )
    unjudged, half_judged = kind.unjudged(check.source, source), kind.half_judged(check.source, source)
    found_in = load_suite(suite).title
    for result in outcome.failed("critical"):
        checked = result.check
        if not checked.columns & unjudged:
            follows = FOLLOWS if checked.columns & half_judged or _lacks_records(check) else ""
            what = f"expected: {result.sentence}{follows}"
            check.faults.append(Fault(found_in, what, f"check {checked.id}", checked.why, checked.remedy))
    check.warnings += [result.note for result in outcome.failed("warning") if not result.check.columns & unjudged]


def _lacks_records(check: FileCheck) -> bool:
    """Whether something was left aside, and so many records do not count that the others say little of all."""
    facts = check.facts
    if facts is None or facts.records is None or facts.persons is None or not check.left_aside:
        return False
    return facts.persons < MOSTLY * facts.records
