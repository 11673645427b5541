"""The kind of a file by its bytes, whatever its name."""

from __future__ import annotations

import bz2
import lzma
import re
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Literal

from schemas.errors import InputError
from transforms.read.files import DataFile

HEAD_BYTES = 4096

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"PAR1", "parquet"),
    (b"$FL2", "spss"),
    (b"$FL3", "spss"),
    (b"<stata_dta>", "stata"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"%PDF", "pdf"),
    (b"Rar!", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x00" * 12 + b"\xc2\xea\x81\x60", "sas"),
    (b"HEADER RECORD*******LIB", "xport"),
    *((start, "r") for start in (b"RDX2\n", b"RDX3\n", b"RDA2\n", b"RDA3\n", b"X\n\0\0\0", b"B\n\2\0", b"B\n\3\0")),
)
_R_NAMES = (".rds", ".rda", ".rdata", ".rdx")
_NAMES = {
    "empty": "empty",
    "zip": "a ZIP archive",
    "gzip": "a gzip archive",
    "parquet": "a Parquet file",
    "spss": "an SPSS file",
    "spss_portable": "an SPSS portable file",
    "stata": "a Stata file",
    "ole": "an old Excel workbook (xls) or a password-protected one",
    "workbook": "an Excel workbook",
    "pdf": "a PDF document",
    "rar": "a RAR archive",
    "7z": "a 7-Zip archive",
    "bzip2": "a bzip2 archive",
    "xz": "an xz archive",
    "zstd": "a Zstandard archive",
    "tar": "a tar archive",
    "sas": "a SAS data set",
    "xport": "a SAS transport file",
    "r": "an R data file",
    "html": "a web page (HTML)",
    "xml": "an XML document",
    "json": "JSON",
    "text": "text",
}
_FORMATS = {
    "delimited": "delimited text",
    "fixed_width": "fixed-width text",
    "stata": "a Stata file",
    "spss": "an SPSS file",
    "parquet": "a Parquet file",
    "excel": "an Excel workbook",
    "json": "JSON",
    "r": "an R data file",
    "sdmx_csv": "SDMX-CSV",
    "sdmx_ml": "an SDMX-ML message",
    "json_stat": "JSON-stat",
    "questionnaire": "a questionnaire (an Excel workbook)",
}
_FITTING = {
    "delimited": {"text"},
    "fixed_width": {"text"},
    "stata": {"stata"},
    "spss": {"spss"},
    "parquet": {"parquet"},
    "excel": {"workbook", "ole"},
    "json": {"json", "text"},
    "r": {"r"},
    "sdmx_csv": {"text"},
    "sdmx_ml": {"xml"},
    "json_stat": {"json"},
    "questionnaire": {"workbook"},
}
_PACKED: Mapping[str, Callable[[Path, Literal["rb"]], IO[bytes]]] = {"bzip2": bz2.open, "xz": lzma.open}
_OLD_STATA_RELEASES = range(102, 116)
_JSON_START = re.compile(rb"\s*(\{|\[\s*[\[{])")


def kind_of(file: Path) -> str:
    """The kind of a file by its first bytes; of an Office document, which is a zip, by its members; of R's files, by
    their unpacked content, since R packs them in three ways.
    """
    with file.open("rb") as stream:
        kind = recognise(stream.read(HEAD_BYTES))
    if kind in _PACKED and recognise(_begin_of_packed(file, kind)) == "r":
        return "r"
    return "workbook" if kind == "zip" and _is_office_document(file) else kind


def _begin_of_packed(path: Path, kind: str) -> bytes:
    """The first bytes of a file's unpacked content; empty when it cannot be unpacked."""
    try:
        with _PACKED[kind](path, "rb") as stream:
            return bytes(stream.read(HEAD_BYTES))
    except (OSError, EOFError, lzma.LZMAError):
        return b""


def _is_office_document(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, OSError):
        return False
    return "[Content_Types].xml" in names or names[:1] == ["mimetype"]


def recognise(start: bytes) -> str:
    """The kind of a file by its first bytes: a key of the names above, `text` when nothing else is recognised."""
    if not start:
        return "empty"
    for signature, kind in _SIGNATURES:
        if start.startswith(signature):
            return kind
    if len(start) > 3 and start[0] in _OLD_STATA_RELEASES and start[1] in (1, 2) and start[2] == 1:
        return "stata"
    if start[257:262] == b"ustar":
        return "tar"
    if b"SPSS PORT FILE" in start[:512]:
        return "spss_portable"
    return _markup(start.removeprefix(b"\xef\xbb\xbf"))


def _markup(start: bytes) -> str:
    text = start.lstrip()[:1024].lower()
    if text.startswith(b"<") and re.search(rb"<!doctype html|<html|<head|<body", text):
        return "html"
    if text.startswith(b"<?xml"):
        return "xml"
    return "json" if _JSON_START.match(start) else "text"


def in_words(kind: str) -> str:
    """The usual name of a kind."""
    return _NAMES[kind]


def require(file: DataFile, declared: str, kind: str) -> None:
    """Stop when the file is not of the declared format. Raises InputError naming the kind found instead."""
    if kind == "empty":
        raise file.fault(
            "the file is empty: it has no bytes",
            why="a wave without records would be published as a country without migrants",
            remedy="fetch it again; if the producer's own file is empty, ask the producer",
        )
    if kind in _FITTING[declared]:
        return
    if file.name.lower().endswith(_R_NAMES):
        kind = "r"
    raise file.fault(
        f"the file is {_NAMES[kind]}, but {_FORMATS[declared]} is declared",
        why="reading it as something else would give wrong records or none",
        remedy=_remedy(kind),
    )


def not_read(file: DataFile, kind: str) -> InputError:
    """The error for a file of a kind that no format reads."""
    if kind == "empty":
        return file.fault("the file is empty: it has no bytes", remedy="fetch it again, or ask the producer")
    return file.fault(f"the file is {_NAMES[kind]}, which is not read", remedy=_remedy(kind))


def _remedy(kind: str) -> str:
    if kind == "html":
        return "open the address in a browser: it may ask for a login, have moved, or show an error page; correct it"
    if kind in ("rar", "7z", "bzip2", "xz", "zstd", "tar"):
        return "only zip and gzip are unwrapped: ask for the file in one of them, or unpack it into the mirror"
    if kind == "r":
        return (
            "write `format: r` under `read` in source.yaml, for a survey; a register's table is saved in R as text,"
            " with write.csv(table, 'file.csv', row.names = FALSE, na = '')"
        )
    if kind in ("sas", "xport", "spss_portable", "pdf", "xml"):
        return "this kind is not read: ask the producer for text, Stata, SPSS, Parquet, Excel or JSON" + (
            " (an SDMX-ML message is read as sdmx_ml)" if kind == "xml" else ""
        )
    return "correct `read.format` in source.yaml, or fetch the right file"
