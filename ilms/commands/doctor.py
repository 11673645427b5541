"""What `ilms doctor` prints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ilms.doctor.finding import Finding, State

MARKS: dict[State, str] = {"ok": "ok           ", "worth knowing": "worth knowing", "wrong": "WRONG        "}


def finding_lines(name: str, found: Finding) -> Iterator[str]:
    """A finding in words: what is so, and where it is not as it should be, why that matters and what to do."""
    yield f"{MARKS[found.state]}  {name}: {found.what}"
    indent = " " * (len(MARKS["ok"]) + 2)
    if found.why:
        yield f"{indent}Why it matters: {found.why}."
    if found.remedy:
        yield f"{indent}What to do: {found.remedy}."


def summary_line(found: Iterable[Finding]) -> str:
    """How many findings there are of each state."""
    states = [each.state for each in found]
    return f"{states.count('ok')} ok, {states.count('worth knowing')} worth knowing, {states.count('wrong')} wrong."
