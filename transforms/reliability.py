"""The status of a number: flags by its cases, non-response and precision, and declared statuses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from schemas.codelists import load_codelist
from schemas.reliability import Reliability
from schemas.statuses import NOT_SIGNIFICANT, UNRELIABLE
from transforms.duck import quote_text


def status_sql(
    profile: Reliability,
    declared: Iterable[str | None] = (),
    *,
    n: str = "n",
    cv: str = "cv",
    nonresponse: str | None = None,
    without_error: str | None = None,
) -> str:
    """SQL for obs_status: the first of the profile's precedence that holds, empty when none does.

    `declared` are the statuses of the wave and the indicator; `n`, `cv` (per cent) and `nonresponse` (per cent) are
    expressions. Limits of non-response are applied only where that expression is given. `without_error` is the
    condition that the sample gives no standard error although its design does: such a number is unreliable.
    """
    flags = {
        NOT_SIGNIFICANT: _any(
            f"{n} < {profile.not_significant_below}",
            _above(cv, profile.not_significant_cv),
            _above(nonresponse, profile.not_significant_nonresponse),
        ),
        UNRELIABLE: _any(
            f"{n} < {profile.unreliable_below}",
            _above(cv, profile.unreliable_cv),
            _above(nonresponse, profile.unreliable_nonresponse),
            without_error,
        ),
    }
    held = {status for status in declared if status}
    steps = []
    for status in profile.precedence:
        if status in flags:
            steps.append(f"when {flags[status]} then '{status}'")
        elif status in held:
            steps.append(f"when true then '{status}'")
    return f"case {' '.join(steps)} else '' end"


def nonresponse_status(profile: Reliability, share: float) -> Literal["S", "U"] | None:
    """The flag of numbers with that item non-response, in per cent; None below the limits."""
    if profile.not_significant_nonresponse is not None and share > profile.not_significant_nonresponse:
        return NOT_SIGNIFICANT
    if profile.unreliable_nonresponse is not None and share > profile.unreliable_nonresponse:
        return UNRELIABLE
    return None


def flagged_sql(profile: Reliability, status: Literal["S", "U"]) -> str:
    """SQL for obs_status of numbers that get a flag; a graver status is kept."""
    kept = profile.precedence[: profile.precedence.index(status) + 1]
    listed = ", ".join(quote_text(each) for each in kept)
    return f"case when obs_status in ({listed}) then obs_status else {quote_text(status)} end"


def declared_status_note(profile: Reliability, declared: Iterable[str | None]) -> str:
    """The declared statuses of the numbers, in words: obs_status holds one code only, which hides the others."""
    held = {status for status in declared if status}
    labels = {code.code: code.label_en for code in load_codelist("CL_OBS_STATUS").codes}
    return "; ".join(labels[status].lower() for status in profile.precedence if status in held)


def _above(expression: str | None, limit: float | None) -> str | None:
    return None if expression is None or limit is None else f"coalesce({expression}, 0) > {limit!r}"


def _any(*conditions: str | None) -> str:
    return "(" + " or ".join(condition for condition in conditions if condition is not None) + ")"
