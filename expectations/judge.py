"""Great Expectations judges checks by metrics that are known already: no data source, no query, no row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from expectations.checks import Check
from expectations.metrics import SHAPE, Metrics
from expectations.quiet import great_expectations


@dataclass(frozen=True)
class Judgement:
    """Whether a check is met, and what Great Expectations says of it."""

    success: bool
    result: Mapping[str, Any]


def judge(checks: Sequence[Check], metrics: Mapping[str, Metrics]) -> dict[str, Judgement | None]:
    """The judgement of Great Expectations on each check, by its id; None where it raised an exception.

    Its message could quote a value, and is dropped.
    """
    great_expectations()
    return {check.id: _judgement(check, metrics[check.id]) for check in checks}


def _judgement(check: Check, metrics: Metrics) -> Judgement | None:
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
    from great_expectations.expectations.metadata_types import FailureSeverity

    expectation = ExpectationConfiguration(
        type=check.expectation, kwargs=dict(check.arguments), severity=FailureSeverity(check.severity)
    ).to_domain_obj()
    try:
        needed, detail = _needed(expectation, "BASIC" if check.expectation == SHAPE else "BOOLEAN_ONLY")
        found = expectation._validate(
            {name: metrics[name] for name in needed}, runtime_configuration={"result_format": dict(detail)}
        )
        return Judgement(bool(found["success"]), found.get("result", {}))
    except Exception:  # noqa: BLE001 - whatever it is, this check is not evaluated
        return None


_NEEDED: dict[tuple[type, str], tuple[frozenset[str], Mapping[str, Any]]] = {}


def _needed(expectation: Any, detail: str) -> tuple[frozenset[str], Mapping[str, Any]]:
    """The names of the metrics that a type of expectation is judged by, and the written-out detail of its result.

    It is asked once: they are the same whatever the arguments, and finding them costs ten times the judgement. Great
    Expectations' own `metrics_validate` finds them each time.
    """
    key = type(expectation), detail
    if key not in _NEEDED:
        found = expectation.get_validation_dependencies(runtime_configuration={"result_format": detail})
        _NEEDED[key] = frozenset(found.metric_configurations), found.result_format
    return _NEEDED[key]
