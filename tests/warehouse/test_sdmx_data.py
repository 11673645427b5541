"""SDMX data: pysdmx reads back exactly the observations of the warehouse, to the last bit and character."""

from __future__ import annotations

import csv
import io
import itertools
import math
import random
import struct
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pysdmx.io
import pytest
from pysdmx.io.pd import PandasDataset
from sdmx_tables import EMPLOYMENT, Row, observation, warehouse_of

from schemas.classifications import load_classifications
from schemas.errors import PublishError
from schemas.read import Read
from schemas.sdmx_clients import load_readings
from schemas.tables import OBSERVATION
from transforms.read import RawInput, read_wave
from warehouse.sdmx.agency import Agency
from warehouse.sdmx.data import flow_rows
from warehouse.sdmx.flows import read_flows
from warehouse.sdmx.formats import DATA_FORMATS, FORMATS, STRUCTURE_FORMATS
from warehouse.sdmx.formats.base import DataFormat, DataMessage
from warehouse.sdmx.formats.csv import Csv10, Csv20
from warehouse.sdmx.formats.structure_ml import StructureMl21
from warehouse.sdmx.write import WrittenDataflow, write_sdmx

READ = {each.format for each in load_readings() if each.client == "pysdmx" and each.reads == "yes"}
READ_BY_PYSDMX = [each for each in DATA_FORMATS if each.id in READ]
ALL = tuple(each.id for each in FORMATS)
PREPARED = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
UNEMPLOYMENT_RATE = "MST_TUNE_SEX_AGE_CCT_RT"
PERIODS = {"2024": "2024", "2016Q3": "2016-Q3", "2020M01": "2020-M01"}
NOTES = [
    None,
    'Place of birth: asked as "¿Dónde nació?", in Spanish | Break in series: new form',
    "Lieu de naissance: l'enquête d'août, Côte d'Ivoire",
    "Two lines,\nand a third\n",
    " spaces around ",
    "NA",
    "null, nan; -1,5",
]
AWKWARD = [0.0, 1 / 3, 0.1 + 0.2, 225531.768, 5e-324, 1.7976931348623157e308, 2.0**53 + 2, 1e22, 1e-7, 100.0]


def any_double(chance: random.Random) -> float:
    """A finite double of any magnitude: the bits are drawn, not the value."""
    value = math.nan
    while not math.isfinite(value):
        (value,) = struct.unpack("d", chance.randbytes(8))
    return abs(value)


def many_observations() -> list[Row]:
    chance = random.Random(2026)
    rows = []
    tables = [(EMPLOYMENT, "CBR"), (UNEMPLOYMENT_RATE, "CCT")]
    awkward = itertools.cycle(AWKWARD)
    for (indicator, classif2), (time, wave) in itertools.product(tables, PERIODS.items()):
        classifications = load_classifications()
        codes = [classifications[each].codes for each in ("SEX", "AGE", classif2)]
        for sex, age, status in itertools.product(*codes):
            key = {"indicator": indicator, "sex": sex, "classif1": age, "classif2": status, "time": time, "wave": wave}
            has_error = chance.random() < 0.8
            values = {
                "obs_value": next(awkward) if chance.random() < 0.3 else any_double(chance),
                "obs_status": chance.choice(["", "U", "S", "B", None]),
                "note_classif": chance.choice(NOTES),
                "n": chance.randrange(200_000),
                "distinct_persons": chance.randrange(100_000) if chance.random() < 0.2 else None,
                "se": any_double(chance) if has_error else None,
                "cv": any_double(chance) if has_error else None,
                "lower_bound": any_double(chance) if has_error else None,
                "upper_bound": any_double(chance) if has_error else None,
                "degrees_of_freedom": chance.randrange(1, 9_000) if has_error else None,
            }
            rows.append(observation(**key, **values, note_source=NOTES[1], note_indicator=NOTES[3]))
    chance.shuffle(rows)
    return rows


