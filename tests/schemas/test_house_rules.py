"""Rules of the house that no reviewer should have to check by eye."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from ilms.authoring.imports import PROJECT, ROOMS, Imports, read_imports
from ilms.authoring.picture import PAGE, draw, with_picture
from schemas.codelists import load_codelist
from schemas.source import MISSING_KINDS

CORE = [file for room in ROOMS for file in sorted((PROJECT / room).rglob("*.py")) if "sources" not in file.parts]
NAMED = re.compile(r"(?:^|')([A-Z]{3})(?=$|'|\.[a-z])")  # 'ABC', or a source such as ABC.lfs
UPPER_CASE = re.compile(r"\b(SELECT|FROM|WHERE|JOIN|CREATE|DROP|CAST|CASE WHEN|GROUP BY|ORDER BY|IS NOT NULL)\b")
SQL = [file for room in ROOMS for file in sorted((PROJECT / room).rglob("*.sql"))]
SEES_SETTINGS = {
    *("dags.ingest", "dags.overdue", "dags.publish", "dags.regional", "dags.review", "dags.stages"),
    *("ilms.airflow.pending", "ilms.airflow.run", "ilms.cli", "ilms.cluster_cli", "ilms.cluster.keeper"),
    *("ilms.release_cli", "ilms.run"),
    *(
        "ilms.pipeline.one_partition",
        "ilms.pipeline.side_by_side",
        "ilms.pipeline.stages",
        "ilms.pipeline.workers",
        "ilms.regional.stage",
        "ilms.release.periods_side_by_side",
        "ilms.release.publish",
    ),
}


def room(file: Path) -> str:
    return file.relative_to(PROJECT).parts[0]


def texts(file: Path) -> list[str]:
    """Every string constant of a module that is not a docstring."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs
    ]


def country_codes() -> set[str]:
    """Codes of countries; those of ILO's groups (X01) and of the synthetic country are not countries."""
    codes = {code.code for code in load_codelist("CL_AREA").codes}
    return {code for code in codes if re.fullmatch("[A-Z]{3}", code) and code != "ZZZ"}


@pytest.mark.parametrize("file", [*CORE, *SQL], ids=lambda file: str(file.relative_to(PROJECT)))
def test_core_code_names_no_country(file: Path) -> None:
    codes = country_codes()
    assert len(codes) > 180
    content = texts(file) if file.suffix == ".py" else [file.read_text(encoding="utf-8")]
    named = {word for text in content for word in NAMED.findall(text)} & codes
    assert not named, f"{file.name} names {named}: declare it under schemas/sources instead"


@pytest.mark.parametrize("file", CORE, ids=lambda file: str(file.relative_to(PROJECT)))
def test_sql_in_python_is_in_lower_case(file: Path) -> None:
    """As in the .sql files, which sqlfluff holds to it."""
    words = {word for text in texts(file) for word in UPPER_CASE.findall(text)}
    assert not words, f"{file.name} writes {words}"


def test_imports_go_one_way() -> None:
    for module, imported in read_imports().items():
        own = ROOMS.index(module.split(".")[0])
        for other in imported:
            assert ROOMS.index(other.split(".")[0]) <= own, f"{module} imports {other}"


def test_the_service_assistants_and_pages_see_releases_sdmx_and_declarations_alone() -> None:
    """What it answers is what was published: no stage, no estimate, no source's files."""
    published = ("warehouse.release", "warehouse.sdmx", "warehouse.layout", "warehouse.language", "schemas")
    walls = {
        "warehouse.service": ("warehouse.service", *published),
        "warehouse.assistants": ("warehouse.assistants", "warehouse.service", *published),
        "warehouse.explorer": ("warehouse.explorer", "warehouse.service", "warehouse.assistants.search", *published),
    }
    for room_, allowed in walls.items():
        seen = {module: imported for module, imported in read_imports().items() if module.startswith(room_)}
        assert len(seen) > 5
        for module, imported in seen.items():
            for other in imported:
                assert other == "warehouse" or other.startswith(allowed), f"{module} imports {other}"


