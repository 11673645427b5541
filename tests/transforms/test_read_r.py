"""R's own files: the data frame in them, and the files that are refused."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Callable

import pytest

from schemas.errors import InputError

Wave = Callable[..., list[tuple[object, ...]]]

PERSONS = (
    "H4sIAAAAAAAAA5VSzU7DMAz2sraok5iQ9gJodybBiRs9IG4ckABtp8pdMwYK7ZR0HZzYs/AKvMAkHmEvsheA4fwNNmkHIiV2PvuzHcf9FgA0IWAM"
    "miGpEN7dXp2cE9ahS0T7yDpATJJNTjfaGZ3xmhaZD40PQENbrAystN6R4DUXykVjDg2vp09cAsyNyz3Kz49ihxgOBSrP20Qb4bAqiQjftH3u7hzM"
    "OqDd1lgyODZA0l8Y+bYy5ncyWfvyZvEXT5aDxIbQJbD1TtbgEituc1r+xcp6OxIkXadsPyEuMK1RTLlyhTX2OEYCM9Mk9p/wYYHP3HfI/1Mw5pL7"
    "sJjJEvNNNeUxFmrGXfu2nho4p84Ya16kph7B81RN6A+sqb1tcmirHlZSpfr0WfNymgn+myT0SSI/QY+e3VT8xav44OtuzDyW46t/V1bK3RGJZTnr"
    "+SboYWB6EGguv/Z8ZCvHCnsjSRRd3g/KAVt7AgMAAA=="
)
TWO_TABLES = (
    "/Td6WFoAAAFpIt42AgAhARwAAAAQz1jM4AOfAW5dACkRB1RoEeRuUsqgM8UkXrtrnNeLUzcP1dKbshUqBwT4yAjz5XATtUXAHvfLDBIMGWvCac57"
    "vxscAoDy14jw0mrnn9FKOGyFAgQyKkbiPja0Wo73L2ooKW4WzjUsGkOLvSmnk1fONbOTUUYvNYM3UxfG/zMqGjqzBloXwn02zbTRNwaiNcl8bgDA"
    "BTrlwJjan6cKWAiUdMp5SsuEDKLGcLAdweSZx7UgFca8pgKz/4km5ovTDbZFU/fjTC53WlZQkvxsFmAbjrhgW1Gqb/wLTwwDuqICID3NXW11KLTW"
    "K76DaxBFT7jSfkF4soA6+KeOW+2ldp7bpm3X7Vfytv4+w2asyh+gam2iDR056cR6yoCT0pQCiqYcZw6dN3nW3XaA/IxmlehQJvRiJQm7+t9rpiXW"
    "T4yaI74dhN5WZNoTrDswFZfA98L0QIxoyD25LYjn8sv/dMSZYWKqj9bWqZKxk2EqKcGf78ApXRFB5M7bAAAAAKUWjDQAAYYDoAcAAEhWOAQ+MA2L"
    "AgAAAAABWVo="
)
FUNCTION = (
    "H4sIAAAAAAAAA4vgYmBgYGZgYWJiYGYFMhlYQ0PcdC2AYsJADiMQC4BpFgZOIM1UYMgAVIskwpqXmJtajK4sMwVdWXJOYjG6Mq6UxJJEvbQioAlo"
    "yjmL8sv1YCbzgkxsABL/gQBNIVtRanJ+Ckg7M5D3F02WsQJI/Abif0AX/AfRAJsCjx/vAAAA"
)
FORMULA = (
    "H4sIAAAAAAAAA4vgYmBgYGZgYWJiYGYFMhlYQ0PcdC2AYsJADiMQC4BpFgZOIM1UYMgAVIskwpqXmJtajK4sMwVdWXJOYjG6Mq6UxJJEvbQioAlo"
    "yjmL8sv1YCbzgkxsABL/gQBNIXtaflFuaU4i0L1sECmm/2i2IJSg6OTRc80ryyzKz8tNzSsB8v8C8T8kecY6kLXIApXoAhVQLf8APxOSUkUBAAA="
)
A_LIST_AS_COLUMN = (
    "H4sIAAAAAAAAA4vgYmBgYGZgYWJiYGYFMhlYQ0PcdC2AYsJADhMQv4PSjAwsDJxAmi85P7cgMbkkPjOvpDi1EE2WJSmxOBUqxgsWh9D/QDpBVjkw"
    "QID9B1QaqgZmK0gtI5Ic1BWM/yE0039i7EC3C6KGBdm9rHmJuanFQIYA2ECIIFNmCsw7uYl5lWhaOIvyy/Vg2kD2MjUAif///2OYnZyTWAwzGybI"
    "lZJYkqiXVgTUD3IOABnWV92AAQAA"
)
NO_TABLE = "H4sIAAAAAAAAA4vgYmBgYGZgYWJiYGYFMhlYQ0PcdC2ADGEgZgRiPhBt/4EBDACCl7pKLwAAAA=="
"""Written by R 4.1. Persons: id = c("p1", "p2", NA), sex = factor(c("Mujer", "Varón", "Mujer")), age = c(34L, NA, 7L),
w = c(100.5, 99, NA), day, and born, labelled by haven with 9 called missing; TWO_TABLES, packed by xz, also has hh."""
COLUMNS = {"person": "id", "sex": "sex", "age": "age", "weight": "w", "day": "day", "born": "born"}


def file_of(content: str, name: str = "lfs.rds") -> dict[str, bytes]:
    return {name: base64.b64decode(content)}


def test_a_data_frame_gives_levels_numbers_and_days_as_texts(wave: Wave) -> None:
    assert [record[:-2] for record in wave(file_of(PERSONS), COLUMNS, format="r")] == [
        ("p1", "Mujer", "34", "100.5", "2024-03-01", "1"),
        ("p2", "Varón", None, "99", None, "2"),
        (None, "Mujer", "7", None, "2024-03-31", "9"),
    ]


def test_numbers_take_the_declared_decimal_mark(wave: Wave) -> None:
    records = wave(file_of(PERSONS), {"weight": "w"}, format="r", decimal=",")
    assert [record[0] for record in records] == ["100,5", "99", None]


def test_of_several_tables_one_is_named(wave: Wave) -> None:
    with pytest.raises(InputError, match=r"holds 2 data frame\(s\): 'd', 'hh'"):
        wave(file_of(TWO_TABLES, "lfs.rda"), COLUMNS, format="r")
    assert wave(file_of(TWO_TABLES, "lfs.rda"), {"household": "id"}, format="r", sheet="hh")[0][0] == "h1"
    with pytest.raises(InputError, match="there is no data frame 'persons'.*the file has 'd', 'hh'"):
        wave(file_of(TWO_TABLES, "lfs.rda"), COLUMNS, format="r", sheet="persons")


@pytest.mark.parametrize("content", [FUNCTION, FORMULA], ids=["function", "formula"])
def test_a_file_that_holds_code_is_refused(wave: Wave, content: str) -> None:
    with pytest.raises(InputError, match="the R file holds code"):
        wave(file_of(content), {"person": "id"}, format="r")


@pytest.mark.parametrize(
    ("content", "column", "fault"),
    [
        (A_LIST_AS_COLUMN, "many", "column 'many' holds a list, not one value per record"),
        (NO_TABLE, "id", "the R file holds no data frame"),
        (PERSONS, "income", "1 declared column not in the file: 'income'"),
    ],
    ids=["list", "no table", "no such column"],
)
def test_what_is_no_table_of_records_is_refused(wave: Wave, content: str, column: str, fault: str) -> None:
    with pytest.raises(InputError, match=fault):
        wave(file_of(content), {"it": column}, format="r")


def test_a_file_that_was_cut_is_not_read_in_part(wave: Wave) -> None:
    cut = gzip.compress(gzip.decompress(base64.b64decode(PERSONS))[:-200])
    with pytest.raises(InputError, match="cut or damaged"):
        wave({"lfs.rds": cut}, COLUMNS, format="r")
