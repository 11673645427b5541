"""Education in three levels, industry in ten branches, jobs by skill: what a producer gives together stays together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
from small_source import SMALL_CODES

from expectations.gate import run_gate
from expectations.parameters import GateParameters
from expectations.suites import SuiteName
from schemas.aggregates import aggregate_value
from schemas.availability import Decision
from schemas.errors import DeclarationError
from schemas.partition import Partition
from schemas.survey import Survey
from transforms.availability import read_decisions
from transforms.estimate import estimate
from transforms.harmonise import harmonise
from transforms.protect import ProtectedPersons, protect_cells

Declare = Callable[..., Survey]
RawTable = Callable[..., Path]
SMALL = Partition("ZZZ.small", "2024")
BY_EDUCATION, BY_INDUSTRY = "MST_TEMP_SEX_EDU_CBR_NB", "MST_TEMP_SEX_ECO_CBR_NB"
OVERQUALIFIED = "EMP_OVQL_SEX_EDU_CBR_RT"
# Three levels, as many surveys give them; ten branches (NACE Rev. 2, A*10); the ten groups but for the armed forces.
LEVELS = {"1": "EDU_AGGREGATE_BAS", "2": "EDU_AGGREGATE_INT", "3": "EDU_AGGREGATE_ADV", "9": "unknown"}
BRANCHES = {
    "1": "A", "2": "B+C+D+E", "3": "F", "4": "G+H+I", "5": "J", "6": "K", "7": "L", "8": "M+N", "9": "O+P+Q",
    "10": "R+S+T+U",
}  # fmt: skip
SKILLS = {"1": "OCU_SKILL_L3-4", "2": "OCU_SKILL_L2", "3": "OCU_SKILL_L1"}


class Example:
    """Core, numbers, decisions and failed checks of records whose last column is a variable in groups."""

    def __init__(self, declare: Declare, raw_table: RawTable, folder: Path) -> None:
        self._declare, self._raw_table, self.folder = declare, raw_table, folder

    def declare(self, variable: str, meanings: Mapping[str, str], **variables: Any) -> Survey:
        codes = SMALL_CODES + "".join(f"groups,{code},{value},\n" for code, value in meanings.items())
        declared = self._declare().model_dump(exclude_unset=True)["variables"]
        declared |= {"labour_force_status": {"constant": "employed"}, variable: {"column": "act", "map": "groups"}}
        return self._declare(codes=codes, variables=declared | variables)

    def run(self, source: Survey, *answers: str, only: set[str] | None = None) -> Example:
        """Two persons of 10 in each of two sampling units, a native and a foreigner, for each answer.

        All indicators pass the gate, unless `only` some are made.
        """
        records = [
            (f"p{i}{unit}{born}", "a", unit, "10", unit, "30", born, answer)
            for i, answer in enumerate(answers)
            for unit in "12"
            for born in "12"
        ]
        core, cells, decisions = (self.folder / f"{each}.parquet" for each in ("core", "cells", "decisions"))
        harmonise(source, SMALL, self._raw_table(records), core)
        estimate(source, SMALL, core, cells, vintage="abc", availability=decisions, indicators=only)
        self.decisions: dict[str, Decision] = {each.indicator: each for each in read_decisions(decisions)}
        if only is None:
            assert not self._failed(source, core, cells)
        return self

    def _failed(self, source: Survey, core: Path, cells: Path) -> set[str]:
        parameters, output = GateParameters.of(source, SMALL), self.folder / "quality.parquet"
        stages: list[tuple[SuiteName, Path]] = [("core", core), ("cells", cells)]
        reports = [run_gate(stage, file, parameters, output=output, data_docs=None) for stage, file in stages]
        results = [result for report in reports for result in report.results if not result.success]
        return {result.check.id for result in results if result.check.severity == "critical"}

    def rows(self, file: str, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
        with duckdb.connect() as connection:
            query = f"select distinct {columns} from '{self.folder / file}.parquet' where {where} order by all"
            return connection.execute(query).fetchall()

    def numbers(self, indicator: str) -> dict[str, float]:
        """Values by the codes of the first classification, both sexes, everyone's birthplace."""
        where = f"indicator = '{indicator}' and sex in ('SEX_T', '') and classif2 = 'CBR_BIR_TOTAL'"
        return {code: round(value, 2) for code, value in self.rows("cells", "classif1, obs_value", where)}

    def note(self, indicator: str) -> str:
        return str(self.rows("cells", "note_classif", f"indicator = '{indicator}'")[0][0])


@pytest.fixture
def made(declare: Declare, raw_table: RawTable, tmp_path: Path) -> Example:
    return Example(declare, raw_table, tmp_path)


def test_ten_branches_give_the_sectors_and_no_section(made: Example) -> None:
    """Industry without construction (B to E) holds manufacturing: sections and the seven groups are not known."""
    made.run(made.declare("industry_isic4", BRANCHES), "1", "2", "3", "4", "9", "10")
    of_records = [value for (value,) in made.rows("core", "industry_isic4")]
    assert of_records == ["A", "B+C+D+E", "F", "G+H+I", "O+P+Q", "R+S+T+U"]
    assert made.numbers(BY_INDUSTRY) == {
        "ECO_SECTOR_TOTAL": 0.24, "ECO_SECTOR_AGR": 0.04, "ECO_SECTOR_NAG": 0.2, "ECO_SECTOR_IND": 0.08,
        "ECO_SECTOR_SER": 0.12, "ECO_SECTOR_X": 0,
    }  # fmt: skip
    decision = made.decisions[BY_INDUSTRY]
    assert (decision.state, decision.variables) == ("published", "industry_isic4")
    assert "not given: Economic activity (ISIC Rev.4), Economic activity (aggregate)" in decision.reason
    assert "known in groups (B+C+D+E, G+H+I, O+P+Q, R+S+T+U)" in made.note(BY_INDUSTRY)


