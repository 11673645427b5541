"""`ilms check --file`: every fault of a file at once, and a preview of what would be published."""

from __future__ import annotations

import csv
import gzip
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from small_register import COLUMNS, PLAIN, SmallRegister, table
from small_source import SMALL_CODES, SMALL_COLUMNS, SMALL_SOURCE, Declare

from ilms.authoring.benchmarks_at_hand import FiguresAtHand, figures_at_hand
from ilms.authoring.check_file import FileCheck, check_file
from ilms.authoring.given_files import given_files, wave_of
from ilms.commands.checked import checked_lines
from ilms.kinds import CoreFacts, kind_of
from schemas.errors import DeclarationError, InputError
from schemas.partition import Partition
from schemas.survey import Survey
from schemas.survey_without import left_aside
from transforms.preview.furthest import Furthest
from transforms.preview.persons import preview_persons
from transforms.preview.previewed import Beside, Distribution, Figure, Held
from transforms.read import RawInput
from warehouse.layout import Layout

HEADER = ",".join(SMALL_COLUMNS)
PERSONS = """\
p1,a,1,100,1,40,1,1
p2,a,1,100,2,35,1,1
p3,a,2,200,1,50,2,1
p4,a,2,200,2,20,1,2
p5,b,3,300,2,70,1,3
p6,b,3,100,1,10,1,
p7,b,4,150,1,30,9,1
p8,b,4,50,2,45,2,3
"""
MORE_COLUMNS = (*SMALL_COLUMNS, "hours", "pay", "schooling")
MORE_CODES = SMALL_CODES + "school,1,1,Primary\n"
MORE_VARIABLES: dict[str, Any] = {
    **SMALL_SOURCE["variables"],
    "hours_usual": {"column": "hours", "blank": "not_in_universe"},
    "monthly_earnings": {"column": "pay", "blank": "not_in_universe"},
    "education_isced11": {"column": "schooling", "map": "school"},
    "in_education": {"expression": "case when raw.schooling = '1' then 'no' else 'yes' end"},
}


def check(source: str, *files: Path, wave: str | None = None) -> FileCheck:
    """The check of files that lie nowhere in particular."""
    home = Layout(files[0].parent / "home")
    return check_file(source, files, wave=wave, layout=home, mirror=None, memory_limit="1GB")


def write(folder: Path, content: str, name: str = "lfs.csv") -> Path:
    """A file of a wave."""
    file = folder / name
    file.write_text(content, encoding="utf-8")
    return file


def furthest(source: Survey, folder: Path, *files: Path) -> Furthest[Survey, CoreFacts]:
    """How far the files of a survey can be harmonised, in its only wave."""
    partition, inputs = Partition(source.id, "2024"), [RawInput(file, "data") for file in files]
    kind = kind_of(source)
    return kind.furthest(source.of_wave("2024"), partition, inputs, folder / "core.parquet", memory_limit="1GB")


def told(checked: FileCheck) -> dict[str, str]:
    """What is said of each fault, by its first words."""
    return {fault.what: " ".join((fault.where, fault.why, fault.remedy)) for fault in checked.faults}


def figures(checked: FileCheck) -> dict[str, Figure]:
    """The figures of the preview, by their labels."""
    assert checked.preview is not None
    return {figure.label: figure for figure in checked.preview.figures}


def shown(held: Held) -> tuple[str, int, float | None]:
    """A value with its records and its share, to two decimals."""
    return held.value, held.records, None if held.share is None else round(held.share, 2)


def distribution(checked: FileCheck, name: str) -> Distribution:
    """What a variable of the preview holds."""
    assert checked.preview is not None
    return next(each for each in checked.preview.distributions if each.name == name)


def declare_more(declare: Declare, **changes: Any) -> Survey:
    """The small survey with hours, earnings and schooling."""
    columns = "\n".join(["column,2024", *(f"{name},{name}" for name in MORE_COLUMNS)])
    return declare("NRU.small", columns=columns, codes=MORE_CODES, **{"variables": MORE_VARIABLES, **changes})


