"""Describing files of unknown making: how they are to be read, what they hold, and what nobody may be shown."""

from __future__ import annotations

import base64
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyreadstat
import pytest
from pandas import DataFrame
from test_read_r import COLUMNS, PERSONS
from workbooks import workbook

from schemas.errors import InputError
from schemas.read import Layout
from transforms.describe.described import Described
from transforms.describe.files import describe_files
from transforms.describe.keys import PersonKey
from transforms.describe.profile import Spread
from transforms.describe.recognise import Likeness

HOUSEHOLDS, SIZE = 60, 3


def people() -> list[dict[str, object]]:
    """180 persons in 60 households: a weight with decimals, every age to 89, few codes, a name and a rare word."""
    return [
        {
            "hhid": 1000 + household,
            "line": line,
            "nombre": f"Echeverria {household}-{line}",
            "fact_cal": 150.25 + household * 3.5 + line,
            "edad": (household * SIZE + line) % 90,
            "sexo": 1 + (household + line) % 2,
            "estado": ("si", "no", "no sabe")[household % 3],
            "otro": "Ñandú" if household == 7 and line == 1 else "x",
        }
        for household in range(HOUSEHOLDS)
        for line in range(1, SIZE + 1)
    ]


def written(rows: Sequence[Mapping[str, object]], delimiter: str = ";", decimal: str = ",", above: str = "") -> str:
    lines = [delimiter.join(rows[0])]
    lines += [delimiter.join(str(value).replace(".", decimal) for value in row.values()) for row in rows]
    return above + "\n".join(lines) + "\n"


def described(
    tmp_path: Path, name: str, content: bytes, layouts: dict[str, bytes] | None = None, **options: str
) -> Described:
    files = {name: content, **(layouts or {})}
    for each, data in files.items():
        (tmp_path / each).write_bytes(data)
    first, *others = (tmp_path / each for each in files)
    return describe_files([first], others, workdir=tmp_path / "work", **options)


def spread_of(found: Described, column: str) -> Spread:
    spread = found.column(column).profile.spread
    assert spread is not None
    return spread


def layout_of(found: Described) -> Layout:
    assert found.read.layout is not None
    return found.read.layout


def first_look(found: Described, column: str) -> Likeness:
    return found.column(column).looks_like[0]


def test_delimiter_encoding_decimal_mark_and_header_row_are_found(tmp_path: Path) -> None:
    text = written(people(), above="Base de personas\n")
    found = described(tmp_path, "lfs.txt", text.encode("latin-1"))
    assert found.read.model_dump(exclude_defaults=True) == {
        "format": "delimited",
        "delimiter": ";",
        "encoding": "latin-1",
        "decimal": ",",
        "header_row": 2,
    }
    assert found.records == HOUSEHOLDS * SIZE
    assert spread_of(found, "fact_cal").quantiles[2] == pytest.approx(256, abs=6)


def test_what_columns_look_like_is_reported_with_the_reason_and_the_doubt(tmp_path: Path) -> None:
    found = described(tmp_path, "lfs.csv", written(people()).encode())
    assert first_look(found, "fact_cal").name == "weight" and first_look(found, "fact_cal").sure
    assert first_look(found, "edad").name == "age" and first_look(found, "edad").sure
    sex = first_look(found, "sexo")
    assert (sex.name, sex.reason, sex.doubt) == ("sex", "its name is sexo", "what its codes mean is not documented")
    assert found.person_key == PersonKey(("hhid", "line"), weak=False)


def test_no_name_no_identifier_no_rare_word_and_no_single_extreme_is_shown(tmp_path: Path) -> None:
    rows = people()
    rows[5]["fact_cal"] = 98_765.4
    found = described(tmp_path, "lfs.csv", written(rows).encode())
    assert found.column("nombre").is_personal and found.column("nombre").values == ()
    assert found.column("hhid").is_identifier and found.column("hhid").values == ()
    assert [each.code for each in found.column("otro").values] == ["x"] and found.column("otro").rare == 1
    spread = spread_of(found, "fact_cal")
    assert (spread.high, spread.exact_high) == (99_000, False)


def test_codes_keep_their_zeros_and_their_counts(tmp_path: Path) -> None:
    rows = [{"id": number, "zona": f"0{1 + number % 2}"} for number in range(40)]
    zone = described(tmp_path, "z.csv", written(rows).encode()).column("zona")
    assert [(each.code, each.records) for each in zone.values] == [("01", 20), ("02", 20)]
    assert zone.profile.leading_zeros


