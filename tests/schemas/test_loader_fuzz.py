"""Whatever is written into a declaration, loading it ends soon, with an error in words."""

from __future__ import annotations

import copy
import csv
import io
import shutil
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_register import CODES, COLUMNS, SMALL_REGISTER
from small_source import SMALL_CODES, SMALL_COLUMNS, SMALL_SOURCE

from schemas import loader
from schemas.errors import DeclarationError

SECONDS = 10
FILES = {
    "survey": {
        "source.yaml": SMALL_SOURCE,
        "columns.csv": "column,2024\n" + "".join(f"{name},{name}\n" for name in SMALL_COLUMNS),
        "code_maps.csv": SMALL_CODES,
    },
    "register": {"source.yaml": SMALL_REGISTER, "columns.csv": COLUMNS, "code_maps.csv": CODES},
    "series": {
        "source.yaml": {
            **{name: value for name, value in SMALL_REGISTER.items() if name != "waves"},
            "waves": {"2023": {"status": "P"}},
            "series": [
                {
                    "from": "2021",
                    "until": "2024",
                    "every": 1,
                    "comes_out_after": 30,
                    "never_taken": {"2022": "a census instead"},
                    "files": [{"name": "permits.csv", "mirror": "{year}/{last_month:name_en}.csv"}],
                }
            ],
            "spellings": {"quarter": {"theirs": ["a", "b", "c", "d"]}},
        },
        "columns.csv": COLUMNS.replace("every_wave", "from 2021"),
        "code_maps.csv": CODES.replace("label", "label,waves").replace("other,", "other,,from 2022"),
    },
}
NUMBERS = (
    "0",
    "-1",
    "012",
    "1e300",
    ".nan",
    "inf",
    "9" * 400,
    "1:30",
    "0x1F",
    "1_0",
    "{1-999999999}",
    "{2-1}",
    "1e999..",
)
YAML = ("", "true", "no", "NO", "null", "&a [*a]", "*a", "!!int 3", "{a", "\\", "\x00", "é", "x" * 3000)
EXPRESSIONS = (
    "(",
    "[a-z]+(",
    "case when",
    "raw.nothing",
    "lpad(raw.act, 999999999, '0')",
    "cast(raw.act as integer[])",
)
NAMES = ("zlib_codec", "0000", "9999", "2024-Q1", "from 2022", "2017 to 2015", "every_wave", "../../etc", "*", "{year}")
ODD = st.one_of(
    st.sampled_from([*NUMBERS, *YAML, *EXPRESSIONS, *NAMES]),
    st.text(max_size=20),
)
VALUE = st.recursive(
    st.one_of(ODD, st.none(), st.booleans(), st.integers(), st.floats()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(tree: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [at, *(place for key, value in inner for place in places(value, (*at, key)))]


def replaced(tree: Any, at: tuple[Any, ...], value: Any, key: str | None) -> Any:
    """The tree with another value at a place, or with a further key there."""
    changed = copy.deepcopy(tree)
    if not at:
        return {**changed, key: value} if key is not None else value
    parent = changed
    for step in at[:-1]:
        parent = parent[step]
    if key is not None and isinstance(parent[at[-1]], dict):
        parent[at[-1]][key] = value
    else:
        parent[at[-1]] = value
    return changed


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, str]:
    """The files of a small source with one to three things wrong."""
    files: dict[str, Any] = dict(FILES[draw(st.sampled_from(sorted(FILES)))])
    for _ in range(draw(st.integers(1, 3))):
        tree = files["source.yaml"]
        where = draw(st.sampled_from(["value", "key", "cell", "text"]))
        if where in ("value", "key") and isinstance(tree, dict):
            at = draw(st.sampled_from(places(tree)))
            key = draw(ODD) if where == "key" else None
            files["source.yaml"] = replaced(tree, at, draw(VALUE), key)
        elif where == "cell":
            name = draw(st.sampled_from(["columns.csv", "code_maps.csv"]))
            rows = list(csv.reader(io.StringIO(files[name]))) or [[""]]
            row = draw(st.sampled_from(rows)) or [""]
            row[draw(st.integers(0, len(row) - 1))] = draw(ODD)
            files[name] = "\n".join(",".join(each) for each in rows)
        else:
            name = draw(st.sampled_from(sorted(files)))
            text = written(files[name])
            start = draw(st.integers(0, len(text)))
            files[name] = text[:start] + draw(ODD) + text[start + draw(st.integers(0, 5)) :]
    return {name: written(content) for name, content in files.items()}


def written(content: Any) -> str:
    return content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sources") / "ZZZ" / "small"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(files=mutated())
def test_a_wrong_declaration_ends_soon_and_in_words(folder: Path, files: dict[str, str]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_bytes(text.encode("utf-8", "surrogatepass"))
    loader._load.cache_clear()
    begun = time.monotonic()
    try:
        loader._load(folder, date(2026, 1, 1))
    except DeclarationError as error:
        assert "a fault of ILMS" not in error.message, error.message
        assert len(error.message) < 100_000
    assert time.monotonic() - begun < SECONDS
