"""Whether a declaration does what its author states: no mark of the template is left, and its golden waves are met.

A declaration that does not stops its partitions, all of them: maps and expressions are shared by the waves. What was
found is kept, and asked again only when the declaration, its golden waves or the software change.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from ilms.pipeline.fingerprints import fingerprint, rooms_hash
from schemas.errors import DeclarationError
from schemas.loader import load_runnable, source_folder
from schemas.marks import UNFILLED, lines_in_words, unfilled
from schemas.meaning import whole_meaning
from warehouse.files import sha256, write_json
from warehouse.layout import Layout
from warehouse.store.kept import bring_soundness, put_soundness


def require_sound(layout: Layout, source_id: str) -> None:
    """Raise DeclarationError for marks left in source.yaml, or for the first golden wave that is not met."""
    folder = source_folder(source_id)
    if lines := unfilled(folder):
        raise DeclarationError(
            f"the declaration is not filled in: {UNFILLED} is left in {len(lines)} line(s)",
            where=f"{folder / 'source.yaml'}, {lines_in_words(lines)}",
            why="the template's examples would be published as facts about this source",
            remedy="write the facts there and remove the marks; `ilms check` says when none is left",
        )
    mark = _mark(folder, source_id)
    kept = _kept(layout, source_id, mark)
    if kept is None:
        kept = {"mark": mark, "fault": _fault(source_id)}
        write_json(layout.soundness(source_id), kept)
        put_soundness(layout, source_id)
    if kept["fault"]:
        raise DeclarationError(**kept["fault"])


def is_known_sound(layout: Layout, source_id: str) -> bool:
    """Whether that was asked before, and nothing was wrong. Raises DeclarationError where files cannot be read."""
    folder = source_folder(source_id)
    kept = _kept(layout, source_id, _mark(folder, source_id))
    return kept is not None and not kept["fault"] and not unfilled(folder)


def _fault(source_id: str) -> dict[str, str] | None:
    """The first golden wave that is not met, in the parts of an error; None when all are."""
    # Only here, since every stage of every partition is a process of its own in Airflow, and most find it kept.
    from ilms.authoring.golden import golden_waves, require_golden

    source = load_runnable(source_id)
    try:
        for wave in golden_waves(source_id):
            require_golden(source, wave)
    except DeclarationError as error:
        return {"what": error.what, "where": error.where, "why": error.why, "remedy": error.remedy}
    return None


def _kept(layout: Layout, source_id: str, mark: str) -> dict[str, Any] | None:
    """What was found here, or by another machine that shares the store."""
    found = _read(layout, source_id, mark)
    if found is None and bring_soundness(layout, source_id):
        found = _read(layout, source_id, mark)
    return found


def _read(layout: Layout, source_id: str, mark: str) -> dict[str, Any] | None:
    try:
        kept: dict[str, Any] = json.loads(layout.soundness(source_id).read_text(encoding="utf-8"))
        return kept if kept["mark"] == mark and {"fault"} <= kept.keys() else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _mark(folder: Path, source_id: str) -> str:
    """What the answer depends on: the declaration as loaded, its golden waves and the software."""
    golden = "".join(
        f"{path.relative_to(folder).as_posix()} {sha256(path) if path.is_file() else ''}\n"
        for path in sorted((folder / "golden").rglob("*"))
    )
    declared = whole_meaning(load_runnable(source_id))
    return fingerprint(declared, hashlib.sha256(golden.encode()).hexdigest(), rooms_hash(), rooms_hash(("ilms",)))
