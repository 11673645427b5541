"""Parquet: many files as one wave, every type as text, cut and damaged files seen."""

from __future__ import annotations

import datetime
import decimal
import io
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from read_waves import Names, Records, Refused, Wave


def parquet(**columns: object) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def read(wave: Wave, files: Mapping[str, bytes], names: Names) -> Records:
    return wave(files, names, format="parquet")


def test_many_files_are_one_wave_in_order_of_their_names(wave: Wave) -> None:
    files = {"p_02.parquet": parquet(id=["c"]), "p_01.parquet": parquet(id=["a", "b"])}
    assert read(wave, files, ["id"]) == [("a", "p_01.parquet", 1), ("b", "p_01.parquet", 2), ("c", "p_02.parquet", 1)]


def test_files_are_united_by_column_name_whatever_order_and_type_each_has(wave: Wave) -> None:
    files = {
        "1.parquet": parquet(id=["007"], age=pa.array([34], pa.int8())),
        "2.parquet": parquet(extra=[True], age=[7.0], id=[8]),
        "3.parquet": parquet(age=["x"], id=["9"]),
    }
    assert [record[:2] for record in read(wave, files, ["id", "age"])] == [("007", "34"), ("8", "7"), ("9", "x")]


def test_values_of_every_type_come_as_the_text_that_says_them(wave: Wave) -> None:
    values = {
        "whole": [3.0],
        "real": [0.1],
        "single": pa.array([1.5], pa.float32()),
        "huge": [1e300],
        "nan": [float("nan")],
        "infinite": [float("inf")],
        "count": [2**60],
        "money": [decimal.Decimal("3.00")],
        "cents": [decimal.Decimal("3.50")],
        "yes": [True],
        "day": [datetime.date(2019, 3, 1)],
        "label": pa.array([" Ñandú "]).dictionary_encode(),
        "raw": pa.array([b"abc"], pa.binary()),
        "nothing": pa.nulls(1),
        "blank": ["  "],
    }
    (record,) = read(wave, {"a.parquet": parquet(**values)}, list(values))
    assert dict(zip(values, record, strict=False)) == {
        "whole": "3",
        "real": "0.1",
        "single": "1.5",
        "huge": "1e+300",
        "nan": None,
        "infinite": "inf",
        "count": "1152921504606846976",
        "money": "3",
        "cents": "3.50",
        "yes": "true",
        "day": "2019-03-01",
        "label": "Ñandú",
        "raw": "abc",
        "nothing": None,
        "blank": None,
    }


def test_order_is_kept_over_many_row_groups_and_files(wave: Wave) -> None:
    files = {}
    for number in range(3):
        buffer = io.BytesIO()
        pq.write_table(pa.table({"n": range(number * 70_000, (number + 1) * 70_000)}), buffer, row_group_size=9_999)
        files[f"{number}.parquet"] = buffer.getvalue()
    assert [int(record[0]) for record in read(wave, files, ["n"])] == list(range(210_000))


# Ruined files

SOUND = parquet(id=[str(number) for number in range(5000)], surname=["Echeverria"] * 5000)


@pytest.mark.parametrize("size", [4, 100, len(SOUND) // 2, len(SOUND) - 1])
def test_a_cut_file_is_refused_by_name_and_the_sound_ones_are_not_blamed(refused: Refused, size: int) -> None:
    error = refused({"1.parquet": SOUND, "2.parquet": SOUND[:size]}, ["id"], format="parquet")
    assert "cut or damaged" in error.what and error.where.endswith("2.parquet")


def test_a_file_damaged_within_is_refused_by_name(refused: Refused) -> None:
    damaged = SOUND[:40] + b"\xff" * 200 + SOUND[240:]
    error = refused({"1.parquet": SOUND, "2.parquet": damaged}, ["id"], format="parquet")
    assert "damaged" in error.what and error.where.endswith("2.parquet")


def test_a_column_missing_from_one_file_of_many_is_named_with_that_file(refused: Refused) -> None:
    files = {"1.parquet": parquet(id=[1], age=[2]), "2.parquet": parquet(id=[1], ages=[2])}
    error = refused(files, ["id", "age"], format="parquet")
    assert "'age' (the nearest is 'ages')" in error.what and "2.parquet" in error.where


def test_lists_twins_in_case_and_files_without_records_are_refused(refused: Refused) -> None:
    assert "not one value" in refused({"a.parquet": parquet(id=[[1, 2]])}, ["id"], format="parquet").what
    assert "upper and lower case" in refused({"a.parquet": parquet(id=[1], ID=[2])}, ["id"], format="parquet").what
    files = {"a.parquet": parquet(id=["1"]), "b.parquet": parquet(id=pa.array([], pa.string()))}
    error = refused(files, ["id"], format="parquet")
    assert "no record" in error.what and "b.parquet" in error.where
