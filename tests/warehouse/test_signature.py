"""A release is signed with the operator's key, and whoever has the public one can check it, also with OpenSSL."""

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from quick_release import leave_out_structures
from release_example import example

from schemas.errors import PublishError
from warehouse.layout import Layout
from warehouse.release.build import publish
from warehouse.release.signature import is_encrypted, sign_release, verify_signature

PASSPHRASE = "a long one"


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """A home with one release."""
    home = tmp_path_factory.mktemp("signed") / "home"
    with pytest.MonkeyPatch.context() as patch:
        leave_out_structures(patch)
        publish(Layout(home), example(home / "inputs"))
    return Layout(home)


def keys(folder: Path, name: str = "mine", passphrase: str = "") -> tuple[Path, Path]:
    """A private and a public key in files."""
    private, public = folder / f"{name}.pem", folder / f"{name}.pub.pem"
    key = ed25519.Ed25519PrivateKey.generate()
    secret = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, secret))
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return private, public


def test_a_signed_release_is_known_by_the_public_key_and_by_no_other(layout: Layout, tmp_path: Path) -> None:
    folder = layout.current().resolve()
    private, public = keys(tmp_path)
    _, of_another = keys(tmp_path, "another")
    sign_release(layout, folder, private)
    verify_signature(layout, folder, public)
    with pytest.raises(PublishError, match="not that of this key"):
        verify_signature(layout, folder, of_another)


def test_openssl_says_the_same(layout: Layout, tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = layout.current().resolve()
    private, public = keys(tmp_path)
    signature = sign_release(layout, folder, private)
    verify = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(public), "-rawin"]
    files = ["-in", str(folder / "manifest.json"), "-sigfile", str(signature)]
    told = subprocess.run([*verify, *files], capture_output=True, text=True, check=True)
    assert "Signature Verified Successfully" in told.stdout


def test_a_key_with_a_passphrase_signs_with_it_alone(layout: Layout, tmp_path: Path) -> None:
    folder = layout.current().resolve()
    private, public = keys(tmp_path, passphrase=PASSPHRASE)
    assert is_encrypted(private)
    with pytest.raises(PublishError, match="cannot be read"):
        sign_release(layout, folder, private, "another")
    sign_release(layout, folder, private, PASSPHRASE)
    verify_signature(layout, folder, public)


def test_a_release_changed_after_it_was_signed_is_not_what_was_signed(layout: Layout, tmp_path: Path) -> None:
    other = Layout(tmp_path / "home")
    shutil.copytree(layout.home, other.home, symlinks=True)
    private, public = keys(tmp_path)
    folder = other.current().resolve()
    sign_release(other, folder, private)
    manifest, checksum = folder / "manifest.json", folder / "manifest.json.sha256"
    for file in (manifest, checksum):
        file.chmod(0o644)
    manifest.write_text(manifest.read_text(encoding="utf-8").replace('"agency": "ILMS"', '"agency": "EVE"'))
    checksum.write_text(subprocess.check_output(["sha256sum", "manifest.json"], cwd=folder, text=True))
    with pytest.raises(PublishError, match="not that of this key"):
        verify_signature(other, folder, public)


def test_keys_of_another_kind_and_releases_without_signature_are_told(layout: Layout, tmp_path: Path) -> None:
    other = Layout(tmp_path / "home")
    shutil.copytree(layout.home, other.home, symlinks=True)
    shutil.rmtree(other.home / "signatures", ignore_errors=True)
    _, public = keys(tmp_path)
    with pytest.raises(PublishError, match="is not signed"):
        verify_signature(other, other.current().resolve(), public)
    curve = tmp_path / "curve.pem"
    key = ec.generate_private_key(ec.SECP256R1())
    curve.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    for wrong in (curve, tmp_path / "none.pem"):
        with pytest.raises(PublishError, match="no Ed25519 key"):
            sign_release(other, other.current().resolve(), wrong)
