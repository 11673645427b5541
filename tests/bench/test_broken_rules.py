"""Each rule of protection is broken once, and the attacker sees it; where none is, nothing comes out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from small_protected import PERSONS_DESIGN, Files, people
from small_source import Declare, RawTable

from bench.disclosure.evidence import read_evidence
from bench.disclosure.judge import Findings, judge
from bench.disclosure.release import COLUMNS, Row
from bench.disclosure.surveys import read_persons
from schemas.errors import GateError
from schemas.perturbation import ContributionNoise, CountNoise, ValueBase
from schemas.protection import Perturbation, ProtectionProfile, Suppression, load_protection
from transforms.protect import perturbed, stage, suppression
from transforms.protect.primary import unsafe_sets
from transforms.protect.structure.groups import Structure
from transforms.protect.suppression import Pattern

Break = Callable[[pytest.MonkeyPatch], None]
Seen = Callable[[Findings], int]
WITHOUT_UNEMPLOYED = ("MST_TEMP_SEX_AGE_CBR_NB", "MST_TEIP_SEX_AGE_CBR_NB", "MST_XWAP_SEX_AGE_CBR_NB")
"""Who works, who is outside the labour force, and everybody: the unemployed are what is left."""


class Survey:
    """A small survey, whose numbers go through protection and are attacked."""

    def __init__(self, declare: Declare, raw_table: RawTable, folder: Path) -> None:
        self.declare, self.raw_table, self.folder = declare, raw_table, folder

    def attacked(self, method: str, tables: tuple[str, ...] = (), known: ProtectionProfile | None = None) -> Findings:
        """What the attacker gets out of what protection writes. He knows the profile: as it is declared, or `known`.

        `tables` are the indicators that there are, by default all; with them the survey is of 600.
        """
        records = people(600, seed=1) if tables else people()
        files = Files(self.declare(design=PERSONS_DESIGN), self.raw_table(records), self.folder, str(len(records)))
        if tables:
            some = self.folder / "some.parquet"
            duckdb.sql(f"copy (select * from '{files.cells}' where indicator in {tables}) to '{some}'")
            files.cells = some
        published = files.protect(method, again=True)
        listed = duckdb.execute(f"select {', '.join(COLUMNS)} from '{published}' order by all").fetchall()
        rows = [Row("observation", each[0], (each[1], each[2], each[3]), *each[4:]) for each in listed]
        evidence = read_evidence(read_persons(files.source, rows, files.core), rows)
        return judge(evidence, rows, known or load_protection(method))


@pytest.fixture
def survey(declare: Declare, raw_table: RawTable, tmp_path: Path) -> Survey:
    return Survey(declare, raw_table, tmp_path)


@pytest.mark.parametrize(
    ("method", "tables"),
    [("suppression", ()), ("suppression", WITHOUT_UNEMPLOYED), ("cell_key", ()), ("rounding", ())],
)
def test_nothing_comes_out_where_no_rule_is_broken(survey: Survey, method: str, tables: tuple[str, ...]) -> None:
    found = survey.attacked(method, tables)
    assert (found.leaks, found.untried, found.examples) == (0, 0, [])


def only_unsafe(patch: pytest.MonkeyPatch) -> None:
    """Nothing protects the sets that are unsafe by themselves."""

    def weak(structure: Structure, profile: Suppression, **_: object) -> Pattern:
        unsafe = frozenset(unsafe_sets(structure, profile))
        return Pattern(structure, unsafe, unsafe)

    patch.setattr(stage, "find_pattern", weak)


def differences_are_told(patch: pytest.MonkeyPatch) -> None:
    """What lies between nested sets, and what a set less two others leaves over, is not looked at."""
    patch.setattr(stage, "with_differences", lambda structure, _: structure)
    patch.setattr(suppression, "with_left_over", lambda structure, *_, **__: structure)
    combinations_are_told(patch)


def combinations_are_told(patch: pytest.MonkeyPatch) -> None:
    """What more than three sets tell together is not looked at."""
    patch.setattr(suppression, "with_combinations", lambda structure, *_, **__: structure)


def fewer_suffice(patch: pytest.MonkeyPatch) -> None:
    """Sets of two persons and more are published."""
    weaken(patch, minimum_frequency=2)


def narrow(patch: pytest.MonkeyPatch) -> None:
    """That a number does not follow exactly is enough."""
    weaken(patch, protection=declared("suppression").protection.model_copy(update={"cases": 0.1, "percent": 0.1}))


def bases_are_given(patch: pytest.MonkeyPatch) -> None:
    """A rate is published though one of its groups is withheld."""

    def counts_only(structure: Structure, withheld: frozenset[int], few: frozenset[int] = frozenset()) -> list[bool]:
        return [
            number.row in few or (number.base is None and structure.index[number.counted] in withheld)
            for number in structure.numbers
        ]

    patch.setattr(stage, "withheld_numbers", counts_only)


def declared(method: str) -> Any:
    profile = load_protection(method)
    assert isinstance(profile, Suppression | Perturbation)
    return profile


def weaken(patch: pytest.MonkeyPatch, method: str = "suppression", **changes: object) -> None:
    weak = declared(method).model_copy(update=changes)
    patch.setattr(stage, "load_protection", lambda _: weak)


@pytest.mark.parametrize(
    ("broken", "tables", "seen"),
    [
        (only_unsafe, (), lambda found: found.exact_few),
        (differences_are_told, WITHOUT_UNEMPLOYED, lambda found: found.differences),
        (combinations_are_told, WITHOUT_UNEMPLOYED, lambda found: found.combined),
        (fewer_suffice, (), lambda found: found.shown),
        (narrow, (), lambda found: found.inside),
        (bases_are_given, (), lambda found: found.exact_few),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_a_broken_rule_of_suppression_is_seen(
    survey: Survey, monkeypatch: pytest.MonkeyPatch, broken: Break, tables: tuple[str, ...], seen: Seen
) -> None:
    """The audit, which would stop each of them, looks away."""
    broken(monkeypatch)
    monkeypatch.setattr(stage, "audit", lambda *_, **__: [])
    assert seen(survey.attacked("suppression", tables)) > 0


@pytest.mark.parametrize(
    ("broken", "tables"),
    [(only_unsafe, ()), (differences_are_told, WITHOUT_UNEMPLOYED), (combinations_are_told, WITHOUT_UNEMPLOYED)],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_the_audit_stops_what_breaks_a_rule(
    survey: Survey, monkeypatch: pytest.MonkeyPatch, broken: Break, tables: tuple[str, ...]
) -> None:
    """It has its own eyes: what the search for numbers to withhold overlooks, it does not."""
    if broken is only_unsafe:
        broken(monkeypatch)
    else:  # the search is broken, the audit is not
        monkeypatch.setattr(suppression, "with_left_over", lambda structure, *_, **__: structure)
        monkeypatch.setattr(suppression, "with_combinations", lambda structure, *_, **__: structure)
    with pytest.raises(GateError, match="can be worked out"):
        survey.attacked("suppression", tables)


def values_follow(patch: pytest.MonkeyPatch) -> None:
    """The value of a count is its mean weight times the perturbed cases."""
    exact = ContributionNoise.model_construct(maximum=1e-9, variance=1e-19)
    weaken(patch, "cell_key", contributions=exact, values=ValueBase(persons=1e-7))


def noise_by_table(patch: pytest.MonkeyPatch) -> None:
    """The same persons get other noise in another row."""
    own = perturbed._Publication.row

    def other(self: perturbed._Publication, number: Any, value: float | None) -> perturbed._Row:
        row = own(self, number, value)
        return row._replace(new_n=row.new_n + number.row % 2) if row.new_n else row

    patch.setattr(perturbed._Publication, "row", other)


@pytest.mark.parametrize(
    ("broken", "seen"),
    [
        (values_follow, lambda found: len(found.readable.weights)),
        (values_follow, lambda found: len(found.readable.counts)),
        (noise_by_table, lambda found: len(found.readable.averaged)),
    ],
    ids=["a value gives the mean weight", "and the counts of parts", "other noise in every table"],
)
def test_a_broken_rule_of_perturbation_is_seen(
    survey: Survey, monkeypatch: pytest.MonkeyPatch, broken: Break, seen: Seen
) -> None:
    broken(monkeypatch)
    assert seen(survey.attacked("cell_key")) > 0


def test_noise_that_is_nearly_always_as_large_as_it_may_be_is_undone(
    survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then what all tables together allow is hardly more than the truth."""
    noise = CountNoise(maximum=2, variance=1.9)
    weaken(monkeypatch, "cell_key", counts=noise)
    known = declared("cell_key").model_copy(update={"counts": noise})
    assert len(survey.attacked("cell_key", known=known).readable.confined) > 0
