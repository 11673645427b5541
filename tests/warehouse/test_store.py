"""What a store promises, whether it is a folder or a bucket: whole writes, one winner of two, content that stays."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from schemas.errors import DeclarationError, StoreError
from warehouse.files import sha256
from warehouse.store.address import checked_address
from warehouse.store.base import ABSENT, OtherVersion, Store


def test_an_object_that_is_there_is_not_made_again(store: Store) -> None:
    store.write("releases", b"first", over=ABSENT)
    with pytest.raises(OtherVersion):
        store.write("releases", b"second", over=ABSENT)
    held = store.read("releases")
    assert held is not None
    assert held.content == b"first"


def test_a_write_over_another_version_than_the_one_that_was_read_does_not_happen(store: Store) -> None:
    first = store.write("releases", b"first", over=ABSENT)
    second = store.write("releases", b"second", over=first)
    with pytest.raises(OtherVersion):
        store.write("releases", b"third", over=first)
    assert store.read("releases") == store.read("releases")
    held = store.read("releases")
    assert held is not None
    assert (held.content, held.version) == (b"second", second)


def test_nothing_is_written_over_an_object_that_is_gone(store: Store) -> None:
    version = store.write("releases", b"first", over=ABSENT)
    store.remove("releases")
    with pytest.raises(OtherVersion):
        store.write("releases", b"second", over=version)
    assert store.read("releases") is None


def test_of_many_that_write_over_the_same_version_at_once_one_wins(store: Store) -> None:
    version, winners = store.write("releases", b"before", over=ABSENT), []

    def write(number: int) -> None:
        try:
            store.write("releases", f"of publisher {number}".encode(), over=version)
            winners.append(number)
        except OtherVersion:
            pass

    threads = [threading.Thread(target=write, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    held = store.read("releases")
    assert held is not None
    assert [held.content] == [f"of publisher {number}".encode() for number in winners]


def test_versions_tell_which_objects_are_new(store: Store) -> None:
    first = store.write("status/public/ABC.lfs/2023", b"ready", over=None)
    store.write("status/public/ABC.lfs/2024", b"running", over=None)
    store.write("other/x", b"of another room", over=None)
    before = store.versions("status/")
    store.write("status/public/ABC.lfs/2024", b"failed", over=None)
    after = store.versions("status/")
    assert before["status/public/ABC.lfs/2023"] == after["status/public/ABC.lfs/2023"] == first
    assert before["status/public/ABC.lfs/2024"] != after["status/public/ABC.lfs/2024"]
    assert len(after) == 2


def test_content_comes_back_as_it_was_put(store: Store, tmp_path: Path) -> None:
    file, back = tmp_path / "persons.csv", tmp_path / "back.csv"
    file.write_bytes(b"weight,age\n1.5,30\n" * 1000)
    store.upload(sha256(file), file)
    store.upload(sha256(file), file)
    store.download(sha256(file), back)
    assert back.read_bytes() == file.read_bytes()


def test_a_file_larger_than_one_part_comes_back_whole(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from warehouse.store import bucket

    # Parts of S3 have at least 5 MiB, but for the last one.
    monkeypatch.setattr(bucket, "PART_BYTES", 5 * 2**20)
    file, back = tmp_path / "census.bin", tmp_path / "back.bin"
    file.write_bytes(bytes(range(256)) * (12 * 2**20 // 256) + b"the end")
    store.upload(sha256(file), file)
    store.download(sha256(file), back)
    assert sha256(back) == sha256(file)


@pytest.mark.parametrize("size", [100, 6 * 2**20], ids=["at once", "in parts"])
def test_a_file_that_changes_while_it_is_put_is_not_kept(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    from warehouse.store import bucket

    monkeypatch.setattr(bucket, "PART_BYTES", 5 * 2**20)
    file = tmp_path / "persons.csv"
    file.write_bytes(b"a" * size)
    digest = sha256(file)
    file.write_bytes(b"a" * (size - 1))
    with pytest.raises(StoreError, match="changed while it was put"):
        store.upload(digest, file)
    assert store.versions("objects/") == {}


def test_content_that_was_cut_off_in_the_store_is_noticed(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "persons.csv"
    file.write_bytes(b"weight,age\n1.5,30\n")
    store.upload(sha256(file), file)
    store.write(store.content_key(sha256(file)), b"weight,age\n1.5", over=None)
    with pytest.raises(StoreError, match="is not as it was put"):
        store.download(sha256(file), tmp_path / "back.csv")


def test_content_that_is_missing_is_said(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is missing"):
        store.download("0" * 64, tmp_path / "back.csv")


@pytest.mark.parametrize("key", ["../outside", "/etc/passwd", "a//b", "a b", ".hidden", "", "a/../b"])
def test_a_key_is_made_of_letters_digits_and_what_separates_them(store: Store, key: str) -> None:
    with pytest.raises(ValueError, match="key"):
        store.write(key, b"", over=None)


def test_the_bucket_refuses_what_arrives_damaged(bucket: str) -> None:
    from warehouse.store.bucket import BucketStore

    name, _, prefix = bucket.removeprefix("s3://").partition("/")
    found = BucketStore(name, prefix)
    with pytest.raises(OSError, match="Errno") as refused:
        found._call("put_object", f"{prefix}/cut", Body=b"weight,age\n1.5", ContentMD5="1B2M2Y8AsgTpgAmY7PhCfg==")
    assert "BadDigest" in str(refused.value.__cause__)


def test_a_bucket_that_does_not_exist_is_said_in_words(s3_server: str) -> None:
    from warehouse.store.bucket import BucketStore

    with pytest.raises(StoreError, match="NoSuchBucket.*create the bucket"):
        BucketStore("no-such-bucket", "").read("releases")


def test_wrong_credentials_are_said_and_not_shown(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from warehouse.store.bucket import BucketStore

    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-the-secret")
    # Of another endpoint, so that no connection made with the right ones is used.
    port = s3_endpoint().rpartition(":")[2]
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}/")
    with pytest.raises(StoreError, match="SignatureDoesNotMatch.*AWS_SECRET_ACCESS_KEY") as refused:
        BucketStore("ilms", "").read("releases")
    assert "not-the-secret" not in refused.value.message


def s3_endpoint() -> str:
    import os

    return os.environ["AWS_ENDPOINT_URL"]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("", ""),
        ("s3://statistics/ilms/", "s3://statistics/ilms"),
        ("s3://statistics", "s3://statistics"),
        ("/srv/ilms/../store", "/srv/store"),
    ],
)
def test_an_address_is_a_bucket_or_a_folder(written: str, kept: str) -> None:
    assert checked_address(written) == kept


@pytest.mark.parametrize(
    "written", ["gs://statistics", "s3://Upper/x", "s3://", "s3://ok-name/a b", "https://u:pw@host/b"]
)
def test_an_address_that_names_no_store_is_refused_without_being_repeated(written: str) -> None:
    with pytest.raises(DeclarationError, match="ILMS_STORE") as refused:
        checked_address(written)
    assert "pw" not in refused.value.message