def test_branches_that_only_some_versions_cut_leave_the_others(made: Example) -> None:
    """Mining with energy and water together is a group of ECO_AGGREGATE."""
    source = made.declare("industry_isic4", {"1": "A", "2": "B+D+E", "3": "C", "4": "G+H+I"})
    given = made.run(source, "1", "2", "3", "4", only={BY_INDUSTRY}).numbers(BY_INDUSTRY)
    assert (given["ECO_AGGREGATE_MEL"], given["ECO_AGGREGATE_MAN"], given["ECO_AGGREGATE_MKT"]) == (0.04, 0.04, 0.04)
    assert given["ECO_SECTOR_IND"] == 0.08
    assert not any(code.startswith("ECO_ISIC4") for code in given)


def test_three_levels_of_education_give_the_aggregate_levels_and_who_is_over_qualified(made: Example) -> None:
    """Over-qualified are those with higher education in jobs of major groups 4 to 9, of all with medium or higher."""
    fine = {"occupation_isco08": {"constant": "4"}}
    source = made.declare("education_isced11", LEVELS, **fine)
    made.run(source, "1", "2", "3", "3", "9", only={BY_EDUCATION, OVERQUALIFIED})
    assert made.rows("core", "education_isced11") == [("1+2",), ("3+4",), ("5+6+7+8",), ("unknown",)]
    assert made.numbers(BY_EDUCATION) == {
        "EDU_AGGREGATE_TOTAL": 0.2, "EDU_AGGREGATE_LTB": 0, "EDU_AGGREGATE_BAS": 0.04, "EDU_AGGREGATE_INT": 0.04,
        "EDU_AGGREGATE_ADV": 0.08, "EDU_AGGREGATE_X": 0.04,
    }  # fmt: skip
    assert made.numbers(OVERQUALIFIED) == {
        "EDU_AGGREGATE_TOTAL": 66.67, "EDU_AGGREGATE_INT": 0, "EDU_AGGREGATE_ADV": 100,
    }  # fmt: skip


def test_a_population_that_cuts_a_group_is_not_given(made: Example) -> None:
    """Basic and medium levels together: nobody can say who is over-qualified."""
    meanings = {"1": "1+2+3+4", "2": "EDU_AGGREGATE_ADV"}
    source = made.declare("education_isced11", meanings, occupation_isco08={"constant": "9"})
    decision = made.run(source, "1", "2", only={BY_EDUCATION}).decisions[OVERQUALIFIED]
    assert (decision.state, decision.code) == ("not_produced", "variable_in_aggregates")
    assert decision.reason == "Education (ISCED 2011): the source has it in groups that do not fit the classes"


def test_where_no_version_is_left_only_totals_are_given(made: Example) -> None:
    source = made.declare("industry_isic4", {"1": "A+B", "2": "C"})
    made.run(source, "1", "2", only={BY_INDUSTRY})
    assert set(made.numbers(BY_INDUSTRY)) == {"ECO_ISIC4_TOTAL", "ECO_AGGREGATE_TOTAL", "ECO_SECTOR_TOTAL"}
    assert made.decisions[BY_INDUSTRY].code == "classification_in_aggregates"
    assert "only totals can be given" in made.note(BY_INDUSTRY)


def test_the_self_employed_together_are_outside_what_is_asked_of_employees(made: Example) -> None:
    source = made.declare(
        "status_in_employment_icse93",
        {"1": "1", "2": "STE_AGGREGATE_SLF"},
        job_contract={"constant": "permanent"},
    )
    made.run(source, "1", "2", only={BY_INDUSTRY})
    assert made.rows("core", "status_in_employment_icse93, job_contract") == [
        ("1", "permanent"),
        ("2+3+4+5", "not_in_universe"),
    ]


def test_numbers_by_groups_can_be_protected(made: Example) -> None:
    """What is worked out of the published numbers is what the records in groups add up to."""
    source = made.declare("industry_isic4", BRANCHES)
    made.run(source, "1", "2", "3", "4", "4", only={BY_INDUSTRY})
    cells, core, published = (made.folder / f"{each}.parquet" for each in ("cells", "core", "published"))
    work = made.folder / "work"
    work.mkdir()
    protect_cells(cells, core, ProtectedPersons(source), SMALL, "suppression", published, work, seed="a" * 40)
    withheld = made.rows("published", "classif1", f"indicator = '{BY_INDUSTRY}' and obs_value is null")
    assert ("ECO_SECTOR_AGR",) in withheld


def test_a_skill_level_of_one_major_group_is_that_group() -> None:
    assert [aggregate_value("occupation_isco08", each) for each in SKILLS.values()] == ["1+2+3", "4+5+6+7+8", "9"]


@pytest.mark.parametrize(
    ("variable", "value", "fault"),
    [
        ("education_isced11", "1+1", "'1+1', which is not one of"),
        ("education_isced11", "1+primary", "nor some of them joined as in X+0"),
        ("education_isced11", "EDU_AGGREGATE_BASIC", "EDU_AGGREGATE_BAS"),
        ("education_isced11", "EDU_AGGREGATE_TOTAL", "which is not one of"),
        ("education_isced11", "X+0+1+2+3+4+5+6+7+8+9", "which is not one of"),
        ("education_isced11", "ECO_SECTOR_IND", "which is not one of"),
        ("sex", "male+female", "'male+female', which is not one of male, female"),
    ],
)
def test_what_is_no_group_of_values_is_a_fault(made: Example, variable: str, value: str, fault: str) -> None:
    with pytest.raises(DeclarationError) as error:
        made.declare(variable, {"1": value})
    assert fault in error.value.message
