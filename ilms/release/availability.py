"""What becomes of every indicator in every wave: decided by the stage, or by what became of the wave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ilms.release.differences import decide_differences
from schemas.availability import Decision, load_availability_reasons
from schemas.catalogue import REGIONAL, IndicatorKind, all_indicators, known_indicators
from schemas.ilostat import load_ilostat_series
from schemas.survey_faults import SURVEY
from warehouse.release.inputs import ReleasePartition, Row


def availability_rows(kind: IndicatorKind, partition: ReleasePartition, decisions: Iterable[Decision]) -> Iterator[Row]:
    """One row for every known indicator in one wave; `decisions` are those of the stage when the wave is ready."""
    decided = {each.indicator: each for each in decisions} if partition.state == "ready" else {}
    if kind == SURVEY.name:
        decided |= {each.indicator: each for each in decide_differences(partition, decided)}
    for name in sorted(known_indicators()):
        decision = decided.get(name)
        if decision is None:
            own = name in all_indicators() and kind in all_indicators()[name].kinds
            decision = _of_the_wave(kind, name, partition) if own else _of_another_kind(kind, name)
        yield _row(decision, partition.partition.source, partition.partition.wave)


def broken_rows(source_id: str, fault: str) -> Iterator[Row]:
    """One row for every known indicator of a source whose declaration is wrong; its waves are not known."""
    for name in sorted(known_indicators()):
        yield _row(Decision(name, "not_produced", "declaration_wrong", reason=fault), source_id, "")


def _of_the_wave(kind: IndicatorKind, name: str, partition: ReleasePartition) -> Decision:
    if partition.state == "ready":
        return Decision(name) if kind == REGIONAL else Decision(name, "not_produced", "no_number")
    return Decision(name, "not_produced", f"partition_{partition.state}", reason=partition.reason)


def _of_another_kind(kind: IndicatorKind, name: str) -> Decision:
    """An indicator that needs another kind of record, or is in no catalogue."""
    published = all_indicators().get(name)
    if published is not None:
        return _plain(name, "needs_national" if kind == REGIONAL else f"needs_{published.kinds[0]}")
    needs = load_ilostat_series()[name].needs
    return Decision(name, "not_produced", "needs_other_source", reason=f"it needs {needs}" if needs else "")


def _plain(name: str, code: str) -> Decision:
    return Decision(name, "not_produced", code, reason=load_availability_reasons()[code].label.en)


def _row(decision: Decision, source_id: str, wave: str) -> Row:
    return {
        "indicator": decision.indicator,
        "source": source_id,
        "wave": wave,
        "state": decision.state,
        "reason_code": decision.code,
        "variables": decision.variables,
        "reason": decision.reason,
    }
