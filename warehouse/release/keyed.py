"""Which files a protected partition was made from, said so that nobody can confirm a guess of what is in them.

A checksum of a small file tells whoever guesses its content that the guess is right. So what a release gives of the
files of a protected partition depends on a secret of the home: the same files have the same vintage in all of its
releases, and nobody else can work it out. Their sizes, which change with every record, are not given.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Collection
from dataclasses import replace

from schemas.partition import Partition
from schemas.release_profiles import UNPROTECTED
from warehouse.files import replacing
from warehouse.layout import Layout
from warehouse.release.inputs import ReleaseInputs
from warehouse.release.manifest import InputVintage

BYTES = 32


def kept_key(layout: Layout) -> bytes | None:
    """The secret of a home; None before the first protected partition is published."""
    file = layout.vintage_key()
    return bytes.fromhex(file.read_text(encoding="ascii")) if file.is_file() else None


def key_of(layout: Layout) -> bytes:
    """The secret of a home, which is made once. Only for who holds the lock of publishing."""
    kept = kept_key(layout)
    if kept is None:
        kept = secrets.token_bytes(BYTES)
        with replacing(layout.vintage_key()) as draft:
            draft.touch(mode=0o600)
            draft.write_text(kept.hex(), encoding="ascii")
    return kept


def holds_protected(inputs: ReleaseInputs) -> bool:
    """Whether anything of a release is protected."""
    return any(each.protection != UNPROTECTED for each in inputs.partitions)


def keyed(inputs: ReleaseInputs, key: bytes) -> ReleaseInputs:
    """The same inputs, in which nothing about the files of protected partitions can be compared with a guess.

    Numbers that are given again as another release gave them name their files as it did.
    """
    of_secret = {each.partition for each in inputs.partitions if each.protection != UNPROTECTED and not each.is_kept}
    return replace(
        inputs,
        partitions=[
            replace(each, vintage=_keyed(each.vintage, key)) if each.partition in of_secret and each.vintage else each
            for each in inputs.partitions
        ],
        vintages=[_without_fingerprints(each, key, of_secret) for each in inputs.vintages],
        key=key,
    )


def _without_fingerprints(vintage: InputVintage, key: bytes, of_secret: Collection[Partition]) -> InputVintage:
    if Partition(vintage.source, vintage.wave) not in of_secret:
        return vintage
    files = tuple(file.model_copy(update={"sha256": _keyed(file.sha256, key), "bytes": None}) for file in vintage.files)
    return vintage.model_copy(update={"vintage": _keyed(vintage.vintage, key), "files": files})


def _keyed(text: str, key: bytes) -> str:
    """As many digits that depend on a text and the secret."""
    return hmac.new(key, text.encode(), "sha256").hexdigest()[: len(text)]
