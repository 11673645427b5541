"""Withdrawals: only a person takes the numbers of a partition out of releases, or puts them back, giving a reason."""

from __future__ import annotations

import getpass
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from schemas.errors import PublishError
from schemas.partition import Partition
from warehouse.accepted import accepted_units, now
from warehouse.files import write_json
from warehouse.layout import Layout

Act = Literal["withdrawn", "restored"]


class Decision(BaseModel):
    """A person's decision on a partition: to withdraw its numbers, or to restore them."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    act: Act
    by: str
    at: datetime
    why: str

    @property
    def sentence(self) -> str:
        """The decision in one sentence."""
        return f"{self.act.capitalize()} on {self.at:%Y-%m-%d} by {self.by}: {self.why.rstrip('.')}."


class _Decisions(BaseModel):
    """withdrawn.json: every decision, in order; the last one applies."""

    decisions: tuple[Decision, ...] = ()


def withdrawal(layout: Layout, partition: Partition) -> Decision | None:
    """The decision that withdrew a partition; None when it is not withdrawn."""
    last = next(reversed(_read(layout, partition).decisions), None)
    return last if last is not None and last.act == "withdrawn" else None


def decide(layout: Layout, partition: Partition, act: Act, *, by: str, why: str) -> Decision:
    """Record that a person withdraws or restores a partition; the next release follows the decision.

    Raises PublishError when there is nothing to withdraw or restore, or no reason is given.
    """
    before = _read(layout, partition)
    if act == "withdrawn" and not accepted_units(layout.accepted(partition)):
        raise PublishError(
            f"no release holds numbers of {partition.key}", remedy="`ilms sources` lists every partition"
        )
    if (act == "withdrawn") == (withdrawal(layout, partition) is not None):
        already = "withdrawn already" if act == "withdrawn" else "not withdrawn"
        raise PublishError(f"{partition.key} is {already}", remedy="`ilms sources` lists every partition")
    if not why.strip() or not by.strip():
        raise PublishError(
            "a decision needs a reason and the name of the person who takes it",
            why="readers of the release see both",
            remedy='write --why "..." and, where this machine does not know your name, --by NAME',
        )
    decision = Decision(act=act, by=by.strip(), at=now(), why=why.strip())
    kept = _Decisions(decisions=(*before.decisions, decision))
    write_json(layout.withdrawn(partition), kept.model_dump(mode="json"))
    return decision


def user_name() -> str:
    """The user of this machine; empty where it is not known."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def _read(layout: Layout, partition: Partition) -> _Decisions:
    file = layout.withdrawn(partition)
    try:
        return _Decisions.model_validate_json(file.read_bytes()) if file.is_file() else _Decisions()
    except (OSError, ValidationError) as error:
        raise PublishError(
            "what is kept of a withdrawal cannot be read",
            where=str(file),
            why="withdrawn numbers could be published again",
            remedy="restore the file from a copy, or correct it",
        ) from error