def test_all_that_is_wrong_with_a_file_is_reported_at_once(tmp_path: Path, declare: Declare) -> None:
    """A renamed column, unknown codes and numbers, an unusable weight, an error that the producer has mended, unscaled
    weights, hours written as hhmm, a person who occurs twice."""
    correction = {
        "wave": "2024",
        "where": "raw.years = '200'",
        "set": {"years": "'20'"},
        "rows": 1,
        "because": "typing",
    }
    declare_more(declare, corrections=[correction])
    rows = [
        f"p{n},a,{n % 2},{1000 + n},{1 + n % 2},{30 + n % 20},{1 + n % 2},{1 + (n % 10 == 3)},4000,{500 + n},1\n"
        for n in range(200)
    ]
    rows[5] = rows[5].replace("p5,", "p4,")
    rows[6] = "p6,a,0,none,1,36,1,1,4000,506,1\n"
    rows[7] = "p7,a,1,1007,7,37,7,1,4000,plenty,1\n"
    file = write(tmp_path, ",".join(MORE_COLUMNS).replace("schooling", "schooling_level") + "\n" + "".join(rows))
    checked = check("NRU.small", file)
    said = told(checked)
    for words in (
        "1 declared column not in the file: 'schooling' (the nearest is 'schooling_level')",
        "a declared correction should touch 1 record(s) and touches 0",
        "1 code(s) of sex that are in no map: '7' (1 record(s))",
        "1 code(s) of birth_status that are in no map: '7' (1 record(s))",
        "1 record(s) hold no number where monthly_earnings is expected",
        "1 record(s) have no usable weight",
        "expected: Every person occurs once; found: 2 of 199 rows",
        "expected: Mean hours usually worked lies between 15 and 70 hours a week; found: 4,000 hours a week",
        "expected: The weighted population of 15 years and over is at most 2 times that of the United Nations for NRU",
    ):
        assert any(words in each for each in said), f"{words}\n" + "\n".join(said)
    assert "plenty" not in "\n".join(checked_lines(checked))
    assert not checked.is_ready
    assert checked.left_aside == [
        "Sex (sex): what is not foreseen is unknown",
        "Place of birth (birth_status): what is not foreseen is unknown",
        "Monthly employment-related income in local currency (monthly_earnings): what is not foreseen is unknown",
        "Education (ISCED 2011) (education_isced11) is not available",
        "In education or training (in_education) is not available",
        "the records without a usable weight",
        "correction 'typing'",
    ]
    assert checked.preview is not None
    assert "Education (ISCED 2011)" in checked.preview.absent["not_available"]
    assert [(each.value, each.records) for each in distribution(checked, "sex").missing] == [("unknown", 1)]


def test_a_sound_file_is_previewed_with_values_worked_by_hand(
    tmp_path: Path, declare: Declare, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("ILMS_HOME", str(home))
    declare()
    checked = check("ZZZ.small", write(tmp_path, f"{HEADER}\n{PERSONS}"))
    assert checked.is_ready, told(checked)
    assert checked.facts is not None
    assert (checked.facts.records, checked.facts.persons) == (8, 8)
    found = figures(checked)
    values = {label: None if each.value is None else round(each.value, 2) for label, each in found.items()}
    assert values["Population"] == 1200
    assert values["Population of 15 years and over"] == 1100
    assert values["Persons in employment"] == 550
    assert values["Persons in unemployment"] == 200
    assert values["Unemployment rate"] == 26.67  # 200 of 750
    assert values["Participation rate"] == 68.18  # 750 of 1100
    assert values["Share of the foreign-born"] == 23.81  # 250 of 1050 whose place of birth is known
    assert values["Mean hours usually worked"] is None
    birth = distribution(checked, "birth_status")
    assert [shown(each) for each in birth.values] == [("native", 5, 66.67), ("foreign", 2, 20.83)]  # 800, 250 of 1200
    assert [shown(each) for each in birth.missing] == [("unknown", 1, 12.5)]
    assert checked.preview is not None
    assert "Citizenship" in checked.preview.absent["not_asked"]
    out = {each.name: each for each in checked.indicators}
    assert (out["MST_TEMP_SEX_AGE_CBR_NB"].state, out["MST_TEMP_SEX_AGE_CCT_NB"].state) == ("published", "totals_only")
    assert out["MST_TEMP_SEX_AGE_CBR_NB"].statuses["S"] > 0  # cells of fewer than five cases
    citizenship = next(each for each in checked.one_more if each.variable == "citizenship_status")
    assert "MST_NCTE_SEX_CCT_NB" in citizenship.added
    assert "MST_TEMP_SEX_AGE_CCT_NB" in citizenship.in_full
    spread = distribution(checked, "age").spread
    assert spread is not None
    assert (spread.records, dict(spread.quantiles), spread.mean) == (8, {}, None)  # of eight, any would be a person's
    lines = list(checked_lines(checked))
    assert "Faults: none" in lines
    assert lines[-3:] == [
        "  2  add a golden wave, worked out by hand (golden/2024/)",
        "  3  put the file where `mirror` says under ILMS_MIRROR",
        "  4  run it: ilms run --source ZZZ.small --wave 2024",
    ]
    assert not home.exists()


def test_a_join_without_partners_is_left_aside(tmp_path: Path, declare: Declare) -> None:
    names = {**{name: name for name in SMALL_COLUMNS}, "person": "person", "hours": "hours"}
    source = declare(
        "NRU.small",
        columns="column,2024\n" + "".join(f"{ours},{theirs}\n" for ours, theirs in names.items()),
        waves={"2024": {"files": [{"name": name, "mirror": name} for name in ("lfs.csv", "jobs.csv")]}},
        joins={"job": {"file": "jobs.csv", "columns": ["hours"], "records": "one", "keys": {"id": "person"}}},
        variables={**SMALL_SOURCE["variables"], "hours_usual": {"column": "hours"}},
    )
    persons = write(tmp_path, f"{HEADER}\n{PERSONS}")
    found = furthest(source, tmp_path, persons, write(tmp_path, "person,hours\nq1,40\n", "jobs.csv"))
    assert [each.what for each in found.faults] == ["8 of 8 record(s) have no row; the first is number 1 of its file"]
    assert left_aside(source, found.source) == [
        "Hours usually worked per week (hours_usual) is not available",
        "join 'job'",
    ]
    assert found.made is not None
    assert found.made.persons == 8


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "empty"),
        (f"{HEADER}\n", "no record"),
        ("Nothing,that,is,declared\nx,y,z,u\n", "8 declared columns not in the file"),
    ],
)
def test_a_file_that_gives_nothing_to_preview_says_why(
    tmp_path: Path, declare: Declare, content: str, said: str
) -> None:
    found = furthest(declare(), tmp_path, write(tmp_path, content))
    assert any(said in each.what for each in found.faults), found.faults
    assert found.made is None


