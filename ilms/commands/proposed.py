"""What `ilms propose` prints: what it is sure of, what a person must decide, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from ilms.authoring.propose import ProposedSource, propose_source
from ilms.authoring.proposed_register import ProposedRegister, propose_register
from ilms.authoring.proposed_text import DESIGN
from schemas.marks import undecided, unfilled


def proposed_lines(source_id: str, found: ProposedSource) -> Iterator[str]:
    """The proposals line by line."""
    described, proposals = found.described, found.proposals
    yield f"{described.records:,} records, {len(described.columns)} columns"
    yield from (f"note: {remark}" for remark in described.remarks)
    every = {**{name: each for name, each in proposals.roles.items() if name in DESIGN}, **proposals.variables}
    for sure, title in ((True, "sure"), (False, "to be decided, marked ?")):
        chosen = [f"{name} from {' + '.join(each.columns)}" for name, each in every.items() if each.sure == sure]
        if chosen:
            yield f"{title}: {'; '.join(chosen)}"
    if proposals.hints:
        yield f"not proposed, though a column looks like it: {', '.join(proposals.hints)}"
    yield from _to_decide(source_id, found.folder)


def proposed_tables(source_id: str, found: ProposedRegister) -> Iterator[str]:
    """The proposals of a register, a line for each table."""
    for name, table in found.tables.items():
        told = [f"{each.variable} from {each.column or 'headers'}" for each in table.breakdowns]
        counts = "several headers" if table.melted else table.value or "each record"
        yield f"{name}: {table.records:,} records; counts in {counts}; {'; '.join(told) or 'no breakdown found'}"
    yield from _to_decide(source_id, found.folder)


def _to_decide(source_id: str, folder: Path) -> Iterator[str]:
    marks, facts = len(undecided(folder)), len(unfilled(folder))
    yield f"Written to {folder}: {marks} proposal(s) marked ? and {facts} fact(s) marked (!)."
    yield f"Decide them in its files; to see what they give: ilms check {source_id} --file FILE"


class Proposer(Protocol):
    """Writes the folder of a new source from the files of a wave, and says line by line what it proposed."""

    def __call__(
        self,
        source_id: str,
        wave: str,
        files: Sequence[Path],
        /,
        *,
        mirror: Path | None,
        member: str | None,
        sheet: str | None,
    ) -> Iterator[str]: ...


def _survey(
    source_id: str, wave: str, files: Sequence[Path], /, *, mirror: Path | None, member: str | None, sheet: str | None
) -> Iterator[str]:
    found = propose_source(source_id, wave, files, mirror=mirror, member=member, sheet=sheet)
    yield from proposed_lines(source_id, found)


def _register(
    source_id: str, wave: str, files: Sequence[Path], /, *, mirror: Path | None, member: str | None, sheet: str | None
) -> Iterator[str]:
    found = propose_register(source_id, wave, files, mirror=mirror, member=member, sheet=sheet)
    yield from proposed_tables(source_id, found)


PROPOSERS: Mapping[str, Proposer] = MappingProxyType({"survey": _survey, "register": _register})
"""By the kind of source."""
