"""Attacks a partition of a release, and judges by the records what was recovered."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bench.disclosure.combinations import Combination, Combinations
from bench.disclosure.differences import Difference, small_differences
from bench.disclosure.elsewhere import counts_in_texts
from bench.disclosure.evidence import Equation, Evidence, read_evidence
from bench.disclosure.exact import System, equation_of
from bench.disclosure.intervals import Confined
from bench.disclosure.magnitudes import Single, single_persons
from bench.disclosure.noise import Readable, read_perturbed
from bench.disclosure.registers import read_flows
from bench.disclosure.release import Row, core_in, rows_of
from bench.disclosure.surveys import read_persons
from bench.disclosure.universe import Flags, Floats, Universe
from schemas.errors import InputError
from schemas.loader import load_runnable, source_folder
from schemas.protection import Perturbation, ProtectionProfile, Suppression, load_protection
from schemas.register import Register
from schemas.survey import Survey

FEW = 5
SHOWN = 5
RIGHT = 1e-5
MEGABYTE = 2**20


@dataclass
class Findings:
    """What the attacker got out of a partition. Sets are sets of persons; few are fewer than the profile's minimum.

    numbers, withheld    rows, and those that are confidential
    sets, withheld_sets  different sets behind the rows, and those of confidential rows
    exact, exact_few     withheld sets whose count, value or squares of weights follow exactly, and those of few persons
                         among them and among the sets of which nothing is given
    exact_numbers        the confidential rows about those few
    unsafe, inside       sets of few persons of which nothing is given, and those confined to less than the protection
                         interval
    untried              those that were not attacked with intervals in the time given
    shown                sets of few persons whose count is published
    differences          sets of few persons that stand in no row and that a known set less one or two leaves over
    combined             those that only a combination of more known sets tells
    other_waves          sets of few persons that follow with what another wave says of the same persons
    readable             what perturbed rows give away
    single               what quantiles and totals say of single persons
    elsewhere            counts of records beside the numbers
    kept                 the share of the weighted counts that is published as it is
    moved                the mean change of published counts, per cent of their value
    examples             how some of them follow
    """

    source: str
    wave: str
    protection: str
    numbers: int = 0
    withheld: int = 0
    sets: int = 0
    withheld_sets: int = 0
    exact: int = 0
    exact_few: int = 0
    exact_numbers: int = 0
    unsafe: int = 0
    inside: int = 0
    untried: int = 0
    shown: int = 0
    differences: int = 0
    combined: int = 0
    other_waves: int = 0
    readable: Readable = field(default_factory=Readable)
    single: Single = field(default_factory=Single)
    elsewhere: list[str] = field(default_factory=list)
    kept: float = 1.0
    moved: float = 0.0
    examples: list[str] = field(default_factory=list)
    seconds: float = 0.0
    megabytes: float = 0.0

    @property
    def leaks(self) -> int:
        """How many sets of persons came out, in whatever way."""
        perturbed = self.readable
        few = len(perturbed.counts) + len(perturbed.confined) + len(perturbed.weights) + len(perturbed.profiles)
        few += len(self.single.values) + len(self.single.dominated) + len(self.elsewhere)
        return self.exact_few + self.inside + self.differences + self.combined + self.other_waves + self.shown + few


def attack(folder: Path, truth: Path, source: str, wave: str, protection: str, *, budget: float = 120) -> Findings:
    """Attack a partition. `truth` is a home with its core file; linear programmes take `budget` seconds at most."""
    start = time.monotonic()
    rows = rows_of(folder, source, wave)
    universe = read_universe(truth, source, wave, rows)
    evidence = read_evidence(universe, rows)
    findings = judge(evidence, rows, load_protection(protection), budget=budget)
    findings.source, findings.wave, findings.protection = source, wave, protection
    if protection != "none":
        declared = (source_folder(source) / "source.yaml").read_text(encoding="utf-8")
        findings.elsewhere = counts_in_texts(folder, source, wave, declared)
    findings.seconds = time.monotonic() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    findings.megabytes = peak * (1 if sys.platform == "darwin" else 1024) / MEGABYTE
    return findings


def read_universe(truth: Path, source: str, wave: str, rows: list[Row]) -> Universe:
    """The kinds of persons or records behind some rows."""
    declared = load_runnable(source).of_wave(wave)
    core = core_in(truth, source, wave)
    if core is None:
        raise InputError(
            f"there are no records of {source} {wave}", where=str(truth), remedy="run it there unprotected"
        )
    if isinstance(declared, Register):
        return read_flows(declared, wave, rows, core)
    assert isinstance(declared, Survey)
    return read_persons(declared, rows, core)


def judge(evidence: Evidence, rows: list[Row], profile: ProtectionProfile, *, budget: float = 120) -> Findings:
    """What the attacker gets out of the rows of a partition."""
    matrix, kinds = evidence.matrix, evidence.universe.kinds
    minimum = profile.minimum_frequency if isinstance(profile, Suppression) else FEW
    truth = Truth(matrix @ kinds.cases, matrix @ kinds.weight, matrix @ kinds.squares, minimum)
    findings = Findings(
        "", "", "", len(rows), sum(row.is_withheld for row in rows), len(matrix), len(evidence.withheld)
    )
    findings.kept, findings.moved = _information(evidence, truth)
    if isinstance(profile, Suppression):
        known = _recover(findings, evidence, matrix, truth)
        _combine(findings, evidence, matrix, truth, profile, budget, known)
        _confine(findings, evidence, matrix, truth, profile, budget)
    elif isinstance(profile, Perturbation):
        findings.readable = read_perturbed(evidence, matrix, profile.counts, deadline=time.monotonic() + budget)
        findings.untried = findings.readable.untried
        findings.examples += [each.message for each in findings.readable.profiles[:SHOWN]]
    if isinstance(profile, Suppression | Perturbation):
        findings.single = single_persons(evidence, rows, profile)
        findings.examples += [f"one person's value: {name}" for name in findings.single.values[:SHOWN]]
        findings.examples += [f"one or two persons make up: {name}" for name in findings.single.dominated[:SHOWN]]
    return findings


@dataclass(frozen=True)
class Truth:
    """The cases, the value and the squares of weights of every set. `minimum`: a set of fewer persons is of few."""

    cases: Floats
    weight: Floats
    squares: Floats
    minimum: int

    def is_few(self, place: int) -> bool:
        """Whether a set has some persons, and few."""
        return bool(0 < self.cases[place] < self.minimum)


def _recover(findings: Findings, evidence: Evidence, matrix: Floats, truth: Truth) -> set[bytes]:
    """What follows exactly; returns the sets in no row that a known set less one or two leaves over, packed."""
    known = {place: said.number for place, said in evidence.cases.items()}
    hidden = evidence.hidden
    found: set[int] = set()
    said = (evidence.of_cases(), evidence.of_weights(), evidence.of_squares())
    for (equations, names), true in zip(said, (truth.cases, truth.weight, truth.squares), strict=True):
        if not equations:
            continue
        for each in System(matrix, equations).recovered(sorted({*evidence.withheld, *hidden})):
            is_right = abs(each.number - true[each.place]) <= RIGHT * (1 + true[each.place])
            if not is_right or not (each.place in evidence.withheld or truth.is_few(each.place)):
                continue
            found.add(each.place)
            if true is truth.cases:
                known[each.place] = round(each.number)
            if truth.is_few(each.place) and len(findings.examples) < SHOWN:
                how = _how(matrix, equations, names, matrix[each.place])
                findings.examples.append(f"{evidence.name(each.place)} = {how}")
    few = [place for place in found if truth.is_few(place)]
    findings.exact, findings.exact_few = len(found), len(few)
    findings.exact_numbers = sum(len(evidence.withheld.get(place, ())) for place in few)
    findings.shown = sum(truth.is_few(place) for place in evidence.cases)
    apart = list(_in_no_row(evidence, small_differences(matrix, known, truth.minimum)))
    findings.differences = len(apart)
    findings.examples += [_difference(evidence, each) for each in apart[:SHOWN]]
    return {np.packbits(_left_over(evidence, each)).tobytes() for each in apart}


def _how(matrix: Floats, equations: list[Equation], names: list[str], members: Floats) -> str:
    """How some kinds of persons follow from equations."""
    return " ".join(f"{factor:+.6g} [{names[at]}]" for at, factor in equation_of(matrix, equations, members))


def _in_no_row(evidence: Evidence, found: list[Difference]) -> Iterator[Difference]:
    """Differences that no row is about, and those that only shares are about; others are withheld or published."""
    for each in found:
        if _is_in_no_row(evidence, _left_over(evidence, each)):
            yield each


def _left_over(evidence: Evidence, found: Difference) -> Flags:
    left = evidence.members[found.whole].copy()
    for part in found.parts:
        left &= ~evidence.members[part]
    return left


def _is_in_no_row(evidence: Evidence, members: Flags) -> bool:
    place = evidence.index.get(np.packbits(members).tobytes())
    return place is None or place not in (evidence.withheld.keys() | evidence.cases.keys())


def _combine(
    findings: Findings,
    evidence: Evidence,
    matrix: Floats,
    truth: Truth,
    profile: Suppression,
    budget: float,
    known: set[bytes],
) -> None:
    """What three and more known sets tell, besides what is `known` already."""
    of_cases, names = evidence.of_cases()
    kinds, deadline = evidence.universe.kinds.cases, time.monotonic() + budget
    search = Combinations(matrix, of_cases, evidence.withheld, kinds, deadline=deadline)
    told = [each for each in search.few(truth.minimum, profile.protection.cases) if _is_new(evidence, each, known)]
    findings.combined, findings.untried = len(told), findings.untried + search.untried
    for each in told[:SHOWN]:
        how = _how(matrix, of_cases, names, each.members.astype(np.float64))
        findings.examples.append(f"in no row: {each.cases} = {how}")


def _is_new(evidence: Evidence, found: Combination, known: set[bytes]) -> bool:
    return _is_in_no_row(evidence, found.members) and np.packbits(found.members).tobytes() not in known


def _difference(evidence: Evidence, found: Difference) -> str:
    parts = " - ".join(f"[{evidence.name(part)}]" for part in found.parts)
    return f"in no row: {found.cases} = [{evidence.name(found.whole)}] - {parts}"


def _confine(
    findings: Findings, evidence: Evidence, matrix: Floats, truth: Truth, profile: Suppression, budget: float
) -> None:
    """What is confined to less than the protection interval."""
    share, cases = profile.protection.percent / 100, profile.protection.cases
    unsafe = sorted({place for place in (*evidence.withheld, *evidence.hidden) if truth.is_few(place)})
    needs = {place: (max(cases, share * truth.cases[place]), share * truth.weight[place]) for place in unsafe}
    findings.unsafe = len(needs)
    if needs:
        said = (evidence.of_cases()[0], evidence.of_weights()[0], evidence.of_squares()[0])
        confined = Confined(
            matrix, said, evidence.withheld, truth=evidence.universe.kinds, deadline=time.monotonic() + budget
        )
        findings.inside = len(confined.narrow(needs))
        findings.untried += confined.untried


def _information(evidence: Evidence, truth: Truth) -> tuple[float, float]:
    """The share of the weighted counts that is published, and by how many per cent those are moved on average."""
    counted = [
        place for place in range(len(evidence.members)) if place in evidence.weights or place in evidence.withheld
    ]
    total = sum(truth.weight[place] for place in counted)
    given = [place for place in counted if place in evidence.weights]
    moves = [abs(evidence.weights[place].number - truth.weight[place]) for place in given]
    published = sum(truth.weight[place] for place in given)
    return published / total if total else 1.0, 100 * sum(moves) / published if published else 0.0