def test_without_its_weight_no_number_of_persons_is_shown(tmp_path: Path, declare: Declare) -> None:
    source = declare()
    found = furthest(source, tmp_path, write(tmp_path, f"{HEADER}\n{PERSONS}".replace(",w,", ",factor,")))
    assert left_aside(source, found.source) == [
        "the weight: every record counts as one person, and no number of persons is shown"
    ]
    assert "weight" in kind_of(source).unjudged(source, found.source)
    preview = preview_persons(found.source, Partition("ZZZ.small", "2024"), tmp_path / "core.parquet")
    values = {figure.label: figure.value for figure in preview.figures}
    assert "Persons in employment" not in values
    assert values["Unemployment rate"] == 20  # one of five records


def test_a_proposal_that_nobody_has_decided_is_looked_at_as_it_stands(tmp_path: Path, declare: Declare) -> None:
    """The marks are a fault; a code that has no proposed value is unknown, and no value is made up for it."""
    declare()
    folder = tmp_path / "sources" / "ZZZ" / "small"
    codes = SMALL_CODES.replace("birth,2,foreign", "birth,2,?").replace("sex,1,male", "sex,1,?male")
    (folder / "code_maps.csv").write_text(codes, encoding="utf-8")
    declaration = folder / "source.yaml"
    text = declaration.read_text(encoding="utf-8")
    declaration.write_text(
        text.replace("  birth_status:", "  ?birth_status:").replace("Small labour", "(!) Small labour")
    )
    checked = check("ZZZ.small", write(tmp_path, f"{HEADER}\n{PERSONS}"))
    marks, unknown = list(told(checked))[:2]
    assert "3 proposal(s) are not decided, marked ?: birth_status (line " in marks
    assert "(!) in source.yaml" in marks
    assert "1 code(s) of birth_status that are in no map: '2' (2 record(s))" in unknown
    assert [shown(each) for each in distribution(checked, "sex").values] == [("female", 4, 54.17), ("male", 4, 45.83)]
    assert [shown(each) for each in distribution(checked, "birth_status").missing] == [("unknown", 3, 33.33)]


def test_a_proposal_that_cannot_be_loaded_says_what_is_lacking(tmp_path: Path, declare: Declare) -> None:
    declare()
    declaration = tmp_path / "sources" / "ZZZ" / "small" / "source.yaml"
    text = declaration.read_text(encoding="utf-8")
    declaration.write_text(text.replace("column: w\n", 'column: "?"\n'))
    with pytest.raises(DeclarationError, match="1 proposal.s. are not decided.*If they are kept as they stand"):
        check("ZZZ.small", write(tmp_path, f"{HEADER}\n{PERSONS}"))