def test_labels_of_a_stata_file_say_what_codes_mean(tmp_path: Path) -> None:
    frame = DataFrame(people())[["hhid", "sexo", "edad"]].assign(lfs=[1, 2, 3] * HOUSEHOLDS)
    path = tmp_path / "in.dta"
    pyreadstat.write_dta(
        frame,
        path,
        column_labels=["", "Sex", "Age", "Labour force status"],
        variable_value_labels={
            "sexo": {1: "Male", 2: "Female"},
            "lfs": {1: "Employed", 2: "Unemployed", 3: "Not in the labour force"},
        },
    )
    found = described(tmp_path, "lfs.dta", path.read_bytes())
    assert [(each.code, each.label) for each in found.column("sexo").values] == [("1", "Male"), ("2", "Female")]
    status = first_look(found, "lfs")
    assert status.name == "labour_force_status" and status.sure
    assert status.fit is not None
    assert [coded.meaning and coded.meaning.value for coded in status.fit.codes] == [
        "employed",
        "unemployed",
        "outside",
    ]


LAYOUT: dict[str, list[list[object]]] = {
    "Diseño": [
        ["Diseño de registro"],
        ["Variable", "Diccionario de la variable", "Longitud", "Tipo", "Posición", "Descripción"],
        ["SEXO", "TSEXO", 1, "A", 1, "Sexo"],
        ["EDAD", None, 3, "N", 2, "Edad"],
        ["FACTOR", None, 6, "N", 5, "Factor poblacional"],
        ["TOTAL", None, 10, None, None, None],
    ],
    "Tablas": [["TSEXO"], ["Código", "Descripción"], [1, "Hombre"], [6, "Mujer"], [None, "No aplicable"], [], ["x"]],
}


def test_a_layout_workbook_gives_places_and_labels_of_fixed_width_text(tmp_path: Path) -> None:
    lines = "\n".join(f"{(1, 6)[number % 2]}{number % 95:>3}{100 + number:>6}" for number in range(300))
    found = described(tmp_path, "lfs.dat", lines.encode(), {"layout.xlsx": workbook(LAYOUT)})
    assert layout_of(found).model_dump() == {"format": "workbook", "file": "layout.xlsx", "encoding": "utf-8"}
    assert [column.name for column in found.columns] == ["SEXO", "EDAD", "FACTOR"]
    assert [(each.code, each.label) for each in found.column("SEXO").values] == [("1", "Hombre"), ("6", "Mujer")]
    assert all(first_look(found, name).sure for name in ("SEXO", "EDAD", "FACTOR"))
    assert found.column("SEXO").labels.values[""] == "No aplicable"


def test_codes_in_the_rows_below_a_variable_are_its_own(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["Posição inicial", "Tamanho", "Código da variável", "Quesito", None, "Categorias", None],
        [None, None, None, "nº", "descrição", "Tipo", "Descrição"],
        ["Parte 1 - Identificação"],
        [1, 1, "V2007", 3, "Sexo", 1, "Homem"],
        [None, None, None, None, None, 2, "Mulher"],
        [2, 2, "V2009", 4, "Idade", "0 a 130", "Idade (em anos)"],
    ]
    lines = "\n".join(f"{1 + number % 2}{number % 99:02}" for number in range(200))
    found = described(tmp_path, "p.txt", lines.encode(), {"dicionario.xlsx": workbook({"dic": rows})})
    assert [(each.code, each.label) for each in found.column("V2007").values] == [("1", "Homem"), ("2", "Mulher")]
    assert found.column("V2009").labels.label == "Idade" and not found.column("V2009").labels.values


SAS = b"""data lfs; infile 'lfs.txt';
input
@1 V1 $1. /* Sexo */
@2 V2 2.  /* Idade */
;
label V2 = 'Age in years';
"""


def test_comments_and_labels_of_a_sas_program_are_labels(tmp_path: Path) -> None:
    lines = "\n".join(f"{1 + number % 2}{number % 99:02}" for number in range(200))
    found = described(tmp_path, "lfs.txt", lines.encode(), {"input.sas": SAS})
    assert [column.labels.label for column in found.columns] == ["Sexo", "Age in years"]
    assert layout_of(found).format == "sas"


