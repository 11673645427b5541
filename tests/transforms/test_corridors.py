"""Labour agreements compared with the stock of migrants: which corridor counts, from which year, on which side; and the
stock itself, by origin."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from expectations.gate import GateParameters, run_gate
from expectations.suites import SuiteName
from ilms.authoring.golden import golden_faults, golden_waves
from schemas.corridors import PROVISIONS, Corridors
from schemas.errors import DeclarationError, InputError
from schemas.loader import load_runnable
from schemas.partition import Partition
from transforms.corridors import estimate_corridors, harmonise_corridors

SOURCE = "X01.labour_agreements"
AGREEMENTS = """treatyID,countryA,countryB,year
1,West Germany,Turkey,1961
2,Yugoslavia,Germany,1968
3,Spain,Morocco,2001
4,New Zealand,Ireland,9999
"""
PROVIDED = {"1": {"social_security", "recruit_cost_mig"}, "3": {"prot_equal"}}
"""Coded texts -> the provisions that they have, as the registry names them."""
STOCK = """geo,t,from,sex,n,type_b,type_c,type_r,type_i
DEU,{year},TUR,male,60,0,1,1,0
DEU,{year},TUR,female,30,0,1,1,0
DEU,{year},SRB,female,60,0,1,1,0
DEU,{year},OOO,male,50,0,1,1,0
TUR,{year},DEU,male,8,1,0,0,1
IRL,{year},NZL,male,5,1,0,0,0
"""
# By the names in the registry, looked up by hand.
PARTNERS_OF_QATAR = ["ALB", "BGD", "CHN", "EGY", "GMB", "IDN", "IND", "IRN", "KHM", "LKA", "MAR", "MKD", "NPL", "PAK"]
PARTNERS_OF_QATAR += ["PHL", "SDN", "SOM", "SYR", "THA", "TUN", "TUR", "VNM"]
YEARS = ("1960", "1961", "1980", "1981", "2019", "2020", "2024")
Shares = dict[str, float]
Make = Callable[..., Shares]


@pytest.fixture
def corridors() -> Corridors:
    """The declared source, its files written as plain CSV."""
    declared = load_runnable(SOURCE)
    assert isinstance(declared, Corridors)
    tables = {
        name: table.model_copy(update={"parts": [part.model_copy(update={"read": None}) for part in table.parts]})
        for name, table in declared.tables.items()
    }
    waves = dict.fromkeys(YEARS, declared.waves["2024"])
    return declared.model_copy(update={"tables": tables, "waves": waves})


def coded_texts(corridors: Corridors) -> str:
    """The table of coded texts, with a column for every provision."""
    (part,) = corridors.tables["provision"].parts
    names = [name for name in part.columns.values() if name != "treatyID"]
    rows = [[text, *("1" if name in given else "0" for name in names)] for text, given in PROVIDED.items()]
    return "\n".join(",".join(row) for row in [["treatyID", *names], *rows]) + "\n"


@pytest.fixture
def make(corridors: Corridors, tmp_path: Path) -> Make:
    """Shares of made-up files, by 'area side sex type'; core.parquet and cells.parquet are kept."""

    def made(year: str = "2024", *, agreements: str = AGREEMENTS, stock: str = STOCK) -> Shares:
        texts = {
            "BLAs_Formation_Data.dta": agreements,
            "BLAs_Coding_Data.dta": coded_texts(corridors),
            "ims_2024_bilateral_by_sex.csv.gz": stock.replace("{year}", year),
        }
        files = {name: tmp_path / f"{name.partition('.')[0]}.csv" for name in texts}
        for name, text in texts.items():
            files[name].write_text(text, encoding="utf-8")
        partition, core, cells = Partition(SOURCE, year), tmp_path / "core.parquet", tmp_path / "cells.parquet"
        harmonise_corridors(corridors, partition, files, core, workdir=tmp_path)
        estimate_corridors(corridors, partition, core, cells, vintage="v")
        sides = {"MAGR": "in", "NAGR": "out", "XAGR": "signed", "NPOP": "abroad"}
        side = " ".join(f"when '{measure}' then '{word}'" for measure, word in sides.items())
        side = f"case substr(indicator, 5, 4) {side} end"
        key = f"concat_ws(' ', ref_area, {side}, nullif(sex, ''), classif1)"
        return dict(duckdb.execute(f"select {key}, obs_value from read_parquet('{cells}')").fetchall())

    return made


def test_a_share_is_of_all_migrants_and_by_sex(make: Make) -> None:
    shares = make()
    assert shares["DEU in SEX_T AGR_SIGNED_TOTAL"] == 45, "90 of 200; those of no named country count as not covered"
    assert shares["DEU in SEX_M AGR_SIGNED_TOTAL"] == pytest.approx(100 * 60 / 110)
    assert shares["TUR out SEX_T AGR_SIGNED_TOTAL"] == 100
    assert shares["X01 in SEX_T AGR_SIGNED_TOTAL"] == pytest.approx(100 * (90 + 8 + 5) / 213)


def test_an_agreement_counts_both_ways(make: Make) -> None:
    assert make()["TUR in SEX_T AGR_SIGNED_TOTAL"] == 100


def test_an_agreement_counts_from_the_year_in_which_it_was_signed(make: Make) -> None:
    assert make("1960")["DEU in SEX_T AGR_SIGNED_TOTAL"] == 0
    assert make("1961")["DEU in SEX_T AGR_SIGNED_TOTAL"] == 45


def test_an_agreement_without_a_year_counts_from_the_end_of_the_registry(make: Make) -> None:
    assert make("2019")["IRL in SEX_T AGR_SIGNED_TOTAL"] == 0
    assert make("2020")["IRL in SEX_T AGR_SIGNED_TOTAL"] == 100


def test_agreements_of_states_that_are_no_more_bind_no_successor(make: Make) -> None:
    assert make()["SRB out SEX_T AGR_SIGNED_TOTAL"] == 0


def test_agreements_of_long_ago_stand_apart(make: Make) -> None:
    shares = make()
    assert shares["DEU in SEX_T AGR_LATEST_RECENT"] == 0
    assert shares["DEU in SEX_T AGR_LATEST_OLDER"] == 45
    assert make("1980")["DEU in SEX_T AGR_LATEST_RECENT"] == 45
    assert make("1981")["DEU in SEX_T AGR_LATEST_RECENT"] == 0


def test_texts_that_are_not_coded_are_not_taken_for_texts_without_social_protection(make: Make) -> None:
    stock = STOCK + "MAR,{year},ESP,male,7,1,0,0,0\n"
    shares = make(stock=stock)
    assert shares["DEU in SEX_T AGR_SIGNED_SOCIAL"] == 45
    assert shares["MAR in SEX_T AGR_SIGNED_NOSOCIAL"] == 100
    assert shares["IRL in SEX_T AGR_SIGNED_X"] == 100
    assert make(stock=stock, agreements=AGREEMENTS + "5,Spain,Morocco,2005\n")["MAR in SEX_T AGR_SIGNED_X"] == 100


def test_a_provision_counts_where_one_coded_text_of_the_corridor_has_it(make: Make) -> None:
    shares = make(agreements=AGREEMENTS + "5,West Germany,Turkey,1964\n")
    assert shares["DEU in SEX_T AGR_PROV_NOFEES"] == 45, "the text of 1961 has it; that of 1964 is not coded"
    assert shares["DEU in SEX_T AGR_PROV_EQUAL"] == 0
    assert shares["DEU in SEX_T AGR_PROV_TOTAL"] == 45
    assert shares["TUR out SEX_T AGR_PROV_SOCIALPROT"] == shares["TUR out SEX_T AGR_SIGNED_SOCIAL"] == 100
    assert shares["IRL in SEX_T AGR_PROV_TOTAL"] == 0, "no text of the corridor is coded"


def test_agreements_are_counted_for_each_party_and_once_in_the_world(make: Make) -> None:
    numbers = make(agreements=AGREEMENTS + "5,West Germany,Turkey,1964\n")
    assert numbers["DEU signed AGR_SIGNED_TOTAL"] == numbers["TUR signed AGR_SIGNED_TOTAL"] == 2
    assert numbers["DEU signed AGR_SIGNED_X"] == numbers["DEU signed AGR_PROV_NOFEES"] == 1
    assert numbers["MAR signed AGR_PROV_EQUAL"] == 1, "though the stock has no migrants between Morocco and Spain"
    assert numbers["X01 signed AGR_SIGNED_TOTAL"] == 4
    assert numbers["X01 signed AGR_PROV_TOTAL"] == 2
    assert "FRA signed AGR_SIGNED_TOTAL" not in numbers


def test_an_agreement_is_counted_from_the_year_in_which_it_was_signed(make: Make) -> None:
    assert "TUR signed AGR_SIGNED_TOTAL" not in make("1960")
    assert make("1961")["TUR signed AGR_SIGNED_TOTAL"] == 1


def test_every_number_says_who_is_a_migrant_and_that_the_stock_is_estimated(make: Make, tmp_path: Path) -> None:
    make()
    found = duckdb.execute(
        f"select distinct ref_area, note_indicator, obs_status, n from read_parquet('{tmp_path / 'cells.parquet'}')"
        " where contains(indicator, 'MAGR') and ref_area in ('DEU', 'TUR') order by 1"
    ).fetchall()
    (_, germany, status, cases), (_, turkey, _, _) = found
    assert germany.startswith("Definition of migrants: foreign citizens, refugees as the producer adds them | ")
    assert "25.0 per cent are from countries not named" in germany
    assert turkey.startswith("Definition of migrants: foreign-born, imputed by the producer | Data reference period")
    assert (status, cases) == ("E", None)


def test_people_of_a_country_are_counted_where_they_live_in_thousands(make: Make) -> None:
    numbers = make(stock=STOCK + "TUR,{year},SRB,male,4,1,0,0,1\nIRL,{year},SRB,male,0,1,0,0,0\n")
    assert numbers["TUR abroad SEX_T CRS_RES_DEU"] == numbers["TUR abroad SEX_T CRS_RES_TOTAL"] == 0.09
    assert (numbers["TUR abroad SEX_M CRS_RES_DEU"], numbers["TUR abroad SEX_F CRS_RES_DEU"]) == (0.06, 0.03)
    assert numbers["SRB abroad SEX_T CRS_RES_TOTAL"] == pytest.approx(0.064)
    assert numbers["SRB abroad SEX_F CRS_RES_TOTAL"] == 0.06
    assert "SRB abroad SEX_T CRS_RES_IRL" not in numbers, "nobody is counted there"
    assert not [key for key in numbers if key.startswith("other ")], "the 50 of no named country are in no number"


def test_people_abroad_are_those_whom_the_country_where_they_live_counts(make: Make, tmp_path: Path) -> None:
    make()
    found = dict(
        duckdb.execute(
            f"select classif1, (note_classif, note_indicator) from read_parquet('{tmp_path / 'cells.parquet'}')"
            " where indicator = 'COR_NPOP_SEX_CRS_NB' and sex = 'SEX_T' and ref_area in ('TUR', 'DEU')"
            " and (ref_area = 'DEU' or classif1 <> 'CRS_RES_TOTAL')"
        ).fetchall()
    )
    assert found["CRS_RES_DEU"][0] == "Definition of migrants: foreign citizens, refugees as the producer adds them"
    assert found["CRS_RES_TUR"][0] == "Definition of migrants: foreign-born, imputed by the producer"
    assert found["CRS_RES_TOTAL"][0] == "Definition of migrants: as each country of destination reports them"
    (of_indicator,) = {note for _, note in found.values()}
    assert of_indicator.startswith("Population coverage: 23.5 per cent of all migrants are from countries that are not")
    assert "agreement" not in of_indicator, "the declared notes are about agreements"


def test_a_name_that_is_no_country_stops_the_partition_with_the_nearest(make: Make) -> None:
    with pytest.raises(InputError, match=r"column 'first_party' are not countries: 'Brasil-ia' \(nearest: Brasil, "):
        make(agreements=AGREEMENTS + "5,Brasil-ia,Spain,2005\n")


def test_a_year_that_the_stock_lacks_stops_the_partition(make: Make) -> None:
    with pytest.raises(InputError, match="the stock has no migrants of 2024"):
        make(stock=STOCK.replace("{year}", "2023"))


def failures(corridors: Corridors, suite: SuiteName, file: Path, change: str) -> set[str]:
    table = file.with_name("changed.parquet")
    duckdb.sql(f"copy (select {change} from read_parquet('{file}')) to '{table}' (format parquet)")
    parameters = GateParameters.of_tables(corridors, Partition(SOURCE, "2024"))
    outcome = run_gate(suite, table, parameters, output=file.with_name("quality.parquet"), data_docs=None)
    return {failure[1 : failure.index("] Expected")] for failure in outcome.critical_failures}


@pytest.mark.parametrize(
    ("suite", "change", "faults"),
    [
        (
            "corridors",
            "coded + 9 as coded, 'UGR' as origin, -migrants as migrants",
            {"agreements_nested", "area_known[origin]", "migrants_usable", "corridor_once"},
        ),
        (
            "corridor_cells",
            "if(sex = 'SEX_T', 199, obs_value) as obs_value, '' as note_indicator, '' as obs_status",
            {"types_add_up", "sexes_agree", "migrants_defined", "estimate_said", "share_usable"},
        ),
        (
            "corridor_cells",
            "if(classif1 = 'AGR_PROV_NOFEES', 200, obs_value) as obs_value",
            {"provisions_within_coded"},
        ),
        (
            "corridor_cells",
            "if(classif1 = 'CRS_RES_TOTAL', 2 * obs_value, obs_value) as obs_value, '' as note_classif",
            {"types_add_up", "migrants_defined"},
        ),
        (
            "corridor_cells",
            "if(sex = 'SEX_T' and classif1 = 'CRS_RES_DEU', 2 * obs_value, obs_value) as obs_value",
            {"women_and_men_add_up"},
        ),
    ],
)
def test_the_gate_finds_faults_and_only_them(
    corridors: Corridors, make: Make, tmp_path: Path, suite: SuiteName, change: str, faults: set[str]
) -> None:
    make()
    file = tmp_path / ("core.parquet" if suite == "corridors" else "cells.parquet")
    assert failures(corridors, suite, file, "*") == set()
    assert faults <= failures(corridors, suite, file, f"* replace ({change})")


def test_the_golden_wave_is_met() -> None:
    waves = golden_waves(SOURCE)
    assert waves
    assert [golden_faults(load_runnable(SOURCE), wave) for wave in waves] == [[]] * len(waves)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("  stock:\n", "  stocks:\n"), "there is no table 'stock'"),
        (("social_protection:", "social:"), "table 'provision' has no column 'social_protection'"),
        (('"2000": &wave', '"2000-Q1": &wave'), "'2000-Q1' is not a year"),
    ],
)
def test_faults_of_a_declaration_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: tuple[str, str], fault: str
) -> None:
    from schemas.loader import source_folder

    text = (source_folder(SOURCE) / "source.yaml").read_text(encoding="utf-8")
    assert change[0] in text
    folder = tmp_path / "sources" / "X01" / "other_agreements"
    folder.mkdir(parents=True)
    (folder / "source.yaml").write_text(text.replace(*change), encoding="utf-8")
    monkeypatch.setenv("ILMS_SOURCES", str(tmp_path / "sources"))
    with pytest.raises(DeclarationError, match=fault):
        load_runnable("X01.other_agreements")


def real_numbers(mirror: Path, tmp_path: Path) -> tuple[Corridors, dict[str, Path], Path]:
    """The source as declared, its real files of 2024, and its numbers (cells.parquet beside core.parquet)."""
    declared = load_runnable(SOURCE)
    assert isinstance(declared, Corridors)
    files = {file.name: mirror / str(file.mirror) for file in declared.waves["2024"].files}
    core, cells, partition = tmp_path / "core.parquet", tmp_path / "cells.parquet", Partition(SOURCE, "2024")
    harmonise_corridors(declared, partition, files, core, workdir=tmp_path)
    estimate_corridors(declared, partition, core, cells, vintage="v")
    return declared, files, cells


@pytest.mark.mirror
def test_the_real_registry_and_stock_give_what_a_plain_count_gives(mirror: Path, tmp_path: Path) -> None:
    """The registry is read once more independently, for one country of destination and the registry's own totals."""
    import pyreadstat

    _, files, _ = real_numbers(mirror, tmp_path)

    treaties, _ = pyreadstat.read_dta(str(files["BLAs_Formation_Data.dta"]))
    coded, _ = pyreadstat.read_dta(str(files["BLAs_Coding_Data.dta"]))
    assert (len(treaties), len(coded), int(coded["social_security"].sum())) == (1_222, 570, 174)
    qatar = 694  # its number in the Correlates of War, which the registry writes beside the names
    partners = {*treaties.loc[treaties.codeA == qatar, "countryB"], *treaties.loc[treaties.codeB == qatar, "countryA"]}
    assert len(partners) == len(PARTNERS_OF_QATAR)
    with duckdb.connect() as connection:
        found = connection.execute(
            f"select distinct origin from read_parquet('{tmp_path}/core.parquet')"
            " where destination = 'QAT' and agreements > 0"
        ).fetchall()
        share = connection.execute(
            f"select obs_value from read_parquet('{tmp_path}/cells.parquet') where ref_area = 'QAT'"
            " and indicator = 'COR_MAGR_SEX_AGR_RT' and sex = 'SEX_T' and classif1 = 'AGR_SIGNED_TOTAL'"
        ).fetchall()
        plain = connection.execute(
            "select 100.0 * sum(n) filter (\"from\" in ?) / sum(n) from read_csv(?) where geo = 'QAT' and t = 2024",
            [PARTNERS_OF_QATAR, str(files["ims_2024_bilateral_by_sex.csv.gz"])],
        ).fetchall()
    assert {origin for (origin,) in found} <= set(PARTNERS_OF_QATAR)
    assert share[0][0] == pytest.approx(plain[0][0])
    assert round(share[0][0], 1) == 92.7


