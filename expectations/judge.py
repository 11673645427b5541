"""Great Expectations judges checks by metrics that are known already: no data source, no query, no row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from expectations.checks import Check
from expectations.metrics import SHAPE, Metrics
from expectations.quiet import great_expectations


class _ByName(dict[Any, Any]):
    """Metrics by name alone: Great Expectations asks with what they are about too, and these are all of one check."""

    def __init__(self, metrics: Metrics) -> None:
        super().__init__(metrics)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, tuple) and super().__contains__(key[0])

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(key[0])


def judge(checks: Sequence[Check], metrics: Mapping[str, Metrics]) -> dict[str, Any]:
    """The validation result of Great Expectations for each check, by its id; None where it raised an exception.

    Its message could quote a value, and is dropped.
    """
    great_expectations()
    return {check.id: _judgement(check, metrics[check.id]) for check in checks}


def _judgement(check: Check, metrics: Metrics) -> Any:
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
    from great_expectations.expectations.metadata_types import FailureSeverity

    expectation = ExpectationConfiguration(
        type=check.expectation, kwargs=dict(check.arguments), severity=FailureSeverity(check.severity)
    ).to_domain_obj()
    detail = "BASIC" if check.expectation == SHAPE else "BOOLEAN_ONLY"
    try:
        return expectation.metrics_validate(_ByName(metrics), runtime_configuration={"result_format": detail})
    except Exception:  # noqa: BLE001 - whatever it is, this check is not evaluated
        return None
