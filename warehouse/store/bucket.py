"""A store in a bucket that speaks S3, through s3fs: conditional writes (If-Match, If-None-Match) as Amazon S3, Ceph,
MinIO and others know them.

s3fs has no conditional write of its own that names a version, so that its calls are made one by one. Every body goes
with its MD5: a server refuses what arrives damaged or cut off.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

from schemas.errors import StoreError
from warehouse.files import sha256
from warehouse.store.base import ABSENT, Held, OtherVersion, Store, checked, damaged

if TYPE_CHECKING:
    from s3fs import S3FileSystem

PART_BYTES = 16 * 2**20
"""A larger file is sent in parts of this size."""
ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
OTHER_VERSION = ("PreconditionFailed", "ConditionalRequestConflict")
ABSENT_CODES = ("NoSuchKey", "404")
REMEDIES = {
    "NoSuchBucket": "create the bucket, or correct ILMS_STORE",
    "AccessDenied": "let this user read, write and list the bucket",
    "InvalidAccessKeyId": "correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "SignatureDoesNotMatch": "correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
}
UNREACHABLE = "see whether AWS_ENDPOINT_URL, or the network, is right, then run again"


class BucketStore(Store):
    """Objects of a bucket under a prefix; their versions are their ETags."""

    def __init__(self, bucket: str, prefix: str) -> None:
        self.bucket = bucket
        self.prefix = f"{prefix}/" if prefix else ""
        self.address = f"s3://{bucket}/{prefix}".rstrip("/")
        self._opened: tuple[int, S3FileSystem] | None = None

    @property
    def _files(self) -> S3FileSystem:
        """The connection of this process: that of another one from which it was forked cannot be used."""
        if self._opened is None or self._opened[0] != os.getpid():
            self._opened = os.getpid(), self._open()
        return self._opened[1]

    def _open(self) -> S3FileSystem:
        from s3fs import S3FileSystem

        endpoint = next((found for name in ENDPOINTS if (found := os.environ.get(name))), None)
        return S3FileSystem(
            endpoint_url=endpoint,
            use_listings_cache=False,
            config_kwargs={
                "connect_timeout": 10,
                "read_timeout": 60,
                "max_pool_connections": 32,
                # Servers other than Amazon's may know no other checksum than the MD5 that is sent here.
                "request_checksum_calculation": "when_required",
                "response_checksum_validation": "when_required",
                "s3": {"addressing_style": "path" if endpoint else "auto"},
            },
        )

    def read(self, key: str) -> Held | None:
        """An object; None when there is none."""

        def get() -> Held | None:
            try:
                answer = self._call("get_object", self._key(key))
            except FileNotFoundError as error:
                if _code(error) not in ABSENT_CODES:
                    raise
                return None
            return Held(_body(self._files, answer), _version(answer))

        with self._in_words(key):
            return get()

    def write(self, key: str, content: bytes, *, over: str | None) -> str:
        """Write an object, if it has the version named."""
        with self._in_words(key):
            try:
                answer = self._call("put_object", self._key(key), Body=content, **_md5(content), **_condition(over))
            except OSError as error:
                if not _is_other_version(error):
                    raise
                # An answer may have been lost, and the same write then tried again.
                held = self.read(key)
                if held is None or held.content != content:
                    raise OtherVersion(key) from error
                return held.version
            return _version(answer)

    def versions(self, prefix: str) -> dict[str, str]:
        """The version of every object under a prefix."""
        found: dict[str, str] = {}
        more: dict[str, str] = {}
        with self._in_words(prefix):
            while True:
                answer = self._files.call_s3(
                    "list_objects_v2", Bucket=self.bucket, Prefix=f"{self.prefix}{prefix}", **more
                )
                for each in answer.get("Contents", ()):
                    found[each["Key"].removeprefix(self.prefix)] = _version(each)
                if not answer.get("IsTruncated"):
                    return found
                more = {"ContinuationToken": answer["NextContinuationToken"]}

    def remove(self, key: str) -> None:
        """Remove an object."""
        with self._in_words(key):
            self._call("delete_object", self._key(key))

    def upload(self, digest: str, file: Path) -> None:
        """Send a file; one that changed meanwhile, or did not arrive whole, is no object."""
        key = self._key(self.content_key(digest))
        size = file.stat().st_size
        with self._in_words(key), file.open("rb") as stream:
            if size <= PART_BYTES:
                content = stream.read()
                _require(hashlib.sha256(content).hexdigest() == digest, file)
                try:
                    self._call("put_object", key, Body=content, **_md5(content), **_condition(ABSENT))
                except OSError as error:
                    if not _is_other_version(error):
                        raise
            elif not self._has(key, size):
                self._in_parts(key, stream, digest, file)

    def download(self, digest: str, target: Path) -> None:
        """Receive content."""
        key = self._key(self.content_key(digest))
        with self._in_words(key):
            try:
                self._files.get_file(f"{self.bucket}/{key}", str(target))
            except FileNotFoundError as error:
                if not target.parent.is_dir():
                    raise
                raise damaged(self.address, digest, "is missing") from error
        if sha256(target) != digest:
            raise damaged(self.address, digest, "is not as it was put")

    def _in_parts(self, key: str, stream: IO[bytes], digest: str, file: Path) -> None:
        """Send a large file in parts, which become an object once all of them have arrived and are those of the
        digest."""
        upload = self._call("create_multipart_upload", key)["UploadId"]
        seen = hashlib.sha256()
        parts: list[dict[str, object]] = []
        try:
            while content := stream.read(PART_BYTES):
                seen.update(content)
                number = len(parts) + 1
                answer = self._call(
                    "upload_part", key, UploadId=upload, PartNumber=number, Body=content, **_md5(content)
                )
                parts.append({"PartNumber": number, "ETag": answer["ETag"]})
            _require(seen.hexdigest() == digest, file)
            self._call("complete_multipart_upload", key, UploadId=upload, MultipartUpload={"Parts": parts})
        except BaseException:
            self._call("abort_multipart_upload", key, UploadId=upload)
            raise

    def _has(self, key: str, size: int) -> bool:
        try:
            return bool(self._call("head_object", key)["ContentLength"] == size)
        except FileNotFoundError:
            return False

    def _call(self, name: str, key: str, **arguments: Any) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = self._files.call_s3(name, Bucket=self.bucket, Key=key, **arguments)
        return answer

    def _key(self, key: str) -> str:
        return f"{self.prefix}{checked(key)}"

    @contextmanager
    def _in_words(self, key: str) -> Iterator[None]:
        """Say what a server or the network refuses; what an error quotes of the request is not repeated."""
        from botocore.exceptions import BotoCoreError

        try:
            yield
        except (OSError, BotoCoreError, TimeoutError) as error:
            code = _code(error) or type(error).__name__
            raise StoreError(
                f"the store does not do as it is asked ({code})",
                where=f"{self.address}, {key}{_host()}",
                why="what is kept there cannot be read or added to",
                remedy=REMEDIES.get(code, UNREACHABLE),
            ) from None


def _body(files: S3FileSystem, answer: Mapping[str, Any]) -> bytes:
    """All of the content of an answer, which fsspec's own loop receives."""
    from fsspec.asyn import sync

    async def receive() -> bytes:
        body = answer["Body"]
        try:
            return bytes(await body.read())
        finally:
            body.close()

    return bytes(sync(files.loop, receive))


def _version(answer: Mapping[str, Any]) -> str:
    # Without quotation marks: Ceph compares with what is between them, and the others take both.
    return str(answer["ETag"]).strip('"')


def _condition(over: str | None) -> dict[str, str]:
    if over is None:
        return {}
    return {"IfNoneMatch": "*"} if over == ABSENT else {"IfMatch": over}


def _md5(content: bytes) -> dict[str, str]:
    return {"ContentMD5": base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()}


def _code(error: BaseException) -> str:
    """The code of a server's answer; empty where there was none."""
    answer = getattr(error, "response", None) or getattr(error.__cause__, "response", None) or {}
    return str(answer.get("Error", {}).get("Code", ""))


def _is_other_version(error: BaseException) -> bool:
    return _code(error) in OTHER_VERSION


def _require(is_same: bool, file: Path) -> None:
    if not is_same:
        raise StoreError(
            "a file was changed while it was put into the store",
            where=str(file),
            why="the store would hold something else than what was made",
            remedy="run the partition again",
        )


def _host() -> str:
    endpoint = next((found for name in ENDPOINTS if (found := os.environ.get(name))), "")
    host = urlsplit(endpoint).hostname
    return f" at {host}" if host else ""
