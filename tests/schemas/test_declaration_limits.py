"""A declaration that is not a declaration stops its own source in a moment, and says what is wrong."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from small_source import SMALL_CODES, SMALL_COLUMNS, SMALL_SOURCE, Declare

from ilms.airflow.timetables import timetables
from ilms.commands.report import partition_states
from ilms.pipeline.batches import plan_batch
from ilms.settings import Settings
from schemas.column_ranges import expand_name
from schemas.errors import DeclarationError
from schemas.loader import list_runnable, load_survey
from schemas.patterns import pattern_faults

MOMENT_SECONDS = 20
SOUND = yaml.safe_dump(SMALL_SOURCE, sort_keys=False)
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{this}: &{this} [{', '.join([f'*{before}'] * 9)}]\n" for before, this in zip("abcdefgh", "bcdefghi", strict=True)
)


def text(content: str) -> Callable[[Path], None]:
    def write(file: Path) -> None:
        file.write_text(content, encoding="utf-8")

    return write


WRONG: dict[str, tuple[Callable[[Path], object], str]] = {
    "pipe": (os.mkfifo, "not a regular file"),
    "folder": (Path.mkdir, "not a regular file"),
    "device": (lambda file: file.symlink_to("/dev/zero"), "not a regular file"),
    "link to itself": (lambda file: file.symlink_to(file), "cannot be read"),
    "link to nothing": (lambda file: file.symlink_to("nothing"), "cannot be read"),
    "other encoding": (lambda file: file.write_bytes("título: Año\n".encode("latin-1")), "not UTF-8.*line 1"),
    "nothing in it": (text(""), "a declaration must be"),
    "too large": (text("# " + "x" * 1_000_000), "more than 1,000,000 bytes"),
    "alias bomb": (text(BOMB), "more than 100,000 keys and values"),
    "alias of itself": (text("a: &a [*a]\n"), "an alias holds itself"),
    "merge of itself": (text("a: &a\n  <<: *a\n"), "an alias holds itself"),
    "merge of a text": (text("<<: text\n"), "takes over the keys of a mapping"),
    "100,000 levels": (text("a: " + "[" * 100_000), "nests more than 30 deep, or|nests more than 30 deep"),
    "levels by indentation": (text("".join(f"{' ' * n}a:\n" for n in range(400))), "nests more than 30 deep"),
    "list as a key": (text("? [a, b]\n: c\n"), "a key is a list or mapping"),
    "objects": (text("a: !!python/object/apply:os.getcwd []\n"), "the tag .* is not read"),
    "two documents": (text("a: b\n---\na: c\n"), "not valid YAML"),
    "5,000 digits": (text(SOUND + "priority: " + "9" * 5000 + "\n"), "more than 15 digits"),
    "20,000 wrong keys": (text("".join(f"k{n}: x\n" for n in range(20_000))), r"more than 20 fault\(s\)"),
    "control characters": (text("a: \x00\n"), "not valid YAML"),
}


@pytest.fixture(autouse=True)
def moment() -> Iterator[None]:
    """Taking longer than a moment is a fault too: it would delay every other source."""

    def too_long(*_: object) -> None:
        raise TimeoutError(f"longer than {MOMENT_SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(MOMENT_SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def broken(declare: Declare, tmp_path: Path) -> Callable[[str], str]:
    """Declare a sound source, ZZZ.small, and beside it NRU.odd, whose source.yaml is wrong in a way of WRONG."""

    def make(wrong: str) -> str:
        declare()
        folder = tmp_path / "sources" / "NRU" / "odd"
        folder.mkdir(parents=True)
        (folder / "columns.csv").write_text("column,2024\n" + "".join(f"{name},{name}\n" for name in SMALL_COLUMNS))
        (folder / "code_maps.csv").write_text(SMALL_CODES)
        WRONG[wrong][0](folder / "source.yaml")
        return WRONG[wrong][1]

    return make


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_no_declaration_is_a_fault_of_its_own_source(
    broken: Callable[[str], str], tmp_path: Path, wrong: str
) -> None:
    expected = broken(wrong)
    settings = Settings(home=tmp_path / "home", mirror=tmp_path)

    with pytest.raises(DeclarationError, match=expected) as raised:
        load_survey("NRU.odd")
    assert len(raised.value.message) < 10_000

    batch = plan_batch(settings.layout, settings.access, ["NRU.odd", "ZZZ.small"])
    assert batch.broken == {"NRU.odd": raised.value.message}
    assert batch.keys == ("ZZZ.small|2024",)
    assert {"NRU.odd", "ZZZ.small"} <= set(list_runnable())
    states = {row[0]: row[2] for row in partition_states(settings.layout, settings.profile, settings.protection_seed)}
    assert (states["NRU.odd"], states["ZZZ.small"]) == ("wrong declaration", "never run")
    assert next(each.cron for each in timetables() if each.source == "ZZZ.small") == "0 6 1 * *"


@pytest.mark.parametrize("place", ["abc/odd", "NRU/Odd", "NRU/o d", "NRU/odd.old"])
def test_a_folder_that_is_named_like_no_source_is_reported_and_spares_the_others(
    declare: Declare, tmp_path: Path, place: str
) -> None:
    declare()
    folder = tmp_path / "sources" / place
    folder.mkdir(parents=True)
    (folder / "source.yaml").write_text(SOUND)
    settings = Settings(home=tmp_path / "home", mirror=tmp_path)

    batch = plan_batch(settings.layout, settings.access)

    assert list(batch.broken) == [place.replace("/", ".")]
    assert "ZZZ.small|2024" in batch.keys
    assert place.replace("/", ".") not in {each.source for each in timetables()}


@pytest.mark.parametrize("name", ["code_maps.csv", "columns.csv"])
def test_a_table_beside_it_that_is_not_a_file_is_named(declare: Declare, tmp_path: Path, name: str) -> None:
    declare()
    file = tmp_path / "sources" / "ZZZ" / "small" / name
    file.unlink(missing_ok=True)
    os.mkfifo(file)
    with pytest.raises(DeclarationError, match=f"not a regular file.*{name}"):
        declared_anew()


def declared_anew() -> None:
    from schemas import loader

    loader._load.cache_clear()
    load_survey("ZZZ.small")


@pytest.mark.parametrize("row", ["r_{1-999999999}", "r_{1-99999999999999999999}", "r_{2-1}", "r_{1-2}_{1-2}"])
def test_an_impossible_range_names_its_line(declare: Declare, row: str) -> None:
    columns = "column,2024\n" + "".join(f"{name},{name}\n" for name in SMALL_COLUMNS)
    with pytest.raises(DeclarationError, match="needs one range, .* no more than 10,000") as raised:
        declare(columns=f"{columns}{row},{row}\n")
    assert f"columns.csv, line {len(SMALL_COLUMNS) + 2}" in raised.value.where
    assert expand_name("r_{1-10000}")[-1] == "r_10000"


def test_columns_without_end_are_refused(declare: Declare) -> None:
    rows = "".join(f"r{number}_{{1-10000}},x{number}_{{1-10000}}\n" for number in range(100))
    with pytest.raises(DeclarationError, match="more than 500,000 names"):
        declare(columns=f"column,2024\n{rows}")


@pytest.mark.parametrize(
    "changes",
    [
        {"read": {"format": "delimited", "encoding": "zlib_codec"}},
        {"read": {"format": "delimited", "encoding": "rot13"}},
        {"read": {"format": "delimited", "encoding": "punycode"}},
        {"read": {"format": "delimited", "encoding": "no such encoding"}},
        {"read": {"format": "delimited", "encoding": "a\x00b"}},
        {"read": {"format": "delimited", "header_row": 1_000_000_000}},
        {"read": {"format": "delimited", "quote": "quote"}},
        {"design": {**SMALL_SOURCE["design"], "weight": {"column": "w", "scale": "inf"}}},
        {"design": {**SMALL_SOURCE["design"], "weight": {"column": "w", "scale": "1e-300"}}},
        {"hours_threshold": "nan"},
        {"minimum_age": 1200},
        {"fetch": {"timeout_seconds": "1e12"}},
        {"fetch": {"pool": "p" * 101}},
        {"waves": {"2024": {"files": [{"name": "{a}", "parameters": {"a": ["x"] * 200, "b": ["x"] * 200}}]}}},
    ],
    ids=str,
)
def test_a_value_that_no_machine_could_use_names_its_line(declare: Declare, changes: dict[str, object]) -> None:
    with pytest.raises(DeclarationError, match=r"fault.s. in source.yaml: line \d+: ") as raised:
        declare(**changes)
    assert "a fault of ILMS" not in raised.value.message


@pytest.mark.parametrize("encoding", ["latin-1", "windows-1252", "utf-16", "cp037", "cp1256", "shift_jis", "utf-8-sig"])
def test_encodings_of_files_are_known(declare: Declare, encoding: str) -> None:
    assert declare(read={"format": "delimited", "encoding": encoding}).read.encoding == encoding


ODD_VARIABLES = {
    "multiply": ({"column": "w", "multiply": "inf"}, "multiply"),
    "multiply by zero": ({"column": "w", "multiply": 0}, "greater than 0"),
    "constant": ({"constant": "nan"}, "constant 'nan' is not a number"),
    "large constant": ({"constant": "9" * 20}, "constant '9+' is not a number, or too large"),
    "large code": ({"column": "w", "codes": {"1e999": "refused"}}, "code '1e999' is larger than any number"),
    "large range": ({"column": "w", "codes": {"1e999..": "refused"}}, "is larger than any number"),
    "several columns": ({"columns": ["w", "years"]}, "only an identifier is made of several"),
    "map": ({"column": "w", "map": "sex"}, "a number is not translated by a map"),
    "nested": ({"expression": "case when raw.w = '1' then " * 400 + "1" + " end" * 400}, "nests too deep"),
    "parentheses": ({"expression": "(" * 3000 + "1" + ")" * 3000}, "nests too deep"),
    "deep but not too deep to parse": ({"expression": "-" * 60 + "(raw.w)"}, "cannot be parsed|exactly one|nests"),
    "long": ({"expression": "1 + " * 10_000 + "1"}, "more than 20,000 characters"),
    "filled up": ({"expression": "cast(lpad(raw.w, 4000000000, '0') as double)"}, "filled up to a written number"),
    "filled up by a column": ({"expression": "cast(rpad('1', cast(raw.w as int), '0') as double)"}, "filled up"),
    "repeated": ({"expression": "cast(repeat(raw.w, 1000000) as double)"}, "is not allowed"),
    "large number": ({"expression": "1e300 + 0"}, "the number 1e300 is too large"),
    "decimals": ({"expression": "round(cast(raw.w as double), 1000000)"}, "rounded to a written number of decimals"),
    "wildcards": ({"expression": "case when raw.w like '%1%2%3%4%5%6%' then 1 else 0 end"}, "5 signs %"),
    "lists": ({"expression": "cast(raw.w as integer[])"}, "and not to"),
}


@pytest.mark.parametrize("odd", ODD_VARIABLES)
def test_a_variable_that_no_engine_could_compute_is_named(declare: Declare, odd: str) -> None:
    variable, says = ODD_VARIABLES[odd]
    with pytest.raises(DeclarationError, match=says) as raised:
        declare(variables={**SMALL_SOURCE["variables"], "hours_actual": variable})
    assert "hours_actual" in raised.value.message
    assert "a fault of ILMS" not in raised.value.message


def test_many_alternatives_side_by_side_are_not_nested_deep(declare: Declare) -> None:
    codes = " or ".join(f"raw.act = '{code}'" for code in range(500))
    choice = f"case when {codes} then 1 end"
    survey = declare(variables={**SMALL_SOURCE["variables"], "hours_actual": {"expression": choice}})
    assert survey.variables["hours_actual"].expression == choice


def test_a_country_without_a_way_to_read_it_is_named(declare: Declare) -> None:
    with pytest.raises(DeclarationError, match="country_of_birth': a country taken from a column needs `country`"):
        declare(variables={**SMALL_SOURCE["variables"], "country_of_birth": {"column": "born"}})


@pytest.mark.parametrize("pattern", ["(", "a{1,100000}", "(?=a)", "((a*)*)*" * 300])
def test_a_pattern_that_duckdb_cannot_read_is_reported(pattern: str) -> None:
    assert list(pattern_faults(pattern))
    assert not list(pattern_faults("[0-9]{4}"))


def test_only_line_ends_end_the_rows_of_a_table(declare: Declare) -> None:
    source = declare(codes=SMALL_CODES.replace("activity,1,employed,Works", 'activity,1,employed,"Wo\nrks\u2028 \x0c"'))
    assert source.code_maps["activity"]["1"].label == "Wo\nrks"
    source = declare(codes=SMALL_CODES.replace("activity,1,employed,Works", "activity,1,employed,Wo\u2028rks\x85x"))
    assert source.code_maps["activity"]["1"].label == "Wo\u2028rks\x85x"