@pytest.mark.mirror
def test_the_real_provisions_are_those_of_the_registry_without_former_states(mirror: Path, tmp_path: Path) -> None:
    import pyreadstat

    declared, files, cells = real_numbers(mirror, tmp_path)
    found = dict(
        duckdb.execute(
            f"select classif1, obs_value from read_parquet('{cells}')"
            " where ref_area = 'X01' and indicator = 'COR_XAGR_AGR_NB'"
        ).fetchall()
    )
    coded, _ = pyreadstat.read_dta(str(files["BLAs_Coding_Data.dta"]))
    every = {
        name: int((coded[column] == 1).sum()) for name, column in declared.tables["provision"].parts[0].columns.items()
    }
    asked = ("no_recruitment_fees", "equal_treatment", "model_contract", "contract_renewal", "disputes", "women")
    assert [every[name] for name in asked] == [90, 205, 76, 143, 118, 7]
    former = {"East Germany", "Czechoslovakia", "Yugoslavia"}
    kept = coded[~coded.countryA.isin(former) & ~coded.countryB.isin(former)]
    for name, code in PROVISIONS.items():
        column = declared.tables["provision"].parts[0].columns[name]
        assert found[code] == int((kept[column] == 1).sum()), name
    assert (found["AGR_PROV_TOTAL"], found["AGR_PROV_NOFEES"]) == (len(kept), 86)


@pytest.mark.mirror
def test_people_abroad_of_every_country_are_what_a_plain_sum_of_the_real_stock_gives(
    mirror: Path, tmp_path: Path
) -> None:
    declared, files, cells = real_numbers(mirror, tmp_path)
    with duckdb.connect() as connection:
        found = connection.execute(
            f"select ref_area, sex, round(1000 * obs_value)::bigint from read_parquet('{cells}')"
            " where indicator = 'COR_NPOP_SEX_CRS_NB' and classif1 = 'CRS_RES_TOTAL' and sex <> 'SEX_T' order by all"
        ).fetchall()
        plain = connection.execute(
            "select replace(\"from\", 'XCX', 'CHA'), 'SEX_' || upper(left(sex, 1)), sum(n)::bigint"
            " from read_csv(?) where t = 2024 and \"from\" <> 'OOO' group by 1, 2 order by all",
            [str(files["ims_2024_bilateral_by_sex.csv.gz"])],
        ).fetchall()
    assert found == plain
    assert failures(declared, "corridor_cells", cells, "*") == set()
    totals = {area: sum(value for each, _, value in found if each == area) for area in ("PHL", "LKA")}
    assert totals == {"PHL": 6_988_383, "LKA": 1_492_103}
