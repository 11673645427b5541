"""Fetches the answer to a question as a file of a wave; nothing is downloaded where the service has nothing new."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from schemas.errors import InputError
from warehouse.files import sha256
from warehouse.intake.client import Patience
from warehouse.intake.download import download
from warehouse.intake.drafts import Draft
from warehouse.intake.kept import copy_hashed, kept_file, reuse
from warehouse.intake.services.base import Asking, Question
from warehouse.intake.vintage import Role, Vintage, VintageFile

_BEGINNING = 4096


@dataclass(frozen=True)
class Answers:
    """Where answers come from and go to: a client, the folder of a fetch, and the previous vintage."""

    client: httpx.Client
    staged: Path
    previous: Vintage | None
    patience: Patience

    def bring(self, question: Question, name: str, role: Role, where: str) -> VintageFile:
        """The answer under a name. Raises what `download` raises, and InputError where the answer is no data."""

        def read(address: str, headers: Mapping[str, str]) -> bytes:
            page = Draft(address, self.staged / f".{name}.about")
            page.target.unlink(missing_ok=True)
            download(self.client, page, patience=self.patience, asking=Asking(headers), where=where)
            return page.target.read_bytes()

        updated = question.last_update(read)
        kept = kept_file(self.previous, name, question.address)
        target = self.staged / name
        if kept and updated and kept.updated == updated and copy_hashed(kept.path, target) == kept.sha256:
            return replace(kept, role=role, path=target)
        draft = Draft(question.address, target)
        if updated is None:
            reuse(draft, self.previous)
        said = download(self.client, draft, patience=self.patience, asking=question.asking, where=where)
        _require_data(question, target, where)
        size, digest = target.stat().st_size, sha256(target)
        return VintageFile(name, role, target, size, digest, question.address, said.etag, said.last_modified, updated)


def _require_data(question: Question, target: Path, where: str) -> None:
    with target.open("rb") as stream:
        fault = question.fault(stream.read(_BEGINNING))
    if fault:
        raise InputError(
            fault,
            where=f"{where}, {question.address}",
            why="it holds no data",
            remedy="ask for less at once, since some services prepare large answers later; or ask for another format",
        )
