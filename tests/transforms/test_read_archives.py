"""Zip and gzip around a file: known by their bytes, unpacked within bounds, refused when something is wrong."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from read_waves import Records, Refused, Wave
from workbooks import workbook

CSV = b"id,surname\n1,Echeverria\n"
NAMES = ["id", "surname"]
RECORD = ("1", "Echeverria")


def zip_of(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def read(wave: Wave, name: str, content: bytes, **declared: object) -> Records:
    return wave({name: content}, NAMES, **{"format": "delimited", **declared})


@pytest.mark.parametrize(
    "content",
    [
        zip_of({"lfs.csv": CSV}),
        gzip.compress(CSV),
        gzip.compress(CSV[:15]) + gzip.compress(CSV[15:]),
        gzip.compress(zip_of({"lfs.csv": CSV})),
        zip_of({"lfs.csv.gz": gzip.compress(CSV)}),
        zip_of({"deep/inner.zip": zip_of({"a/b/lfs.csv": CSV})}),
    ],
    ids=["zip", "gzip", "gzip in two pieces", "zip in gzip", "gzip in zip", "zip in zip"],
)
def test_archives_are_known_by_their_bytes_and_the_record_by_the_file_received(wave: Wave, content: bytes) -> None:
    assert read(wave, "lfs.csv", content) == [(*RECORD, "lfs.csv", 1)]


def test_the_member_is_picked_by_its_pattern_in_any_folder_and_case(wave: Wave) -> None:
    content = zip_of({"2024/": b"", "2024/PERSONS.CSV": CSV, "2024/households.csv": b"x\n1\n", "readme.pdf": b"%PDF"})
    assert read(wave, "lfs.zip", content, member="persons*.csv")[0][:2] == RECORD
    assert read(wave, "lfs.zip", content, member="2024/p*")[0][:2] == RECORD


def test_an_inner_archive_is_opened_where_the_pattern_fits_only_inside(wave: Wave) -> None:
    content = zip_of({"readme.txt": b"hello", "data.zip": zip_of({"lfs.csv": CSV, "other.txt": b""})})
    assert read(wave, "lfs.zip", content, member="*.csv")[0][:2] == RECORD


def test_what_file_managers_leave_in_an_archive_is_no_member(wave: Wave) -> None:
    content = zip_of({"lfs.csv": CSV, "__MACOSX/._lfs.csv": b"\0", ".DS_Store": b"\0"})
    assert read(wave, "lfs.zip", content)[0][:2] == RECORD


def test_a_member_that_tries_to_climb_out_of_its_folder_is_read_and_written_nowhere_else(
    wave: Wave, tmp_path: Path
) -> None:
    before = {path for path in tmp_path.parent.rglob("*") if "escaped" in path.name}
    assert read(wave, "lfs.zip", zip_of({"../../escaped.csv": CSV}))[0][:2] == RECORD
    assert {path for path in tmp_path.parent.rglob("*") if "escaped" in path.name} == before


def test_a_workbook_is_no_archive_but_may_lie_in_one(wave: Wave) -> None:
    content = workbook({"Data": [["id", "surname"], [1, "Echeverria"]]})
    assert read(wave, "lfs.xlsx", content, format="excel")[0][:2] == RECORD
    assert read(wave, "lfs.zip", zip_of({"lfs.xlsx": content}), format="excel")[0][:2] == RECORD


def test_a_layout_may_lie_in_an_archive_of_its_own(wave: Wave, tmp_path: Path) -> None:
    from schemas.read import Read
    from transforms.read import RawInput, read_wave

    (tmp_path / "lfs.txt.gz").write_bytes(gzip.compress(b"1Echeverria\n"))
    (tmp_path / "docs.zip").write_bytes(zip_of({"input.sas": b"input id 1. surname $10.;", "manual.pdf": b"%PDF"}))
    declared = Read(format="fixed_width", layout={"format": "sas", "file": "input*.sas"})
    files = [RawInput(tmp_path / "docs.zip", "codebook"), RawInput(tmp_path / "lfs.txt.gz", "data")]
    columns = {"id": "id", "surname": "surname"}
    raw = read_wave(declared, files, columns, tmp_path / "o.parquet", where="X", workdir=tmp_path / "work")
    assert raw.records == 1


# Ruined archives


@pytest.mark.parametrize("whole", [zip_of({"lfs.csv": CSV * 900}), gzip.compress(CSV * 900)], ids=["zip", "gzip"])
@pytest.mark.parametrize("cut", [3, 20, 30])
def test_a_cut_archive_is_refused(refused: Refused, whole: bytes, cut: int) -> None:
    assert "cut off" in refused({"lfs.zip": whole[:-cut]}, NAMES, format="delimited").what


@pytest.mark.parametrize("whole", [zip_of({"lfs.csv": CSV * 900}), gzip.compress(CSV * 900)], ids=["zip", "gzip"])
def test_an_archive_damaged_within_is_refused(refused: Refused, whole: bytes) -> None:
    middle = 60
    damaged = whole[:middle] + bytes([whole[middle] ^ 0xFF]) + whole[middle + 1 :]
    assert "damaged" in refused({"lfs.zip": damaged}, NAMES, format="delimited").what


@pytest.mark.parametrize("wrap", [gzip.compress, lambda content: zip_of({"lfs.csv": content})], ids=["gzip", "zip"])
def test_a_zip_bomb_is_refused_and_named_as_one(refused: Refused, wrap: Callable[[bytes], bytes]) -> None:
    error = refused({"lfs.zip": wrap(b"1,Echeverria\n" * 2_000_000)}, NAMES, format="delimited")
    assert "unpacks to more than" in error.what and "zip bomb" in error.why and "maximum_expansion" in error.remedy


def test_a_bomb_in_two_layers_is_measured_against_what_was_received(refused: Refused) -> None:
    error = refused({"lfs.zip": gzip.compress(gzip.compress(b"0" * 30_000_000))}, NAMES, format="delimited")
    assert "unpacks to more than" in error.what


def test_a_zip_that_lies_about_its_size_is_stopped_while_it_swells(refused: Refused) -> None:
    content = bytearray(zip_of({"lfs.csv": b"1,Echeverria\n" * 2_000_000}))
    central = content.index(b"PK\x01\x02")
    content[central + 24 : central + 28] = (1000).to_bytes(4, "little")
    error = refused({"lfs.zip": bytes(content)}, NAMES, format="delimited")
    assert "unpacks to more than" in error.what or "damaged" in error.what


def test_a_declared_expansion_lets_a_genuine_file_through(wave: Wave) -> None:
    content = gzip.compress(b"id,surname\n" + b"1,Echeverria\n" * 200_000)
    assert len(read(wave, "lfs.gz", content, maximum_expansion=2000)) == 200_000


@pytest.mark.parametrize(
    ("members", "member", "said"),
    [
        ({}, None, "nothing: none of them fits the one data file"),
        ({"a.csv": CSV, "b.csv": CSV}, None, "'a.csv', 'b.csv': 2 of them fit the one data file"),
        ({"a.csv": CSV, "b.csv": CSV}, "*.csv", "2 of them fit the pattern '*.csv'"),
        ({"a.txt": CSV}, "*.csv", "'a.txt': none of them fits the pattern '*.csv'"),
    ],
)
def test_exactly_one_member_must_fit(
    refused: Refused, members: dict[str, bytes], member: str | None, said: str
) -> None:
    assert said in refused({"lfs.zip": zip_of(members)}, NAMES, format="delimited", member=member).what


def test_a_protected_zip_is_refused(refused: Refused) -> None:
    content = bytearray(zip_of({"lfs.csv": CSV}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert "protected by a password" in refused({"lfs.zip": bytes(content)}, NAMES, format="delimited").what


def test_a_packing_that_cannot_be_read_is_refused(refused: Refused) -> None:
    content = bytearray(zip_of({"lfs.csv": CSV}))
    content[8:10] = content[(at := content.index(b"PK\x01\x02")) + 10 : at + 12] = (9).to_bytes(2, "little")
    assert "packed in a way" in refused({"lfs.zip": bytes(content)}, NAMES, format="delimited").what


def test_three_layers_are_too_many(refused: Refused) -> None:
    content = gzip.compress(gzip.compress(gzip.compress(CSV)))
    assert "an archive that holds an archive" in refused({"lfs.gz": content}, NAMES, format="delimited").what


def test_an_empty_member_and_a_web_page_inside_are_reported_with_the_member(refused: Refused) -> None:
    error = refused({"lfs.zip": zip_of({"lfs.csv": b""})}, NAMES, format="delimited")
    assert "empty" in error.what and error.where.endswith("lfs.zip, member 'lfs.csv'")
    error = refused({"lfs.zip": zip_of({"lfs.csv": b"<html>Echeverria</html>"})}, NAMES, format="delimited")
    assert "a web page" in error.what


@pytest.mark.parametrize("name", ["lfs.rds", "lfs.RData", "lfs.csv"])
@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress], ids=["gzip", "bzip2", "xz"])
@pytest.mark.parametrize("start", [b"RDX3\nX\n", b"X\n\0\0\0\3"], ids=["RData", "rds"])
def test_a_file_of_r_is_called_so_however_it_is_packed(
    refused: Refused, name: str, pack: Callable[[bytes], bytes], start: bytes
) -> None:
    error = refused({name: pack(start + bytes(100))}, ["id"], format="delimited")

    assert "the file is an R data file" in error.what
    assert "write.csv" in error.remedy
    assert "unpack" not in error.remedy


def test_an_archive_that_is_not_unwrapped_says_which_are(refused: Refused) -> None:
    error = refused({"lfs.csv.bz2": bz2.compress(b"id\n1\n")}, ["id"], format="delimited")

    assert "the file is a bzip2 archive" in error.what
    assert "only zip and gzip are unwrapped" in error.remedy
