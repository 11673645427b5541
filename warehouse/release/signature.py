"""Signatures of releases: Ed25519 over the manifest, which holds the checksum of every other file.

Keys are PEM files as `openssl genpkey -algorithm ed25519` writes them. The operator holds the private one, and whoever
has the public one can check a release, with `ilms` or with `openssl pkeyutl -verify -rawin`. A signature is 64 bytes
in a file beside the releases: their folders never change.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from schemas.errors import PublishError
from warehouse.files import replacing
from warehouse.layout import Layout
from warehouse.release.manifest import MANIFEST, verify_release

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

MAKE_A_KEY = (
    "make keys with `openssl genpkey -algorithm ed25519 -aes256 -out private.pem` and "
    "`openssl pkey -in private.pem -pubout -out public.pem`"
)


def is_encrypted(key: Path) -> bool:
    """Whether a private key can be read with its passphrase only."""
    return b"ENCRYPTED" in _content(key)


def sign_release(layout: Layout, folder: Path, key: Path, passphrase: str | None = None) -> Path:
    """Sign a release whose files are all as published; the file of the signature.

    Raises PublishError when a file is not, or the key cannot be read or is of another kind.
    """
    verify_release(folder)
    signature = _private(key, passphrase).sign((folder / MANIFEST).read_bytes())
    with replacing(layout.signature(folder.name), for_everybody=True) as draft:
        draft.write_bytes(signature)
    return layout.signature(folder.name)


def verify_signature(layout: Layout, folder: Path, key: Path) -> None:
    """Check that a release is as it was signed with the private key that belongs to this public one.

    Raises PublishError when it is not, or there is no signature.
    """
    from cryptography.exceptions import InvalidSignature

    verify_release(folder)
    file = layout.signature(folder.name)
    if not file.is_file():
        raise PublishError(
            f"release {folder.name} is not signed", where=str(file), remedy="sign it with `ilms release sign`"
        )
    try:
        _public(key).verify(file.read_bytes(), (folder / MANIFEST).read_bytes())
    except InvalidSignature:
        raise PublishError(
            f"the signature of release {folder.name} is not that of this key",
            where=str(file),
            why="somebody else signed it, or its manifest was changed after it was signed",
            remedy="compare the key and the release with copies",
        ) from None


def _private(key: Path, passphrase: str | None) -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    content = _content(key)
    try:
        found = load_pem_private_key(content, passphrase.encode() if passphrase else None)
    except (ValueError, TypeError) as error:
        raise _wrong_key(key, f"it cannot be read: {error}") from None
    if not isinstance(found, Ed25519PrivateKey):
        raise _wrong_key(key, "it is of another kind")
    return found


def _public(key: Path) -> Ed25519PublicKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    content = _content(key)
    try:
        found = load_pem_public_key(content)
    except ValueError as error:
        raise _wrong_key(key, f"it cannot be read: {error}") from None
    if not isinstance(found, Ed25519PublicKey):
        raise _wrong_key(key, "it is of another kind")
    return found


def _content(key: Path) -> bytes:
    try:
        return key.read_bytes()
    except OSError as error:
        raise _wrong_key(key, str(error.strerror)) from None


def _wrong_key(key: Path, what: str) -> PublishError:
    return PublishError(f"the key is no Ed25519 key in PEM: {what}", where=str(key), remedy=MAKE_A_KEY)
