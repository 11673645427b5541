"""The wider concepts on the producers' own files: persons as the codebook counts them, read by other means than ours.

Every line gives a count twice: over the harmonised persons, and over the producer's columns under the producer's
names. Both are sums of the producer's weights.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pyreadstat
import pytest

from schemas.loader import load_survey
from schemas.partition import Partition
from transforms.harmonise import harmonise
from transforms.read import RawInput, read_wave

pytestmark = pytest.mark.mirror

ARGENTINA = Partition("ARG.eph", "2016-Q3")
URUGUAY = Partition("URY.ech", "2018")
BRAZIL = Partition("BRA.pnadc", "2017-Q4")
SPAIN = Partition("ESP.epf", "2022")
LUXEMBOURG_INCOME_STUDY = Partition("USA.lis", "2016")
AMERICAN_COMMUNITY_SURVEY = Partition("USA.acs", "2024")
DISTRICT_OF_COLUMBIA = "p_11.parquet"  # the American survey is large, its files have one form

# First position and width, from the producer's SAS statement.
PNADC = {
    "V1028": (50, 15), "V2009": (92, 3), "V3002": (97, 1), "V4012": (144, 1), "V4019": (174, 1), "V4025": (179, 1),
    "V4029": (183, 1), "V4032": (184, 1), "V4063A": (361, 1), "V4064A": (363, 1), "VD4002": (396, 1),
    "VD4003": (397, 1), "VD4009": (403, 2), "VD4031": (448, 3),
}  # fmt: skip

Persons = Callable[[Partition], tuple[str, str]]


@pytest.fixture(scope="module")
def persons(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Persons:
    """The files of a partition's harmonised persons and of the producer's records; each partition is read once."""
    done: dict[Partition, tuple[str, str]] = {}

    def files_of(partition: Partition) -> tuple[str, str]:
        if partition not in done:
            done[partition] = _read(partition, mirror, tmp_path_factory.mktemp("wider"))
        return done[partition]

    return files_of


def _read(partition: Partition, mirror: Path, folder: Path) -> tuple[str, str]:
    source = load_survey(partition.source).of_wave(partition.wave)
    files = [
        RawInput(path, file.role)
        for file in source.waves[partition.wave].files
        for path in sorted(mirror.glob(source.filled(str(file.mirror), partition.wave)))
        if partition != AMERICAN_COMMUNITY_SURVEY or path.name == DISTRICT_OF_COLUMBIA
    ]
    raw, core, received = (folder / f"{name}.parquet" for name in ("raw", "core", "received"))
    read_wave(source.read, files, source.wave_columns(partition.wave), raw, where=partition.key, workdir=folder)
    harmonise(source, partition, raw, core)
    if source.read.format == "parquet":
        return str(core), str(files[0].path)
    duckdb.execute(f"copy ({_received(source.read.format, files[0].path)}) to '{received}' (format parquet)")
    return str(core), str(received)


def _received(format: str, file: Path) -> str:
    """A query that gives the producer's records under the producer's names."""
    if format == "delimited":
        return f"from read_csv('{file}', delim=';', all_varchar=true, header=true, encoding='latin-1')"
    if format == "fixed_width":
        columns = ", ".join(
            f"nullif(trim(substr(line, {at}, {width})), '') as {name}" for name, (at, width) in PNADC.items()
        )
        return (
            f"select {columns} from read_csv('{file}', columns={{'line': 'varchar'}}, delim='\\0', quote='',"
            " header=false, auto_detect=false)"
        )
    read = pyreadstat.read_sav if format == "spss" else pyreadstat.read_dta
    duckdb.register("received", read(str(file))[0])
    return "from received"


def count(file: str, weight: str, condition: str) -> float:
    query = f"select sum(cast({weight} as double)) from read_parquet('{file}') where {condition}"
    return float(duckdb.execute(query).fetchall()[0][0])


NEET = "age between 15 and 24 and labour_force_status in ('unemployed', 'outside') and in_education = 'no'"
ATTENDS_SOME_LEVEL = "1 in (e193, e197, e201, e212, e215, e218, e221, e224)"
COUNTED_TWICE = [
    (ARGENTINA, "PONDERA", NEET, "cast(CH06 as int) between 15 and 24 and ESTADO in ('2', '3') and CH10 in ('2', '3')"),
    (ARGENTINA, "PONDERA", "institutional_sector = 'public'", "ESTADO = '1' and PP04A = '1'"),
    (ARGENTINA, "PONDERA", "job_social_protection = 'no'", "ESTADO = '1' and CAT_OCUP = '3' and PP07H = '2'"),
    (ARGENTINA, "PONDERA", "job_contract = 'temporary'", "ESTADO = '1' and CAT_OCUP = '3' and PP07C = '1'"),
    # The producer's own measure is: less than 35 hours in all jobs, wants more, could work them; not absent all week.
    (
        ARGENTINA,
        "PONDERA",
        "time_related_underemployment = 'yes'",
        "ESTADO = '1' and PP03G = '1' and PP03H in ('1', '2')"
        " and cast(PP3E_TOT as double) + cast(PP3F_TOT as double) between 1 and 34",
    ),
    (ARGENTINA, "PONDERA", "industry_isic4_division = '97'", "ESTADO = '1' and PP04B_COD = '9700'"),
    (URUGUAY, "pesoano", NEET, f"e27 between 15 and 24 and pobpcoac > 2 and not {ATTENDS_SOME_LEVEL}"),
    (URUGUAY, "pesoano", "institutional_sector = 'public'", "pobpcoac = 2 and f73 = 2"),
    (URUGUAY, "pesoano", "job_social_protection = 'no'", "pobpcoac = 2 and f82 = 2"),
    (
        URUGUAY,
        "pesoano",
        "informality = 'informal'",
        "pobpcoac = 2 and (f73 = 7 or (f73 in (1, 2, 8) and f82 = 2) or (f73 in (4, 5, 6) and f263 = 2))",
    ),
    (
        URUGUAY,
        "pesoano",
        "time_related_underemployment = 'yes'",
        "pobpcoac = 2 and f102 = 1 and f103 = 1 and f85 + f98 < 40",
    ),
    (
        URUGUAY,
        "pesoano",
        "potential_labour_force = 'yes'",
        "pobpcoac > 5 and ((f106 = 1 and f107 = 2 and f109 = 2) or (f106 > 1 and (f107 = 1 or f109 = 1)))",
    ),
    (URUGUAY, "pesoano", "residence_one_year_ago = 'abroad'", "e27 > 0 and e39 = 3 and e38_1 = 0"),
    (URUGUAY, "pesoano", "occupation_isco08_submajor = '91'", "pobpcoac = 2 and f71_2 like '91%'"),
    # Three years of the basic cycle, or more: whoever completed a level above it has them.
    (
        URUGUAY,
        "pesoano",
        "education_isced11 in ('2', '3', '5', '6', '7')",
        "1 in (e201_1, e215_1, e218_1, e221_1, e224_1) or e51_4 = 3 or (e212_1 = 1 and e214_1 between 20000 and 39999)",
    ),
    (BRAZIL, "V1028", NEET, "cast(V2009 as int) between 15 and 24 and VD4002 is distinct from '1' and V3002 = '2'"),
    (BRAZIL, "V1028", "institutional_sector = 'public'", "VD4002 = '1' and V4012 in ('2', '4')"),
    (BRAZIL, "V1028", "job_contract = 'temporary'", "VD4002 = '1' and V4025 = '1'"),
    (BRAZIL, "V1028", "potential_labour_force = 'yes'", "VD4003 = '1'"),
    # VD4004A, the producer's own measure, from the questions behind it.
    (
        BRAZIL,
        "V1028",
        "time_related_underemployment = 'yes'",
        "V4063A = '1' and V4064A = '1' and cast(VD4031 as int) < 40",
    ),
    (
        BRAZIL,
        "V1028",
        "informality = 'informal'",
        "VD4009 = '10' or (VD4009 in ('08', '09') and V4019 = '2')"
        " or (VD4009 in ('02', '04', '06') and V4029 = '2' and V4032 = '2')",
    ),
    (LUXEMBOURG_INCOME_STUDY, "ppopwgt", "institutional_sector = 'public'", "emp_ilo = 1 and public1 = 1"),
    (LUXEMBOURG_INCOME_STUDY, "ppopwgt", "in_education = 'yes'", "enroll = 1"),
    (LUXEMBOURG_INCOME_STUDY, "ppopwgt", "disability = 'yes'", "disabled = 1"),
    # The second generation, and migrant workers by paragraph 14 (a) of the guidelines.
    (
        SPAIN,
        "FACTOR",
        "birth_status = 'native' and parents_birth = 'both_foreign'",
        "PAISNACIM = 'España' and PAISPADRE like 'Resto %' and PAISMADRE like 'Resto %'",
    ),
    (URUGUAY, "pesoano", "area_type = 'rural'", "region_4 = 4"),
    (URUGUAY, "pesoano", "imw_a_birth = 'yes'", "e27 > 14 and e37 = 4 and pobpcoac in (2, 3, 4, 5)"),
    (LUXEMBOURG_INCOME_STUDY, "ppopwgt", "residence_one_year_ago = 'abroad'", "migrat_c = 8"),
    (LUXEMBOURG_INCOME_STUDY, "ppopwgt", "industry_isic4_division = '97'", "emp_ilo = 1 and ind1_c = 9290"),
]


@pytest.mark.parametrize(
    ("partition", "weight", "harmonised", "as_received"),
    COUNTED_TWICE,
    ids=[f"{each[0].source}-{' '.join(each[2].split()[:3])}" for each in COUNTED_TWICE],
)
def test_a_concept_counts_whom_the_codebook_counts(
    persons: Persons, partition: Partition, weight: str, harmonised: str, as_received: str
) -> None:
    core, received = persons(partition)
    expected = count(received, weight, as_received)
    assert expected > 0
    assert count(core, "weight", harmonised) == pytest.approx(expected, rel=1e-12)


def test_uruguay_s_own_underemployed_are_among_ours(persons: Persons) -> None:
    """The producer also requires that no more work was found, so its number is smaller."""
    core, received = persons(URUGUAY)
    ours, theirs = (
        count(core, "weight", "time_related_underemployment = 'yes'"),
        count(received, "pesoano", "subempleo = 1"),
    )
    assert 0.8 * ours < theirs < ours


def test_american_community_survey_in_the_district_of_columbia(persons: Persons) -> None:
    core, received = persons(AMERICAN_COMMUNITY_SURVEY)
    employed = "ESR in (1, 2, 4, 5)"
    twice = {
        "institutional_sector = 'public'": f"{employed} and COW in (3, 4, 5)",
        "disability = 'yes'": "DIS = 1",
        "imw_a_birth = 'yes'": "NATIVITY = 2 and AGEP >= 16 and ESR between 1 and 5",
        "residence_one_year_ago = 'abroad'": "AGEP > 0 and MIGSP >= 100 and MIGSP <> 555",
        "industry_isic4_division = '97'": f"{employed} and INDP = 9290",
        "industry_isic4_division in ('86', '87', '88')": f"{employed} and INDP between 7970 and 8470",
        "industry_isic4 = 'F' and industry_isic4_division = 'unknown'": f"{employed} and INDP = 770",
    }
    assert {each: count(core, "weight", each) for each in twice} == {
        each: count(received, "PWGTP", condition) for each, condition in twice.items()
    }