DDI = b"""<codeBook xmlns="ddi:codebook:2_5"><dataDscr>
<var name="b4"><labl>Sex</labl><catgry><catValu>1</catValu><labl>Male</labl></catgry>
<catgry><catValu>2</catValu><labl>Female</labl></catgry>
<catgry missing="Y"><catValu>9</catValu><labl>Not stated</labl></catgry></var>
<var name="w3" wgt="wgt"><labl>Expansion</labl></var></dataDscr></codeBook>"""


def test_a_ddi_codebook_labels_columns_and_calls_the_weight(tmp_path: Path) -> None:
    rows = [{"b4": 1 + number % 2, "w3": 10.5 + number} for number in range(60)]
    found = described(tmp_path, "lfs.csv", written(rows, ",", ".").encode(), {"ddi.xml": DDI})
    assert found.column("b4").labels.missing == ("9",)
    assert first_look(found, "b4").sure and first_look(found, "w3").reason == "the codebook calls it a weight"


def test_an_entity_of_a_codebook_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("Echeverria")
    entity = f'<!DOCTYPE codeBook [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]>'.encode()
    found = described(tmp_path, "a.csv", b"b4,n\n1,5\n2,6\n", {"ddi.xml": entity + DDI.replace(b"Sex<", b"&x;<")})
    assert "Echeverria" not in found.column("b4").labels.label


def test_csvw_metadata_give_labels_and_the_delimiter(tmp_path: Path) -> None:
    metadata = {
        "@context": "http://www.w3.org/ns/csvw",
        "url": "lfs.csv",
        "dialect": {"delimiter": "|"},
        "tableSchema": {"columns": [{"name": "c1", "titles": {"es": "Sexo"}}, {"name": "x", "description": "Age"}]},
    }
    rows = [{"c1": 1 + number % 2, "x": number % 80} for number in range(160)]
    text = written(rows, "|").encode()
    found = described(tmp_path, "lfs.csv", text, {"lfs.csv-metadata.json": json.dumps(metadata).encode()})
    assert found.read.delimiter == "|"
    assert [column.labels.label for column in found.columns] == ["Sexo", "Age"]


def test_a_data_frame_of_r_is_described_with_the_labels_of_haven(tmp_path: Path) -> None:
    found = described(tmp_path, "lfs.rds", base64.b64decode(PERSONS))
    assert found.read.format == "r" and [column.name for column in found.columns] == list(COLUMNS.values())
    assert found.column("born").labels.missing == ("9",) and found.column("born").labels.values


def test_of_several_files_in_a_zip_one_must_be_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "made.zip", "w") as archive:
        archive.writestr("hogar.txt", "a;b\n1;2\n")
        archive.writestr("individual.txt", written(people()))
    content = (tmp_path / "made.zip").read_bytes()
    with pytest.raises(InputError) as caught:
        described(tmp_path, "eph.zip", content)
    assert "'hogar.txt', 'individual.txt'" in caught.value.what and "--member" in caught.value.remedy
    found = described(tmp_path, "eph.zip", content, member="individual.txt")
    assert found.records == HOUSEHOLDS * SIZE and found.read.member == "individual.txt"


def test_the_sheet_that_holds_most_is_taken_and_reported(tmp_path: Path) -> None:
    people: list[list[object]] = [[1 + number % 2, number % 80] for number in range(160)]
    content = workbook({"Notes": [["Survey", "of"], ["the", "year"]], "Data": [["A title"], ["sex", "age"], *people]})
    found = described(tmp_path, "lfs.xlsx", content)
    assert (found.read.sheet, found.read.header_row) == ("Data", 2)
    assert "it holds the most" in found.remarks[0]


def test_a_name_that_occurs_twice_is_left_out_with_the_reason(tmp_path: Path) -> None:
    found = described(tmp_path, "a.csv", b"sex,p1,p1,age\n1,2,3,4\n2,3,4,5\n")
    assert [column.name for column in found.columns] == ["sex", "age"]
    assert found.left_out == {"p1": "its name occurs more than once"}


def test_lines_of_digits_need_their_layout(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no delimiter"):
        described(tmp_path, "p.txt", b"1234567\n2345678\n")


@pytest.mark.parametrize(
    ("content", "is_"), [(b"%PDF-1.4 ...", "a PDF document"), (b"", "empty"), (b"<html>", "a web page")]
)
def test_what_is_not_read_is_called_by_its_name(tmp_path: Path, content: bytes, is_: str) -> None:
    with pytest.raises(InputError, match=is_):
        described(tmp_path, "questionnaire.pdf", content)