@pytest.fixture
def small_register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallRegister:
    """A small register in a temporary folder."""
    return SmallRegister(tmp_path, monkeypatch)


def test_a_register_is_previewed_by_its_tables(tmp_path: Path, small_register: SmallRegister) -> None:
    small_register.declare()
    checked = check("ZZZ.permits", write(tmp_path, PLAIN, "permits.csv"))
    assert checked.is_ready, told(checked)
    assert figures(checked)["Permits by nationality"].value == 17
    assert [shown(each) for each in distribution(checked, "citizenship").values] == [
        ("IND", 1, 58.82),  # 10 of 17
        ("BRA", 1, 29.41),
        ("other", 1, 11.76),
    ]
    assert {each.name for each in checked.indicators if each.state == "published"} == {"REG_PERI_CCT_NB"}


def test_faults_of_all_tables_of_a_register_are_reported_at_once(tmp_path: Path, small_register: SmallRegister) -> None:
    """Words without a meaning leave the sum of a table, and a table that lacks its column is left out."""
    second = {**table()["permits"], "title": "Renewals", "feeds": {}}
    small_register.declare(
        columns=f"{COLUMNS}renewals.nationality,Nationality\nrenewals.permits,Renewals\n",
        tables={**table(), "renewals": second},
    )
    checked = check("ZZZ.permits", write(tmp_path, PLAIN.replace("Brazil", "Brasilandia"), "permits.csv"))
    said = told(checked)
    assert any("1 value(s) of 'citizenship' have no meaning: 'Brasilandia'" in each for each in said)
    assert any("1 declared column not in the file: 'Renewals'" in each for each in said)
    assert checked.left_aside == ["the breakdown of table 'permits' by citizenship", "table 'renewals'"]
    assert figures(checked)["Permits by nationality"].value == 17


@pytest.mark.parametrize(
    ("content", "changes", "fault", "said"),
    [
        (
            f"{PLAIN}Total,18\n",
            {"totals": [{"when": "raw.nationality = 'Total'"}]},
            "18",
            "sums of table 'permits' that do not hold",
        ),
        (f"{PLAIN}Chile,ten\n", {}, "a count is not a number", "counts of table 'permits' that are no numbers"),
        (
            PLAIN,
            {"corrections": [{"wave": "2024", "where": "raw.permits = '9'", "set": {"permits": "'8'"}, "rows": 1,
                              "because": "typing"}]},
            "a declared correction should touch 1 row(s) and touches 0",
            "correction 'typing' of table 'permits'",
        ),
    ],
)  # fmt: skip
def test_what_a_table_does_not_bear_out_is_left_aside(
    tmp_path: Path, small_register: SmallRegister, content: str, changes: dict[str, Any], fault: str, said: str
) -> None:
    """Sums, counts and corrections; the rest of the table is still there."""
    register = small_register.declare(tables=table(**changes))
    file = write(tmp_path, content, "permits.csv")
    partition = Partition(register.id, "2024")
    found = kind_of(register).furthest(
        register.of_wave("2024"), partition, [RawInput(file, "data")], tmp_path / "core.parquet", memory_limit="1GB"
    )
    assert [fault in each.what for each in found.faults] == [True], found.faults
    assert kind_of(register).left_aside(register, found.source, "2024") == [said]
    preview = kind_of(register).preview(found.source, partition, tmp_path / "core.parquet", memory_limit="1GB")
    assert [figure.value for figure in preview.figures] == [17]


