"""Persons written in whole numbers: every population and every leaf is what its declaration says of each person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import pytest

from bench.persons import write_persons
from schemas.classifications import Classification, load_classifications
from schemas.indicators import Catalogue, load_catalogue
from schemas.loader import load_survey
from schemas.partition import Partition
from transforms.estimate import estimate
from transforms.estimate.coding import Coding, make_coding
from transforms.estimate.core import read_core
from transforms.estimate.membership import exclusions
from transforms.estimate.persons import create_persons, population_column
from transforms.estimate.profile import read_profile
from transforms.estimate.rollup import leaf_expression
from transforms.estimate.samples import read_sample

PERSONS = 6_000
Coded = tuple[duckdb.DuckDBPyConnection, Coding, Catalogue, Mapping[str, Classification]]
UNKNOWN_TO_SOME = ("education_isced11", "informality", "birth_status")


@pytest.fixture(scope="module")
def coded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Coded]:
    """Made-up persons, some with nothing at all where a kind of missing should stand, and their coding."""
    file = tmp_path_factory.mktemp("core") / "core.parquet"
    write_persons(file, PERSONS)
    catalogue, classifications = load_catalogue(), load_classifications()
    source, partition = load_survey("ZZZ.synthetic"), Partition("ZZZ.synthetic", "2024")
    with duckdb.connect() as connection:
        emptied = ", ".join(
            f"case when hash(person_id) % 17 = 0 then null else {name} end as {name}" for name in UNKNOWN_TO_SOME
        )
        holed = file.with_name("holed.parquet")
        connection.execute(f"copy (select * replace ({emptied}) from '{file}') to '{holed}' (format parquet)")
        core = read_core(connection, catalogue, holed)
        sample = read_sample(core, source, partition)
        categories = [
            name
            for name, kind in connection.execute("select column_name, column_type from (describe core)").fetchall()
            if kind == "VARCHAR" and not name.endswith(("_id", "_missing", "stratum", "psu"))
        ]
        profile = read_profile(core, categories)
        persons = create_persons(core, sample, catalogue, classifications, catalogue.indicators, profile)
        yield connection, persons.coding, catalogue, classifications


def test_every_population_holds_whom_its_condition_holds(coded: Coded) -> None:
    connection, coding, catalogue, _ = coded
    empty = []
    for name, bits in coding.populations.items():
        declared = f"select count(*), sum(weight) from core where weight > 0 and ({catalogue.condition(name)})"
        found = f"select count(*), cast(sum(weight) as double) from persons where {bits.is_set}"
        ((cases, weight),) = connection.execute(declared).fetchall()
        ((number, total),) = connection.execute(found).fetchall()
        assert (number, total or 0) == (cases, pytest.approx(weight or 0)), name
        empty += [] if cases else [name]
    assert len(empty) < 5, empty


def test_every_leaf_holds_whom_its_expression_holds(coded: Coded) -> None:
    connection, coding, catalogue, classifications = coded
    working_age = catalogue.condition("working_age")
    for name, bits in coding.leaf_bits.items():
        declared = connection.execute(
            f"select {leaf_expression(classifications[name])}, count(*) from core"
            f" where weight > 0 and ({working_age}) group by 1"
        ).fetchall()
        found = connection.execute(
            f"select {bits.number}, count(*) from persons where {coding.populations['working_age'].is_set} group by 1"
        ).fetchall()
        leaves = [None, *coding.leaves[name]]
        assert {leaves[number]: count for number, count in found} == dict(declared), name


def test_more_than_one_column_holds_what_does_not_fit_into_one() -> None:
    coding = make_coding(
        {f"C{i}": [str(leaf) for leaf in range(200)] for i in range(10)}, {}, [f"p{i}" for i in range(100)], []
    )
    assert set(coding.columns) == {"leaves_0", "leaves_1", "populations_0", "populations_1"}
    for held in coding.columns.values():
        assert sum(bits.mask for bits in held) < 2**63
        assert len({bits.mask for bits in held}) == len(held)
    assert coding.in_any(["p0", "p99"]) == f"(populations_0 & 1) <> 0 or (populations_1 & {1 << 37}) <> 0"


def test_a_term_on_one_category_is_evaluated_for_its_values_and_all_else_for_persons() -> None:
    bits = make_coding({}, {}, ["women", "carers"], []).populations
    conditions = {
        "women": "sex = 'female'",
        "carers": "sex = 'female' and age > 14 and (job = 'care' or home = 'care')",
    }
    values: dict[str, list[str | None]] = {"sex": ["female", "male", None], "job": ["care"], "home": ["care"]}
    with duckdb.connect() as connection:
        asked = exclusions(connection, conditions, bits, values)["populations_0"]
    both, carers = bits["women"].mask | bits["carers"].mask, bits["carers"].mask
    assert asked.by_value == {"sex": {"female": 0, "male": both, None: both}}
    assert asked.by_term == {"age > 14": carers, "job = 'care' OR home = 'care'": carers}


def test_nobody_is_left_out_of_a_population_of_everybody() -> None:
    bits = make_coding({}, {}, ["everybody"], []).populations
    with duckdb.connect() as connection:
        asked = exclusions(connection, {"everybody": "sex in ('female', 'male')"}, bits, {"sex": ["female", "male"]})
        column = population_column(asked["populations_0"], 1)
        assert connection.execute(f"select {column} from (values ('male')) as persons(sex)").fetchall() == [(1,)]


def test_numbers_do_not_depend_on_the_order_of_persons(tmp_path: Path) -> None:
    indicators = [
        "MST_TEMP_SEX_AGE_CBR_NB",
        "MST_TEAP_SEX_EDU_CCT_RT",
        "EAR_4MTH_SEX_CBR_CUR_NB",
        "EAR_4MDN_SEX_CBR_CUR_NB",
        "EAR_FGPB_AGE_RT",
        "MST_FORP_SEX_CBR_NB",
    ]
    in_order, shuffled = tmp_path / "in_order.parquet", tmp_path / "shuffled.parquet"
    write_persons(in_order, PERSONS)
    duckdb.sql(f"copy (select * from '{in_order}' order by hash(person_id)) to '{shuffled}' (format parquet)")
    source, partition = load_survey("ZZZ.synthetic"), Partition("ZZZ.synthetic", "2024")
    written = []
    for core in (in_order, shuffled):
        cells = core.with_suffix(".cells")
        assert estimate(source, partition, core, cells, vintage="a", indicators=indicators) > 100
        written.append(cells.read_bytes())
    assert written[0] == written[1]