def as_observation(row: dict[str, Any], classif2: str) -> tuple[Any, ...]:
    """An SDMX-CSV row, as read, in the columns of `observation`."""
    period = row["TIME_PERIOD"]
    time = {"A": period, "Q": period.replace("-", ""), "M": period.replace("-", "M")}[row["FREQ"]]
    indicator = row["DATAFLOW"].partition(":DF_")[2].removesuffix("(1.0)")
    return (
        *(row["REF_AREA"], row["SOURCE"], indicator, row["SEX"], row["AGE"], row[classif2], time),
        *(number(row["OBS_VALUE"]), row["OBS_STATUS"], row["NOTE_CLASSIF"], row["NOTE_INDICATOR"], row["NOTE_SOURCE"]),
        *(number(row["SAMPLE_SIZE"]), number(row["DISTINCT_PERSONS"])),
        *(number(row["STANDARD_ERROR"]), number(row["COEFFICIENT_OF_VARIATION"])),
        *(number(row["LOWER_BOUND"]), number(row["UPPER_BOUND"]), number(row["DEGREES_OF_FREEDOM"])),
        *(row["WAVE"], row["VINTAGE"]),
    )


def number(text: str) -> str | None:
    """The bits of a double in hexadecimal; None where there is no number."""
    return float(text).hex() if text else None


def as_published(row: Row) -> tuple[Any, ...]:
    """A row of `observation`, with doubles as their bits and no distinction between no text and an empty one."""
    numbers = {"obs_value", "n", "distinct_persons", "se", "cv", "lower_bound", "upper_bound", "degrees_of_freedom"}
    return tuple(
        (None if row[name] is None else float(row[name]).hex()) if name in numbers else row[name] or ""
        for name in (column.name for column in OBSERVATION)
    )


def plain(rows: list[Row], folder: Path) -> list[WrittenDataflow]:
    """Files of SDMX-CSV 1.0 with their structures, uncompressed."""
    formats = [Csv10.id, StructureMl21.id]
    return write_sdmx(warehouse_of(rows), folder, prepared=PREPARED, formats=formats, compressed=False)


