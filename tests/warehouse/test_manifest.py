"""The manifest: what a release was made from, and whether its files are still as published."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from release_example import example

from schemas.errors import PublishError
from warehouse.layout import Layout
from warehouse.release.build import publish
from warehouse.release.manifest import verify_release


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("manifest")
    return publish(Layout(folder / "home"), example(folder / "inputs")).folder


@pytest.fixture
def release(published: Path, tmp_path: Path) -> Path:
    """A copy of a release, to do with as one likes."""
    return Path(shutil.copytree(published, tmp_path / published.name))


def files_of(release: Path) -> list[str]:
    return sorted(file.relative_to(release).as_posix() for file in release.rglob("*") if file.is_file())


def test_the_manifest_says_what_the_release_is_made_from(release: Path) -> None:
    manifest = json.loads((release / "manifest.json").read_bytes())
    assert manifest["release_id"] == release.name
    assert manifest["release_id"].endswith(manifest["fingerprint"][:8])
    assert manifest["created_at"].replace("-", "").replace(":", "").startswith(release.name[:15])
    assert manifest["software_version"] == "0.1.0"
    assert manifest["declarations_hash"] == "d" * 64
    assert manifest["counts"] == {
        "observations": 13,
        "dataflows": 4,
        "partitions": {"failed": 1, "published": 3},
        "availability": {"not_produced": 10, "published": 6},
    }
    assert manifest["warnings"] == []
    vintage = manifest["inputs"][0]
    assert (vintage["source"], vintage["wave"], vintage["vintage"]) == ("URY.ech", "2018", "0123456789ab")
    assert vintage["files"][0]["address"] == "https://a.b/ech"


def test_the_manifest_has_size_and_checksum_of_every_other_file(release: Path) -> None:
    manifest = json.loads((release / "manifest.json").read_bytes())
    assert sorted(manifest["files"]) == [name for name in files_of(release) if not name.startswith("manifest.json")]
    for name, entry in manifest["files"].items():
        content = (release / name).read_bytes()
        assert entry == {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def test_an_untouched_release_verifies(release: Path) -> None:
    assert verify_release(release).release_id == release.name


@pytest.mark.parametrize("name", ["warehouse.duckdb", "observation.parquet", "manifest.json"])
def test_one_flipped_bit_is_found_and_its_file_is_named(release: Path, name: str) -> None:
    file = release / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.chmod(0o644)
    file.write_bytes(content)
    with pytest.raises(PublishError, match=name):
        verify_release(release)


def test_missing_and_foreign_files_are_named(release: Path) -> None:
    (release / "observation.parquet").unlink()
    (release / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(PublishError, match=r"observation\.parquet is missing; notes\.txt is not part of the release"):
        verify_release(release)


def test_a_folder_without_a_manifest_is_no_release(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match=r"manifest\.json"):
        verify_release(tmp_path)