def test_settings_stop_at_commands_and_the_entries_of_stages() -> None:
    """Behind them, each function is given what it needs: the layout, access, the release profile, a seed, a limit."""
    users = {module for module, imported in read_imports().items() if "ilms.settings" in imported}
    assert users == SEES_SETTINGS


def circles(imports: Imports) -> list[tuple[str, ...]]:
    """The sets of modules that import each other in a circle, each sorted; none in a sound house."""
    reached = {module: _reached(imports, module) for module in imports}
    found = {
        tuple(sorted(other for other in reached[module] if module in reached[other]))
        for module in imports
        if module in reached[module]
    }
    return sorted(found)


def _reached(imports: Imports, start: str) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for module in imports[waiting.pop()] - seen:
            seen.add(module)
            waiting.append(module)
    return seen


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circles({"a": frozenset("b"), "b": frozenset("c"), "c": frozenset("a"), "d": frozenset("a")}) == [
        tuple("abc")
    ]
    assert circles(read_imports()) == []


def test_the_picture_of_the_house_is_that_of_its_imports() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_picture(page, draw(read_imports())), "draw it again: make picture"


@pytest.mark.parametrize("file", CORE, ids=lambda file: str(file.relative_to(PROJECT)))
def test_no_file_is_read_with_the_names_of_its_folders(file: Path) -> None:
    """DuckDB and pyarrow take `key=value` folders for columns, DuckDB signs of a path for a pattern."""
    own = {"read_parquet(", "read_csv("} if file.name == "duck.py" else set()
    read = {name for text in texts(file) for name in ("read_parquet(", "read_csv(", "parquet_scan(") if name in text}
    assert read <= own, f"{file.name} reads files in SQL: use parquet_rows or csv_rows"
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            keywords = {keyword.arg for keyword in node.keywords}
            plain = node.func.attr not in ("read_parquet", "read_table") or "partitioning" in keywords
            assert plain, f"{file.name}, line {node.lineno}: partitioning=None"


MADE = re.compile(r"\bcreate\b.*\b(table|view)\b")


@pytest.mark.parametrize(
    "file",
    [each for each in [*CORE, *SQL] if room(each) == "transforms"],
    ids=lambda file: str(file.relative_to(PROJECT)),
)
def test_tables_of_transforms_are_made_as_objects_that_steps_hand_on(file: Path) -> None:
    """A table that another step knows by its name alone is made nowhere but in relation.py."""
    content = texts(file) if file.suffix == ".py" else [file.read_text(encoding="utf-8")]
    made = any(MADE.search(text) for text in content)
    assert made == (file.name == "relation.py"), f"{file.name}: use create_table or create_view of transforms.relation"


PAGES = [*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")]
NAMED_FILE = re.compile(rf"`((?:{'|'.join(ROOMS)}|tests|docs|bench)/[\w./]*[\w/])`")


def test_every_file_that_a_page_names_is_there() -> None:
    named = {(page.name, file) for page in PAGES for file in NAMED_FILE.findall(page.read_text(encoding="utf-8"))}
    assert len(named) > 30
    assert sorted(each for each in named if not (PROJECT / each[1]).exists()) == []


def test_where_to_look_names_what_is_there() -> None:
    table = PAGE.read_text(encoding="utf-8").split("## Where to look")[1].split("##")[0]
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("| ") and "`" in line]
    assert len(rows) > 10
    for _, where, called in rows:
        place, name = PROJECT / where.split("`")[1], called.strip(" `")
        files = [place] if place.is_file() else sorted(place.glob("*.yaml"))
        assert any(re.search(rf"\b{name}\b", file.read_text(encoding="utf-8")) for file in files), (where, name)


def test_kinds_of_missing_are_never_values() -> None:
    from schemas.concepts import load_concepts

    for name, concept in load_concepts().items():
        assert not set(concept.values) & set(MISSING_KINDS), name