@pytest.mark.parametrize("data_format", READ_BY_PYSDMX, ids=lambda each: each.name)
def test_pysdmx_reads_back_exactly_the_observations(tmp_path: Path, data_format: DataFormat) -> None:
    rows = many_observations()
    written = write_sdmx(warehouse_of(rows), tmp_path, prepared=PREPARED, formats=[data_format.id], compressed=False)
    assert [(each.id, each.observations) for each in written] == [
        (f"DF_{EMPLOYMENT}", len(rows) // 2),
        (f"DF_{UNEMPLOYMENT_RATE}", len(rows) // 2),
    ]
    read = []
    for each in written:
        (dataset,) = pysdmx.io.read_sdmx(each.files[data_format.name], validate=True).data or ()
        assert isinstance(dataset, PandasDataset)
        assert dataset.short_urn == f"Dataflow=ILMS:{each.id}(1.0)"
        classif2 = each.indicator.split("_")[-2]
        flow = f"ILMS:{each.id}(1.0)"
        table = dataset.data.astype(object).fillna("").assign(DATAFLOW=flow)
        read += [as_observation(dict(zip(table.columns, row, strict=True)), classif2) for row in table.to_numpy()]
    assert len(read) == len(rows)
    assert set(read) == {as_published(row) for row in rows}


def test_what_is_published_can_be_read_as_a_source(tmp_path: Path) -> None:
    """Every observation, value by value, as a benchmark would read it."""
    written = plain(many_observations(), tmp_path / "sdmx")[0]
    file, raw = written.files[Csv10.name], tmp_path / "raw.parquet"
    columns = {"area": "REF_AREA", "value": "OBS_VALUE", "status": "OBS_STATUS"}
    table = read_wave(
        Read(format="sdmx_csv"), [RawInput(file, "data")], columns, raw, where="own", workdir=tmp_path / "work"
    )
    with file.open(encoding="utf-8", newline="") as stream:
        rows = [(each["REF_AREA"], each["OBS_VALUE"], each["OBS_STATUS"]) for each in csv.DictReader(stream)]
    with duckdb.connect() as connection:
        query = f"select area, coalesce(value, ''), coalesce(status, '') from '{raw}' order by _row"
        assert connection.execute(query).fetchall() == rows
    assert table.records == written.observations


def test_read_with_its_structure_the_numbers_are_the_same_doubles(tmp_path: Path) -> None:
    rows = many_observations()
    written = plain(rows, tmp_path)[0]
    (dataset,) = pysdmx.io.get_datasets(written.files[Csv10.name], tmp_path / StructureMl21.file)
    read = {
        (row["FREQ"], row["SEX"], row["AGE"], row["CBR"]): float(row["OBS_VALUE"]).hex()
        for row in dataset.data.to_dict("records")
    }
    assert read == {
        (PERIODS[row["time"]][5:6] or "A", row["sex"], row["classif1"], row["classif2"]): row["obs_value"].hex()
        for row in rows
        if row["indicator"] == EMPLOYMENT
    }


def test_one_row_as_it_stands_in_the_file(tmp_path: Path) -> None:
    row = observation(obs_status="U", note_classif="Status unknown: 1 case")
    (written,) = plain([row], tmp_path)
    with written.files[Csv10.name].open(encoding="utf-8", newline="") as stream:
        (read,) = csv.DictReader(stream)
    assert read == {
        "DATAFLOW": f"ILMS:DF_{EMPLOYMENT}(1.0)",
        "REF_AREA": "ARG",
        "FREQ": "Q",
        "MEASURE": "MST_TEMP_NB",
        "SEX": "SEX_T",
        "AGE": "AGE_YTHADULT_YGE15",
        "CBR": "CBR_BIR_FOREIGN",
        "TIME_PERIOD": "2016-Q3",
        "OBS_VALUE": "22.717",
        "OBS_STATUS": "U",
        "UNIT_MEASURE_TYPE": "NB",
        "UNIT_MEASURE": "PS",
        "UNIT_MULT": "3",
        "SOURCE": "BA:ARG.eph",
        "NOTE_SOURCE": "Geographical coverage: 31 urban areas",
        "NOTE_INDICATOR": "Labour force concept: 13th ICLS",
        "NOTE_CLASSIF": "Status unknown: 1 case",
        "DECIMALS": "1",
        "SAMPLE_SIZE": "80",
        "DISTINCT_PERSONS": "",
        "STANDARD_ERROR": "2.5",
        "COEFFICIENT_OF_VARIATION": "11",
        "LOWER_BOUND": "0.1",
        "UPPER_BOUND": "0.3",
        "DEGREES_OF_FREEDOM": "60",
        "WAVE": "2016-Q3",
        "VINTAGE": "0123456789ab",
    }


def csv_of(rows: list[Row], data_format: DataFormat, **asked: Any) -> list[list[str]]:
    """The lines of a message about employment, asked for as a service does."""
    connection = warehouse_of(rows)
    (flow,) = (each for each in read_flows(connection) if each.indicator == EMPLOYMENT)
    data = flow_rows(connection, flow, agency=Agency())
    message = DataMessage("M", PREPARED, Agency(), (data,), **asked)
    return list(csv.reader(io.StringIO(b"".join(data_format.chunks(message)).decode())))


def test_csv_has_the_names_of_codes_beside_them_where_they_are_asked_for() -> None:
    header, line = csv_of([observation()], Csv10(), labels="both", language="fr")
    said = dict(zip(header, line, strict=True))
    assert line[0] == f"ILMS:DF_{EMPLOYMENT}(1.0): Emploi par sexe, âge et lieu de naissance (milliers)"
    assert said["SEX: Sexe"] == "SEX_T: Total"
    assert said["CBR: Lieu de naissance"] == "CBR_BIR_FOREIGN: Né à l'étranger"
    assert said["OBS_STATUS: Statut de l'observation"] == ""
    assert said["OBS_VALUE: Valeur de l'observation"] == "22.717"


def test_csv_2_0_has_names_in_columns_of_their_own() -> None:
    header, line = csv_of([observation()], Csv20(), labels="name")
    assert header[:6] == ["STRUCTURE", "STRUCTURE_ID", "STRUCTURE_NAME", "ACTION", "REF_AREA", "Reference area"]
    assert line[:2] == ["dataflow", f"ILMS:DF_{EMPLOYMENT}(1.0)"]
    assert line[3:6] == ["I", "ARG", "Argentina"]
    assert header[-2:] == ["WAVE", "VINTAGE"]


def test_the_keys_of_series_alone_have_no_periods() -> None:
    rows = [observation(time=time) for time in ("2016Q3", "2016Q4")] + [observation(sex="SEX_F")]
    header, *lines = csv_of(rows, Csv10(), with_observations=False)
    assert header == ["DATAFLOW", "REF_AREA", "FREQ", "MEASURE", "SEX", "AGE", "CBR"]
    assert [line[4] for line in lines] == ["SEX_F", "SEX_T"]


@pytest.mark.parametrize(("time", "frequency", "wire"), [("2024", "A", "2024"), ("2020M01", "M", "2020-01")])
def test_periods_on_the_wire(tmp_path: Path, time: str, frequency: str, wire: str) -> None:
    (written,) = plain([observation(time=time)], tmp_path)
    with written.files[Csv10.name].open(encoding="utf-8", newline="") as stream:
        (read,) = csv.DictReader(stream)
    assert (read["FREQ"], read["TIME_PERIOD"]) == (frequency, wire)


def test_the_order_of_the_table_does_not_matter(tmp_path: Path) -> None:
    rows = many_observations()
    for folder, order in (("one", rows), ("other", rows[::-1])):
        write_sdmx(warehouse_of(order), tmp_path / folder, prepared=PREPARED, formats=ALL)
    files = sorted(file.name for file in (tmp_path / "one").iterdir())
    assert {f"DF_{EMPLOYMENT}.csv.gz", f"DF_{UNEMPLOYMENT_RATE}.csv.gz", "structures.xml.gz"} <= set(files)
    assert len(files) == len(STRUCTURE_FORMATS) + 2 * len(DATA_FORMATS)
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "other" / file).read_bytes()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([observation(sex="SEX_Q")], r'1 code\(s\) of MST_TEMP_SEX_AGE_CBR_NB .*: CL_SEX "SEX_Q"'),
        ([observation(classif2="CCT_CIT_TOTAL")], 'CL_CBR "CCT_CIT_TOTAL"'),
        ([observation(ref_area="QQQ", obs_status="Ü")], r'2 code\(s\).*: CL_AREA "QQQ", CL_OBS_STATUS "Ü"'),
        ([observation(classif1=None)], 'CL_AGE ""'),
        ([observation(time="2016-Q3")], r"period\(s\) that are not written .*: 2016-Q3"),
        ([observation(time=None)], r"period\(s\) that are not written .*: None"),
        ([observation(indicator="MST_NONE")], "without a row in table indicator: MST_NONE"),
        ([observation(), observation(n=3)], "occur twice: ARG MST_TEMP_SEX_AGE_CBR_NB SEX_T AGE_YTHADULT_YGE15"),
        (
            [observation(), observation(sex="SEX_F", source="BA:ARG.census")],
            r"several sources or notes: ARG MST_TEMP_SEX_AGE_CBR_NB 2016Q3 \(BA:ARG.census BA:ARG.eph\)",
        ),
        ([observation(), observation(sex="SEX_F", note_source="other")], "several sources or notes: ARG"),
    ],
)
def test_what_sdmx_cannot_say_is_refused(tmp_path: Path, rows: list[Row], message: str) -> None:
    with pytest.raises(PublishError, match=message):
        write_sdmx(warehouse_of(rows), tmp_path, prepared=PREPARED)
    assert list(tmp_path.iterdir()) == []


def test_an_indicator_outside_the_catalogue_is_refused(tmp_path: Path) -> None:
    connection = warehouse_of([])
    connection.execute("update indicator set indicator = 'MST_NONE' where indicator = ?", [EMPLOYMENT])
    with pytest.raises(PublishError, match="the indicator MST_NONE is not in the catalogue"):
        write_sdmx(connection, tmp_path, prepared=PREPARED)


def test_a_column_that_an_earlier_release_does_not_have_is_empty() -> None:
    connection = warehouse_of([observation()])
    connection.execute("alter table observation drop column distinct_persons")
    (flow,) = (each for each in read_flows(connection) if each.indicator == EMPLOYMENT)
    for most in (None, 10):
        data = flow_rows(connection, flow, agency=Agency(), most=most)
        read = data.rows.to_pylist() if isinstance(data.rows, pa.Table) else data.rows.to_arrow_table().to_pylist()
        assert [(row["SAMPLE_SIZE"], row["DISTINCT_PERSONS"]) for row in read] == [(80, None)]
