"""The producers' own files: every record arrives, and what other readers find in them is found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest

from schemas.errors import InputError
from schemas.read import Read
from transforms.read import RawInput, read_wave

pytestmark = pytest.mark.mirror

EPH = {"format": "delimited", "delimiter": ";", "encoding": "latin-1"}
PNADC_LAYOUT = {"format": "sas", "file": "input_PNADC_trimestral.txt", "encoding": "latin-1"}
EPH_COLUMNS = "CODUSU CH06 CH15 CH15_COD PONDERA ESTADO"
EPH_EMPLOYED = "estado = '1' and ch06::int >= 15"
ACS_COLUMNS = "SERIALNO SPORDER STATE PUMA PWGTP AGEP SEX CIT NATIVITY SCHL ESR INDP OCCP COW WKHP WAGP MIGSP"


@dataclass(frozen=True)
class Real:
    """A real wave: its files under microdata/, how to read them, the records it holds and sums that others publish."""

    data: str
    read: Mapping[str, Any]
    columns: str
    records: int
    sums: Mapping[str, str] = field(default_factory=dict)
    layout: str = ""


WAVES = {
    "eph 2016 q3": Real(
        "arg_eph/2016-Q3/*.txt",
        EPH,
        EPH_COLUMNS,
        2_000,
        {
            f"sum(pondera::bigint) filter ({EPH_EMPLOYED} and ch15 in ('1', '2', '3'))": "386006",
            f"sum(pondera::bigint) filter ({EPH_EMPLOYED} and ch15 in ('4', '5'))": "22717",
        },
    ),
    "eph 2016 q4": Real(
        "arg_eph/2016-Q4/*.txt",
        EPH,
        EPH_COLUMNS,
        2_000,
        {
            f"sum(pondera::bigint) filter ({EPH_EMPLOYED} and ch15 in ('1', '2', '3'))": "387972",
            f"sum(pondera::bigint) filter ({EPH_EMPLOYED} and ch15 = '9')": "583",
        },
    ),
    "pnadc 2017 q4": Real(
        "bra_pnadc/2017-Q4/PNADC*.txt",
        {"format": "fixed_width", "encoding": "latin-1", "layout": PNADC_LAYOUT},
        "UPA Estrato V1028 V2009 VD4002 VD4031",
        1_379,
        {
            "sum(v1028::decimal(18, 8)) filter (v2009::int >= 15 and vd4002 = '1')": "225531.76847369",
            "count(*) filter (vd4031 = '.')": "0",
        },
        layout="bra_pnadc/2017-Q4/input_PNADC_trimestral.txt",
    ),
    "ech 2018": Real(
        "ury_ech/2018/*.sav",
        {"format": "spss"},
        "numero nper pesoano e27 e37 nomdpto",
        1_294,
        {"min(numero)": "2018000004"},
    ),
    "lis 2016": Real("usa_lis_sample/2016/*.dta", {"format": "stata"}, "hid pid immigr ctrybrth pwgt", 2_623),
    "glss 2005": Real(
        "gha_glss_synthetic/2005/*.dta",
        {"format": "stata"},
        "hhid nation weight",
        36_970,
        {"count(distinct nation)": "11"},
    ),
    "ene 2020": Real(
        "chl_ene/2020-EFM/ene.csv", {"format": "delimited"}, "sexo conglomerado estrato_unico fact_cal", 87_842
    ),
    "eu-silc 2006": Real(
        "aut_eusilc_synthetic/2006/eusilc.csv",
        {"format": "delimited"},
        "rb030 age pb220a rb050",
        14_827,
        {"string_agg(distinct pb220a, ' ' order by pb220a)": "AT EU Other"},
    ),
    "acs 2024": Real(
        "usa_acs/2024/*.parquet",
        {"format": "parquet"},
        ACS_COLUMNS,
        2_061_669,
        {
            "sum(pwgtp::bigint) filter (nativity = '1' and agep::int >= 16)": "146187450",
            "sum(pwgtp::bigint) filter (nativity = '2' and agep::int >= 16)": "17451750",
            "count(distinct _file)": "44",
        },
    ),
}


def read(mirror: Path, folder: Path, real: Real) -> tuple[int, Path]:
    microdata = mirror / "microdata"
    files = [RawInput(path, "data") for path in sorted(microdata.glob(real.data), reverse=True)]
    files += [RawInput(microdata / real.layout, "layout")] if real.layout else []
    columns = {name.lower(): name for name in real.columns.split()}
    output = folder / "raw.parquet"
    raw = read_wave(Read(**real.read), files, columns, output, where="a real wave", workdir=folder / "work")
    return raw.records, output


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if "acs" in name else name for name in WAVES]
)
def test_every_record_of_a_real_wave_arrives_once_and_in_order(mirror: Path, tmp_path: Path, name: str) -> None:
    real = WAVES[name]
    records, output = read(mirror, tmp_path, real)
    assert records == real.records
    table = f"read_parquet('{output}', file_row_number = true)"
    disorder = duckdb.execute(
        f"""
        with neighbours as (
            select _file, _row, lag(_file) over (order by file_row_number) as file_before,
                   lag(_row) over (order by file_row_number) as row_before
            from {table}
        )
        select count(*) from neighbours
        where not ((_file = file_before and _row = row_before + 1) or (_row = 1 and coalesce(file_before, '') < _file))
        """
    ).fetchall()
    assert disorder == [(0,)]
    found = {what: str(duckdb.execute(f"select {what} from {table}").fetchall()[0][0]) for what in real.sums}
    assert found == real.sums


def test_a_real_file_cut_anywhere_in_its_last_record_but_its_last_field_is_refused(
    mirror: Path, tmp_path: Path
) -> None:
    whole = next((mirror / "microdata/arg_eph/2016-Q3").glob("*.txt")).read_bytes()
    last = whole.rstrip().rindex(b"\n")
    for cut in (len(whole) - 10, last + 200, last + 5):
        (tmp_path / "cut.txt").write_bytes(whole[:cut])
        with pytest.raises(InputError, match="cut: its last line") as caught:
            read_cut(tmp_path)
        assert caught.value.where.endswith("cut.txt, line 2001")


def read_cut(folder: Path) -> None:
    columns = {name.lower(): name for name in EPH_COLUMNS.split()}
    read_wave(
        Read(**EPH), [RawInput(folder / "cut.txt", "data")], columns, folder / "o", where="W", workdir=folder / "work"
    )


def test_a_real_workbook_of_the_old_kind_is_read(mirror: Path, tmp_path: Path) -> None:
    wanted: Sequence[str] = ("Quesito", "Categorias")
    book = mirror / "microdata/bra_pnadc/2017-Q4/dicionario_PNADC_microdados_trimestral.xls"
    columns = {name.lower(): name for name in wanted} | {"start": "Posição inicial"}
    output = tmp_path / "raw.parquet"
    declared = Read(format="excel", header_row=2)
    raw = read_wave(declared, [RawInput(book, "data")], columns, output, where="W", workdir=tmp_path / "work")
    assert raw.records > 900
    assert ("5",) in duckdb.execute(f"select start from '{output}'").fetchall()