def test_benchmarks_at_hand_stand_beside_the_figures(tmp_path: Path) -> None:
    """Of the nearest year, and only where the benchmark's file is in the mirror."""
    rates = tmp_path / "mirror" / "reference" / "global_inputs" / "ilo_modelled_rates.csv.gz"
    rates.parent.mkdir(parents=True)
    rows = ["vintage,indicator,iso3,year,sex,value"]
    rows += [f"SG2025-12,lfpr_15plus,NRU,{year},{sex},{value}" for year, sex, value in
             ((2021, "T", 60), (2023, "T", 65), (2023, "M", 70), (2015, "T", 50))]  # fmt: skip
    with gzip.open(rates, "wt", encoding="utf-8") as stream:
        stream.write("\n".join(rows) + "\n")
    wanted = ["participation_rate", "foreign_born_of_working_age"]

    def at_hand(wave: str) -> FiguresAtHand:
        partition, home = Partition("NRU.small", wave), Layout(tmp_path / "home")
        return figures_at_hand(home, tmp_path / "mirror", partition, wanted, tmp_path, memory_limit="1GB")

    assert at_hand("2024") == FiguresAtHand({"participation_rate": Beside(65, "ILO modelled estimates, 2023")}, ())
    assert at_hand("2030").figures == {}
    with gzip.open(rates, "wt", encoding="utf-8") as stream:
        stream.write("vintage,indicator,country,year,sex,value\nSG2025-12,lfpr_15plus,NRU,2023,T,65\n")
    (remark,) = at_hand("2024").remarks
    assert "table 'rate' of X01.participation cannot be compared with: 1 declared column not in the file" in remark


def test_files_are_known_by_their_names_else_by_their_order(tmp_path: Path, declare: Declare) -> None:
    files: list[Mapping[str, str]] = [
        {"name": f"{part}_{{year}}.csv", "mirror": f"x/{part}.csv"} for part in ("a", "b")
    ]
    source = declare(waves={"2024": {"files": files}})
    b, other = write(tmp_path, "", "b_2024.csv"), write(tmp_path, "", "received.csv")
    folder = tmp_path / "given"
    folder.mkdir()
    given = given_files(source, "2024", [b, other], None, folder)
    assert [file.path.name for file in given.files] == ["b_2024.csv", "a_2024.csv"]
    assert given.files[1].path.resolve() == other
    assert given.remarks == ("received.csv is taken for a_2024.csv, which has another name in the declaration",)


def test_the_wave_is_that_whose_file_is_called_so(tmp_path: Path, declare: Declare) -> None:
    files = [{"name": "lfs_{year}.csv", "mirror": "lfs_{year}.csv"}]
    source = declare(waves={"2023": {"files": files}, "2024": {"files": files}})
    assert wave_of(source, None, [tmp_path / "lfs_2023.csv"]) == "2023"
    assert wave_of(source, "2024", [tmp_path / "lfs_2023.csv"]) == "2024"
    with pytest.raises(InputError, match="say by --wave which one it is: 2023, 2024"):
        wave_of(source, None, [tmp_path / "received.csv"])
    with pytest.raises(InputError, match="declares no wave 2022"):
        wave_of(source, "2022", [])


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path, declare: Declare) -> None:
    declare()
    with pytest.raises(InputError, match="there is no file"):
        check("ZZZ.small", tmp_path / "nowhere.csv")


@pytest.mark.mirror
@pytest.mark.slow
def test_a_real_file_with_many_faults_has_them_told_at_once(mirror: Path, tmp_path: Path) -> None:
    """A quarter of the Argentine survey: a column renamed, a code added, weights a hundred times too large, hours
    written as hhmm, codes of countries that are in no list."""
    name = "EPH_usu_1_Trim_2024_txt.zip"
    with zipfile.ZipFile(mirror / "microdata" / "arg_eph_complete" / "2024-Q1" / name) as received:
        member = next(each for each in received.namelist() if "individual" in each)
        header, *rows = csv.reader(received.read(member).decode("latin-1").splitlines(), delimiter=";")
    at = {column: place for place, column in enumerate(header)}
    for number, row in enumerate(rows):
        row[at["PONDERA"]] += "00"
        row[at["PP3E_TOT"]] += "00" if row[at["PP3E_TOT"]] not in ("", "999") else ""
        row[at["CH04"]] = "3" if number % 200 == 0 else row[at["CH04"]]
        row[at["CH15_COD"]] = f"9{row[at['CH15_COD']]}" if row[at["CH15_COD"]] else ""
    header[at["CH13"]] = "CH13_NEW"
    with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as changed:
        changed.writestr(member, "\n".join(";".join(row) for row in [header, *rows]).encode("latin-1"))
    checked = check("ARG.eph", tmp_path / name)
    assert checked.partition.wave == "2024-Q1"
    said = told(checked)
    for words in (
        "'CH13' (the nearest is 'CH13_NEW')",
        "1 code(s) of sex that are in no map: '3'",
        "code(s) of country_of_birth that are in no map: '9",
        "Mean hours actually worked lies between 12 and 70 hours a week; found: 3,",
        "at most 2 times that of the United Nations for ARG",
    ):
        assert any(words in each for each in said), f"{words}\n" + "\n".join(said)
    assert checked.indicators
