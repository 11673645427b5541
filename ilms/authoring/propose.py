"""A source proposed from its files: a folder with what they let expect, and marks where a person must decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ilms.authoring.describe import describe
from ilms.authoring.proposed_text import proposed_file, proposed_files
from ilms.authoring.source_place import place_of_new, write_whole
from ilms.scratch import command_folder
from schemas.errors import InputError
from schemas.partition import Partition
from transforms.describe.described import Described
from transforms.describe.files import is_layout, open_given
from transforms.describe.proposals import Proposals, propose


@dataclass(frozen=True)
class ProposedSource:
    """The folder that was written, and what stands in it."""

    folder: Path
    described: Described
    proposals: Proposals


def propose_source(
    source_id: str,
    wave: str,
    files: Sequence[Path],
    folder: Path | None = None,
    *,
    mirror: Path | None = None,
    member: str | None = None,
    sheet: str | None = None,
) -> ProposedSource:
    """Write the folder of a new source from the files of one wave: data, and the layouts and codebooks of them.

    Which files are which is known by what they hold. The folder is written whole or not at all.

    Raises DeclarationError for a bad id or wave and when the folder exists, InputError when a file cannot be read.
    """
    partition = Partition(source_id, wave)
    target = place_of_new(source_id, folder)
    data, layouts = _sorted_out(files, member)
    described = describe(data, layouts, member=member, sheet=sheet)
    proposals = propose(described)
    used = described.read.layout.file if described.read.layout else ""
    listed = [
        *(proposed_file(path, "data", partition, mirror) for path in data),
        *(proposed_file(path, "layout" if path.name == used else "codebook", partition, mirror) for path in layouts),
    ]
    write_whole(target, proposed_files(partition, described, proposals, listed))
    return ProposedSource(target, described, proposals)


def _sorted_out(files: Sequence[Path], member: str | None) -> tuple[list[Path], list[Path]]:
    """Data files, and those that describe them. Raises InputError when there are no data among them."""
    if len(files) == 1:
        return list(files), []
    data: list[Path] = []
    layouts: list[Path] = []
    with command_folder("propose") as work:
        for number, path in enumerate(files):
            given = open_given(path, work / str(number), member)
            (layouts if is_layout(given) else data).append(path)
    if not data:
        raise InputError(
            "none of the files holds data: all describe variables",
            where=", ".join(path.name for path in files),
            remedy="give the file with the records, too",
        )
    return data, layouts
