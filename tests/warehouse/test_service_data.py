"""Data queries in both syntaxes: which observations, in which order, with which components."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from served import EARNINGS, EMPLOYED, GAP, RATE, SHAPES, VISAS, Service, a_service

FLOW = f"DF_{EMPLOYED}"
CSV = "application/vnd.sdmx.data+csv;version=1.0.0"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    yield from a_service(tmp_path_factory.mktemp("home"))


def lines(service: Service, path: str, accept: str = CSV) -> list[dict[str, str]]:
    """The observations of an answer in CSV."""
    answer = service.get(path, accept=accept)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


def periods(service: Service, query: str, key: str = "ARG..MST_TEMP_NB.SEX_T.AGE_YTHADULT_YGE15.CBR_BIR_TOTAL") -> str:
    return " ".join(line["TIME_PERIOD"] for line in lines(service, f"/data/{FLOW}/{key}?{query}"))


@pytest.mark.parametrize("indicator", SHAPES)
def test_every_number_of_a_dataflow_is_that_of_the_release(service: Service, indicator: str) -> None:
    answered = lines(service, f"/data/DF_{indicator}")
    query = (
        "select obs_value, obs_status, source, n from observation where indicator = ? order by obs_value nulls first"
    )
    published = service.database.execute(query, [indicator]).fetchall()
    values = [
        (
            float(each["OBS_VALUE"]) if each["OBS_VALUE"] else None,
            each["OBS_STATUS"],
            each["SOURCE"],
            each["SAMPLE_SIZE"],
        )
        for each in answered
    ]
    as_text = [(value, status, source, str(n if n is not None else "")) for value, status, source, n in published]
    assert sorted(values, key=str) == sorted(as_text, key=str)


@pytest.mark.parametrize(
    ("key", "count"),
    [
        ("all", 96),
        ("......", None),
        (".....", 96),
        ("ARG.....", 48),
        ("ARG+URY.Q....", 72),
        ("ARG..MST_TEMP_NB.SEX_F.AGE_YTHADULT_YGE15.CBR_BIR_TOTAL+CBR_BIR_FOREIGN", 8),
        ("ARG..MST_TEMP_RT...", 0),
        ("ARG.M....", 0),
        ("XXX.....", 0),
        ("' or 1=1 --.....", 0),
    ],
)
def test_a_key_names_codes_of_some_dimensions(service: Service, key: str, count: int | None) -> None:
    answer = service.get(f"/data/{FLOW}/{key}", accept=CSV)
    if count is None:
        assert answer.status_code == 400 and "7 dimensions, and the dataflow has 6" in answer.text
    elif count == 0:
        assert answer.status_code == 404 and 'code="100"' in answer.text
    else:
        assert len(answer.text.splitlines()) - 1 >= count
        assert len(list(csv.DictReader(io.StringIO(answer.text)))) == count


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("startPeriod=2016", "2016 2016-Q3 2016-Q4 2017-Q1"),
        ("startPeriod=2016-Q4", "2016-Q4 2017-Q1"),
        ("startPeriod=2016-08", "2016-Q4 2017-Q1"),
        ("startPeriod=2016-10-01", "2016-Q4 2017-Q1"),
        ("startPeriod=2016-10-02", "2017-Q1"),
        ("endPeriod=2016", "2016 2016-Q3 2016-Q4"),
        ("endPeriod=2016-Q3", "2016-Q3"),
        ("endPeriod=2016-12-30", "2016-Q3"),
        ("startPeriod=2016-S2&endPeriod=2016-W51", "2016-Q3"),
        ("lastNObservations=1", "2016 2017-Q1"),
        ("firstNObservations=1", "2016 2016-Q3"),
        ("firstNObservations=1&lastNObservations=1", "2016 2016-Q3 2017-Q1"),
        ("startPeriod=2016-Q4&firstNObservations=1", "2016-Q4"),
    ],
)
def test_a_period_counts_when_it_lies_whole_between_the_bounds(service: Service, query: str, found: str) -> None:
    """An annual figure is not one of the fourth quarter, and each frequency is a series of its own."""
    assert sorted(periods(service, query).split()) == found.split()


@pytest.mark.parametrize("query", ["startPeriod=2016-Q5", "startPeriod=x", "endPeriod=2016-13", "lastNObservations=0"])
def test_what_is_no_period_or_number_is_an_error_of_syntax(service: Service, query: str) -> None:
    answer = service.get(f"/data/{FLOW}?{query}")
    assert answer.status_code == 400 and 'code="140"' in answer.text


@pytest.mark.parametrize(
    "path",
    [
        f"/data/{FLOW}/ARG.A..../",
        f"/data/ILMS,{FLOW}/ARG.A....",
        f"/data/ILMS%2C{FLOW}%2C1.0/ARG.A..../",
        f"/data/all,{FLOW},latest/ARG.A..../ILMS",
        f"/data/{FLOW}/ARG.A..../all/?startPeriod=2000&endPeriod=2030",
        f"/data/dataflow/ILMS/{FLOW}/1.0/ARG.A",
        f"/data/dataflow/*/{FLOW}/~/ARG.A.*.*.*.*",
        f"/data/dataflow/ILMS/{FLOW}/1.0+/*?c[REF_AREA]=ARG&c[FREQ]=A",
        f"/data/datastructure/ILMS/{EMPLOYED}/*/ARG.A",
        f"/data/dataflow/ILMS/{FLOW}?c[REF_AREA]=ARG&c[TIME_PERIOD]=2016",
    ],
)
def test_the_same_numbers_by_every_address(service: Service, path: str) -> None:
    found = lines(service, path)
    assert {line["REF_AREA"] for line in found} == {"ARG"} and {line["TIME_PERIOD"] for line in found} == {"2016"}
    assert len(found) == 12


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ("c[TIME_PERIOD]=ge:2016-Q4", 48),
        ("c[TIME_PERIOD]=gt:2016-Q4", 24),
        ("c[TIME_PERIOD]=ge:2016-Q3+le:2016-Q4", 48),
        ("c[TIME_PERIOD]=2016,2017-Q1", 48),
        ("c[TIME_PERIOD]=ne:2016", 72),
        ("c[SEX]=SEX_F,SEX_T&c[CBR]=ne:CBR_BIR_TOTAL", 64),
        ("c[CBR]=sw:CBR_BIR_F", 32),
        ("c[CBR]=ew:NATIVE", 32),
        ("c[CBR]=nc:BIR_T", 64),
        ("c[OBS_VALUE]=ge:1+lt:2", 7),
        ("c[SOURCE]=co:ARG.eph", 96),
    ],
)
def test_components_are_filtered_as_sdmx_3_has_it(service: Service, condition: str, count: int) -> None:
    assert len(lines(service, f"/data/dataflow/ILMS/{FLOW}/1.0/*?{condition}")) == count


@pytest.mark.parametrize(
    "condition", ["c[NOTHING]=1", "c[OBS_VALUE]=ge:many", "c[TIME_PERIOD]=ge:x", "d[SEX]=1", "c[SEX"]
)
def test_a_filter_that_cannot_be_compared_is_an_error_of_syntax(service: Service, condition: str) -> None:
    answer = service.get(f"/data/dataflow/ILMS/{FLOW}/1.0/*?{condition}")
    assert answer.status_code == 400, answer.text


def test_the_detail_that_is_asked_for(service: Service) -> None:
    series = "ARG.A.MST_TEMP_NB.SEX_T.AGE_YTHADULT_YGE15.CBR_BIR_TOTAL"
    keys = ["DATAFLOW", "REF_AREA", "FREQ", "MEASURE", "SEX", "AGE", "CBR"]
    (only_data,) = lines(service, f"/data/{FLOW}/{series}?detail=dataonly")
    assert list(only_data) == [*keys, "TIME_PERIOD", "OBS_VALUE"]
    assert [list(each) for each in lines(service, f"/data/{FLOW}/{series}?detail=serieskeysonly")] == [keys]
    modern = f"/data/dataflow/ILMS/{FLOW}/1.0/{series}"
    (chosen,) = lines(service, f"{modern}?attributes=OBS_STATUS,SOURCE")
    assert list(chosen) == [*keys, "TIME_PERIOD", "OBS_VALUE", "OBS_STATUS", "SOURCE"]
    assert [list(each) for each in lines(service, f"{modern}?attributes=none&measures=none")] == [keys]
    assert service.get(f"{modern}?attributes=MOOD").status_code == 400


def test_unknown_flows_providers_and_parameters(service: Service) -> None:
    assert service.get("/data/DF_MST_TEAP_SEX_AGE_CBR_RT").status_code == 404, "it has no data"
    assert service.get(f"/data/OTHER,{FLOW}").status_code == 404
    assert service.get(f"/data/ILMS,{FLOW},2.0").status_code == 404
    assert service.get(f"/data/{FLOW}/all/OTHER").status_code == 404
    assert service.get(f"/data/{FLOW}?startperiod=2016").status_code == 400
    assert service.get("/data/a,b,c,d").status_code == 400
    assert service.get(f"/data/{FLOW}?dimensionAtObservation=MOON").status_code == 400
    assert service.get("/data/dataflow/ILMS/*/1.0").status_code == 422, "one dataflow at a time"


def test_names_of_codes_in_csv(service: Service) -> None:
    labelled = lines(service, f"/data/DF_{GAP}", accept=f"{CSV};labels=both")
    assert {line["SEX: Sex"] for line in labelled} == {"SEX_M: Male", "SEX_F: Female"}
    french = service.get(f"/data/DF_{GAP}", accept=f"{CSV};labels=both", accept_language="fr-CH, en;q=0.5")
    assert "SEX_M: Hommes" in french.text and french.headers["content-language"] == "fr"


def test_each_shape_has_the_dimensions_of_its_indicator(service: Service) -> None:
    columns = {indicator: list(lines(service, f"/data/DF_{indicator}")[0]) for indicator in (RATE, EARNINGS, VISAS)}
    assert columns[RATE][4:7] == ["SEX", "AGE", "CCT"]
    assert columns[EARNINGS][4:7] == ["SEX", "CBR", "CUR"]
    assert columns[VISAS][4:7] == ["PRG", "CCT", "TIME_PERIOD"]


def test_headers_alone(service: Service) -> None:
    import httpx

    whole = service.get(f"/data/{FLOW}")
    head = httpx.head(f"{service.address}/data/{FLOW}", trust_env=False)
    assert head.status_code == 200 and not head.content
    assert head.headers["etag"] == whole.headers["etag"]


def test_home_is_not_reached_by_a_path(service: Service, tmp_path: Path) -> None:
    for path in ("/data/../../manifest.json", "/data/..%2f..%2fmanifest.json", "/data/%2e%2e/%2e%2e/etc/passwd"):
        assert service.get(path).status_code in (400, 404)
