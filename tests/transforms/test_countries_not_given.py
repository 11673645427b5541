"""A source that knows who is foreign-born, but not from where, gives totals, and never "other countries"."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from small_source import Declare, RawTable, Row

from schemas.availability import Decision
from schemas.codelists import load_codelist
from schemas.partition import Partition
from transforms.availability import read_decisions
from transforms.estimate import estimate
from transforms.harmonise import harmonise

SMALL = Partition("ZZZ.small", "2024")
BY_BIRTH = "MST_FORP_SEX_CBR_NB"
Record = tuple[str, ...]
Rows = dict[str, Row]
ByCountry = Callable[..., tuple[Rows, Rows, Decision]]
# country of birth in the column of the labour force status, which everybody has employed
ANA, BEA, CID, DAN, EVA = (
    (f"p{i}", "a", str(i), "10", "2", "30", born, country)
    for i, (born, country) in enumerate([("1", "ZZZ"), ("2", "ESP"), ("2", "9"), ("2", "0"), ("2", "ESP")])
)
CODES = """map,code,value,label
sex,2,female,Woman
birth,1,native,Here
birth,2,foreign,Abroad
country,ZZZ,ZZZ,Here
country,9,abroad,Another country
country,0,stateless,None
"""
EMPLOYED = {"labour_force_status": {"constant": "employed"}}


@pytest.fixture
def by_country(declare: Declare, raw_table: RawTable, tmp_path: Path) -> ByCountry:
    """Persons of both sexes by country of birth: in the table, in the detail with every country, and the decision."""

    def make(records: list[Record], country: dict[str, str] | None = None) -> tuple[Rows, Rows, Decision]:
        variables = declare().model_dump(exclude_unset=True)["variables"] | EMPLOYED
        source = declare(codes=CODES, variables=variables | ({"country_of_birth": country} if country else {}))
        harmonise(source, SMALL, raw_table(records), tmp_path / "core.parquet")
        files = {name: tmp_path / f"{name}.parquet" for name in ("cells", "detail", "availability")}
        estimate(source, SMALL, tmp_path / "core.parquet", files["cells"], vintage="abc", indicators=[BY_BIRTH],
                 detail=files["detail"], availability=files["availability"])  # fmt: skip
        (decision,) = (each for each in read_decisions(files["availability"]) if each.indicator == BY_BIRTH)
        return _numbers(files["cells"]), _numbers(files["detail"]), decision

    return make


def _numbers(file: Path) -> Rows:
    rows = (
        duckdb.default_connection()
        .sql(f"select * from '{file}' where indicator = '{BY_BIRTH}' and sex = 'SEX_T'")
        .to_arrow_table()
    )
    return {row["classif1"]: row for row in rows.to_pylist()}


@pytest.mark.parametrize("country", [None, {"column": "act", "map": "country", "country": "iso3"}])
def test_foreign_born_of_unknown_country_are_given_in_total_with_the_reason(
    by_country: ByCountry, country: dict[str, str] | None
) -> None:
    cells, detail, decision = by_country([ANA, CID, ("p9", *CID[1:])], country)
    assert {code: row["obs_value"] for code, row in cells.items()} == {"CBR_BRT_TOTAL": 0.02}
    assert cells["CBR_BRT_TOTAL"]["note_classif"].startswith("Country of birth: not given for any foreigner")
    assert set(detail) == {"CBR_BRT_TOTAL"}
    assert (decision.state, decision.code) == ("totals_only", "classification_country_not_given")
    assert "not their country" in decision.reason


def test_a_question_that_is_declared_as_not_asked_stays_not_asked(by_country: ByCountry) -> None:
    cells, _, decision = by_country([ANA, CID], {"missing": "not_asked"})
    assert set(cells) == {"CBR_BRT_TOTAL"}
    assert decision.code == "classification_not_asked"


def test_in_the_detail_the_unknown_and_the_stateless_are_no_other_country(by_country: ByCountry) -> None:
    known = {"column": "act", "map": "country", "country": "iso3"}
    cells, detail, decision = by_country([ANA, BEA, CID, DAN, EVA], known)
    assert {code: row["n"] for code, row in cells.items()} == {"CBR_BRT_TOTAL": 4, "CBR_BRT_ESP": 2, "CBR_BRT_X": 2}
    counted = {"CBR_BRT_TOTAL": 4, "CBR_BRT_ESP": 2, "CBR_BRT_UNKNOWN": 1, "CBR_BRT_X": 1}
    assert {code: row["n"] for code, row in detail.items()} == counted
    assert load_codelist("CL_CBR").by_code["CBR_BRT_UNKNOWN"].label_en == "Country not known"
    assert decision.state == "published"
