"""Each kind of source that runs has one object, which answers everything that a run asks about it."""

from __future__ import annotations

import pytest

from expectations.suites import list_suites
from ilms import kinds
from ilms.kinds import kind_of, running_kinds
from ilms.kinds.survey import SurveyKind
from ilms.pipeline.stage_list import STAGES
from ilms.pipeline.stages import WORK
from schemas.errors import IlmsError
from schemas.kinds import KINDS
from schemas.loader import list_runnable, load_runnable


def test_every_kind_that_runs_has_its_object_and_a_benchmark_has_none() -> None:
    assert list(running_kinds()) == ["survey", "register", "events", "corridors", "published"]
    assert {name for name, kind in KINDS.items() if not kind.runs} == {"benchmark"}
    for name, kind in running_kinds().items():
        assert kind.declared.name == name


def test_every_suite_is_passed_by_some_kind_or_by_the_regional_estimates() -> None:
    of_kinds = {suite for kind in running_kinds().values() for suite in (kind.core_suite, kind.cells_suite)}
    assert of_kinds | {"regional"} == set(list_suites())


@pytest.mark.parametrize(
    ("source", "suites", "protects", "of_a_day", "worldwide"),
    [
        ("ZZZ.synthetic", ("core", "cells"), True, False, False),
        ("SWE.work_permits", ("flows", "flow_cells"), True, False, False),
        ("LKA.complaints", ("flows", "flow_cells"), True, False, False),
        ("X01.labour_agreements", ("corridors", "corridor_cells"), False, True, True),
        ("X01.eurostat_lfs", ("figures", "figure_cells"), False, False, True),
    ],
)
def test_what_a_kind_answers_for_a_source(
    source: str, suites: tuple[str, str], protects: bool, of_a_day: bool, worldwide: bool
) -> None:
    declared = load_runnable(source)
    kind = kind_of(declared)
    assert (kind.core_suite, kind.cells_suite) == suites
    assert (kind.protected(declared) is not None) == protects == KINDS[declared.kind].has_records
    assert (kind.stands_for_a_day, kind.worldwide) == (of_a_day, worldwide)


def test_only_surveys_pool_their_waves() -> None:
    declared = [load_runnable(source) for source in list_runnable()]
    pooled = {source.kind for source in declared if kind_of(source).consolidated(source) is not None}
    assert pooled == {"survey"}


def test_a_module_that_holds_another_kind_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from ilms.kinds import register

    monkeypatch.setattr(register, "KIND", SurveyKind())
    running_kinds.cache_clear()
    try:
        with pytest.raises(IlmsError, match=r"ilms/kinds/register\.py holds another kind"):
            kinds.running_kinds()
    finally:
        running_kinds.cache_clear()


def test_every_stage_has_its_work() -> None:
    assert tuple(WORK) == STAGES
    assert [stage.gives for stage in STAGES] == ["raw", "core", "cells"]
