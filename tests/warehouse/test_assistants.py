"""Assistants ask the server of the Model Context Protocol; clients of its SDK read what DuckDB has."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest
from mcp import Client, ClientSession, StdioServerParameters, stdio_client
from mcp.server import MCPServer
from mcp_types import CallToolResult, TextContent, TextResourceContents
from sdmx_tables import observation
from served import EARNINGS, EMPLOYED, GAP, RATE, SHAPES, VISAS, rows, serving, write_draft, write_release

from schemas.catalogue import all_indicators
from warehouse.assistants.beside import LONGEST_QUESTION, PATH, with_assistants
from warehouse.assistants.server import create_server, opened
from warehouse.layout import Layout
from warehouse.release.database import open_release

FIRST, SECOND = datetime(2026, 11, 1, 12, tzinfo=UTC), datetime(2026, 11, 2, 12, tzinfo=UTC)
HOSTILE = (
    "'; drop table observation; --",
    '" or 1=1 --',
    "SEX_T') union select * from observation --",
    "getvariable('asked')",
    "\x00\x1b[31m",
    "../../etc/passwd",
    "%' or ''='",
    "A" * 199,
)
Json = dict[str, Any]


def released() -> list[Json]:
    """Five dataflows of different shape; one of them also by another version of age, and of a synthetic country."""
    bands = [
        observation(classif1=f"AGE_10YRBANDS_{age}", time=time, obs_value=value, note_classif="")
        for age, time, value in (("TOTAL", "2016Q3", 22.717), ("TOTAL", "2016Q4", 18.507), ("Y15-24", "2016Q3", 3.5))
    ]
    return [*rows(), *bands, observation(ref_area="ZZZ", source="BA:ZZZ.synthetic", time="2024", obs_value=77.5)]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("home")
    write_release(place, released(), FIRST)
    return place


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[MCPServer[None]]:
    with opened(Layout(home)) as desk:
        yield create_server(desk)


@pytest.fixture(scope="module")
def database(home: Path) -> duckdb.DuckDBPyConnection:
    """What the release has in its tables."""
    connection = duckdb.connect()
    with open_release(Layout(home).current()) as release:
        for table in ("observation", "indicator"):
            connection.register(table, release.sql(f"from {table}").to_arrow_table())
    return connection


def in_session(server: MCPServer[None], ask: Callable[[Client], Coroutine[Any, Any, Any]]) -> Any:
    """What somebody gets who asks a server in one session."""

    async def session() -> Any:
        async with Client(server) as client:
            return await ask(client)

    return asyncio.run(session())


def text_of(result: CallToolResult) -> str:
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


def answer(server: MCPServer[None], tool: str, **arguments: Any) -> Json:
    """What a tool answers, which is the same as text and as structured content."""
    result: CallToolResult = in_session(server, lambda client: client.call_tool(tool, arguments))
    assert not result.is_error, text_of(result)
    assert result.structured_content == json.loads(text_of(result))
    return dict(result.structured_content or {})


def refusal(server: MCPServer[None], tool: str, **arguments: Any) -> str:
    """Why a tool does not answer."""
    result: CallToolResult = in_session(server, lambda client: client.call_tool(tool, arguments))
    assert result.is_error
    assert result.structured_content is None
    return text_of(result)


def as_released(found: Json) -> set[tuple[Any, ...]]:
    """Numbers of an answer, as rows of table observation with periods and codes as SDMX writes them."""
    return {
        (
            *(each["area"]["code"], each["period"]),
            *sorted(coded["code"] for name, coded in each["codes"].items() if name != "FREQ"),
            *(each["value"], each["status"]["code"], each["n"], each["standard_error"], each["cv"]),
            *(each["lower_bound"], each["upper_bound"], each["source"]),
            *(found["notes"][note] for note in each["notes"]),
        )
        for each in found["numbers"]
    }


def in_duckdb(database: duckdb.DuckDBPyConnection, indicator: str) -> set[tuple[Any, ...]]:
    query = """
        select
            ref_area, regexp_replace(regexp_replace(time, '^(....)M', '\\1-'), '^(....)([QS])', '\\1-\\2'),
            list_sort([each for each in [sex, classif1, classif2] if each <> '']), obs_value, obs_status,
            n, se, cv, lower_bound, upper_bound, source,
            [each for each in [note_source, note_indicator, note_classif] if each <> '']
        from observation
        where indicator = ?
    """
    found = database.execute(query, [indicator]).fetchall()
    return {(area, period, *codes, *numbers, *notes) for area, period, codes, *numbers, notes in found}


@pytest.mark.parametrize("indicator", SHAPES)
def test_numbers_are_those_of_the_release_to_the_last_bit(
    server: MCPServer[None], home: Path, database: duckdb.DuckDBPyConnection, indicator: str
) -> None:
    found = answer(server, "get_numbers", indicator=indicator, limit=1000)
    assert found["total"] == len(found["numbers"]) and not found["is_truncated"]
    assert as_released(found) == in_duckdb(database, indicator)
    assert len(found["numbers"]) == len(as_released(found)) > 1
    assert found["release"]["id"] == Layout(home).current().resolve().name
    assert found["release"]["made_at"] == FIRST.isoformat()


def test_foreign_born_employed_of_one_country_and_quarter(server: MCPServer[None]) -> None:
    found = answer(
        server,
        "get_numbers",
        indicator=f"DF_{EMPLOYED}",
        areas=["ARG"],
        start="2016-Q3",
        end="2016-Q3",
        filters={"SEX": "SEX_T", "AGE": ["AGE_10YRBANDS_TOTAL"], "CBR": ["CBR_BIR_FOREIGN", "CBR_BIR_X"]},
    )
    (number,) = found["numbers"]
    assert (found["title"], found["unit"]) == (
        "Employment by sex, age and place of birth (thousands)",
        "Persons (thousands)",
    )
    assert number["area"] == {"code": "ARG", "label": "Argentina"}
    assert number["codes"]["CBR"] == {"code": "CBR_BIR_FOREIGN", "label": "Foreign-born"}
    assert (number["value"], number["n"], number["standard_error"], number["cv"]) == (22.717, 80, 2.5, 11.0)
    assert (number["lower_bound"], number["upper_bound"]) == (0.1, 0.3)
    assert number["status"] == {"code": "", "label": "Normal value"}
    assert [found["notes"][each] for each in number["notes"]] == [
        "Geographical coverage: 31 urban areas",
        "Labour force concept: 13th ICLS",
    ]
    assert found["sources"]["BA:ARG.eph"]["title"] == "Labour force survey ARG.eph"
    assert found["without_numbers"] == ["CBR=CBR_BIR_X"]


def test_a_withheld_number_is_null_with_its_status_in_words(server: MCPServer[None]) -> None:
    found = answer(server, "get_numbers", indicator=RATE, filters={"CCT": "CCT_CIT_NONCIT"}, language="fr")
    withheld = [each for each in found["numbers"] if each["value"] is None]
    assert [each["status"] for each in withheld] == [{"code": "U", "label": "Peu fiable"}]
    assert any("fewer than 15" in rule for rule in found["reading"])


def test_the_latest_period_of_each_series(server: MCPServer[None]) -> None:
    wanted = {"SEX": "SEX_F", "AGE": "AGE_YTHADULT_YGE15", "CBR": "CBR_BIR_NATIVE"}
    latest = {"indicator": EMPLOYED, "areas": ["URY"], "last_periods": 1}
    found = answer(server, "get_numbers", **latest, filters=wanted)
    assert [each["period"] for each in found["numbers"]] == ["2016", "2017-Q1"], "years and quarters are two series"
    quarters = answer(server, "get_numbers", **latest, filters=wanted | {"FREQ": "Q"})
    assert [each["period"] for each in quarters["numbers"]] == ["2017-Q1"]


def test_a_list_that_is_cut_says_so_and_begins_at_the_beginning(server: MCPServer[None]) -> None:
    whole = answer(server, "get_numbers", indicator=EMPLOYED, limit=1000)
    cut = answer(server, "get_numbers", indicator=EMPLOYED, limit=7)
    assert cut["is_truncated"] and cut["total"] == whole["total"] == 100
    assert [each["value"] for each in cut["numbers"]] == [each["value"] for each in whole["numbers"][:7]]
    assert "maximum" in schema_of(server, "get_numbers")["properties"]["limit"]
    assert "less than or equal to 1000" in refusal(server, "get_numbers", indicator=EMPLOYED, limit=1001)


def schema_of(server: MCPServer[None], tool: str) -> Json:
    listed = in_session(server, lambda client: client.list_tools()).tools
    return next(dict(each.input_schema) for each in listed if each.name == tool)


def test_every_tool_only_reads_and_describes_its_answer(server: MCPServer[None]) -> None:
    tools = in_session(server, lambda client: client.list_tools()).tools
    assert [each.name for each in tools] == [
        *("find_indicators", "describe_indicator", "get_numbers", "list_sources", "explain_status"),
    ]
    for tool in tools:
        assert tool.annotations.read_only_hint and tool.description and tool.output_schema["properties"]


@pytest.mark.parametrize(
    ("words", "best"),
    [
        ("employment by place of birth", EMPLOYED),
        ("employed persons of Argentina by age", EMPLOYED),
        ("visas delivered by nationality", VISAS),
        ("écart de rémunération natifs migrants", GAP),
        ("INGRESO MEDIO de los asalariados", EARNINGS),
        ("DF_MST_TEAP_SEX_AGE_CCT_RT_A", RATE),
        ("EAR_EMTA_SEX_CBR_CUR_NB", EARNINGS),
    ],
)
def test_indicators_are_found_by_words_of_three_languages_and_by_ids(
    server: MCPServer[None], words: str, best: str
) -> None:
    found = answer(server, "find_indicators", words=words)["found"]
    assert found[0]["indicator"] == best, [each["indicator"] for each in found]


def test_a_newer_id_leads_to_the_one_that_has_numbers_and_says_so(server: MCPServer[None]) -> None:
    found = answer(server, "find_indicators", words="EAR_EMTA_SEX_CBR_CUR_NB", language="es")["found"]
    assert found[0]["older_or_newer_of"] == ["EAR_EMTA_SEX_CBR_CUR_NB"]
    assert found[0]["title"] == all_indicators()[EARNINGS].declared.title.es
    assert EARNINGS in refusal(server, "describe_indicator", indicator="EAR_EMTA_SEX_CBR_CUR_NB")


def test_words_that_occur_nowhere_are_named(server: MCPServer[None]) -> None:
    found = answer(server, "find_indicators", words="employment xylophone")
    assert found["words_without_match"] == ["xylophone"]
    assert found["found"]
    assert answer(server, "find_indicators", words="xylophone")["found"] == []


def test_an_indicator_is_described_with_definition_reference_and_what_there_is(server: MCPServer[None]) -> None:
    found = answer(server, "describe_indicator", indicator=EMPLOYED)
    declared = all_indicators()[EMPLOYED].declared
    assert found["definition"] == declared.definition.en
    assert found["reference"].startswith(f"{declared.reference.en}. ")
    assert "employment: SDG indicator 8.5.2, metadata of 1 January 2021, paragraph 2.a" in found["reference"]
    age = next(each for each in found["dimensions"] if each["id"] == "AGE")
    assert {each["version"]: [code["code"] for code in each["codes"]] for each in age["versions"]} == {
        "AGE_YTHADULT": ["AGE_YTHADULT_YGE15", "AGE_YTHADULT_Y15-24"],
        "AGE_10YRBANDS": ["AGE_10YRBANDS_TOTAL", "AGE_10YRBANDS_Y15-24"],
    }
    assert [(each["code"], each["first_year"], each["last_year"]) for each in found["areas"]] == [
        ("ARG", "2016", "2017"),
        ("URY", "2016", "2017"),
        ("ZZZ", "2024", "2024"),
    ]
    frequency = found["dimensions"][0]
    assert [(each["code"], each["label"]) for version in frequency["versions"] for each in version["codes"]] == [
        ("A", "Annual"),
        ("Q", "Quarterly"),
    ]
    assert any("never add codes of two" in rule and "AGE_10YRBANDS" in rule for rule in found["reading"])
    one = answer(server, "describe_indicator", indicator=VISAS)
    assert not any("never add codes of two" in rule for rule in one["reading"])
    assert [each["id"] for each in one["dimensions"]] == ["FREQ", "PRG", "CCT"]


def test_sources_and_what_is_synthetic(server: MCPServer[None]) -> None:
    found = answer(server, "list_sources")["sources"]
    assert {each["source"]: each["is_synthetic"] for each in found} == {
        "BA:ARG.eph": False,
        "BA:URY.ech": False,
        "BA:ZZZ.synthetic": True,
    }
    (uruguay,) = answer(server, "list_sources", area="URY")["sources"]
    assert (uruguay["area"], uruguay["waves"]) == ("Uruguay", ["2016-Q3"])
    numbers = answer(server, "get_numbers", indicator=EMPLOYED, areas=["ZZZ"])
    assert numbers["sources"]["BA:ZZZ.synthetic"]["is_synthetic"]
    assert "there are some of: ARG, URY, ZZZ" in refusal(server, "list_sources", area="BRA")


def test_statuses_are_explained_and_counted(server: MCPServer[None]) -> None:
    (unreliable,) = answer(server, "explain_status", code="U")["statuses"]
    assert (unreliable["label"], unreliable["in_sdmx"], unreliable["observations"]) == ("Unreliable", "U", 2)
    statuses = {each["code"]: each for each in answer(server, "explain_status")["statuses"]}
    assert statuses["S"]["in_sdmx"] == "N" and "fewer than 5 sample cases" in statuses["S"]["rule"]
    assert "U is labelled so" in refusal(server, "explain_status", code="unreliable")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"indicator": "MST_TEMP_SEX_AGE_CB_NB"}, f"nearest: {EMPLOYED}"),
        ({"indicator": "MST_TUNE_SEX_AGE_CBR_RT"}, "of which this release has no numbers"),
        ({"indicator": EMPLOYED, "filters": {"AGEE": "AGE_YTHADULT_YGE15"}}, "filters are: FREQ, SEX, AGE, CBR"),
        ({"indicator": EMPLOYED, "filters": {"SEX": "SEX_X1"}}, "SEX_F Female; SEX_T Total"),
        ({"indicator": EMPLOYED, "areas": ["Argentina"]}, "ARG is labelled so"),
        ({"indicator": EMPLOYED, "areas": ["BRA"]}, "No number at all has REF_AREA=BRA"),
        ({"indicator": EMPLOYED, "start": "2030"}, "Numbers lie between 2016 and 2024"),
        ({"indicator": EMPLOYED, "start": "last year"}, "'last year' is no period: write one such as 2024, 2024-Q3"),
        ({"indicator": EMPLOYED, "sex": "SEX_T"}, "Extra inputs are not permitted"),
    ],
)
def test_a_refusal_says_what_to_ask_instead(server: MCPServer[None], arguments: Json, said: str) -> None:
    assert said in refusal(server, "get_numbers", **arguments)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_reaches_the_query(server: MCPServer[None], text: str) -> None:
    """Whatever stands where: the answer is nothing, or a reason; never a failure, and never other numbers."""
    questions: list[tuple[str, Json]] = [
        ("describe_indicator", {"indicator": text}),
        ("get_numbers", {"indicator": text}),
        ("get_numbers", {"indicator": EMPLOYED, "areas": [text]}),
        ("get_numbers", {"indicator": EMPLOYED, "start": text[:50]}),
        ("get_numbers", {"indicator": EMPLOYED, "filters": {text: ["SEX_T"]}}),
        ("get_numbers", {"indicator": EMPLOYED, "filters": {"SEX": [text]}}),
        ("list_sources", {"area": text}),
        ("explain_status", {"code": text}),
    ]

    async def ask(client: Client) -> list[CallToolResult]:
        assert not (await client.call_tool("find_indicators", {"words": text})).is_error
        return [await client.call_tool(tool, arguments) for tool, arguments in questions]

    for (tool, arguments), result in zip(questions, in_session(server, ask), strict=True):
        assert result.is_error, (tool, arguments)
        assert text_of(result).startswith(f"Error executing tool {tool}: "), "a reason, not a failure"
    assert answer(server, "get_numbers", indicator=EMPLOYED)["total"] == 100


def test_a_new_release_is_answered_at_once_and_a_draft_never(tmp_path: Path) -> None:
    write_release(tmp_path, rows(), FIRST)

    async def ask(client: Client) -> list[tuple[str, float, int]]:
        found = []
        for change in (None, write_draft, write_release):
            if change:
                change(tmp_path, [row for row in rows(1000.0) if row["indicator"] != GAP], SECOND)
            result = await client.call_tool("get_numbers", {"indicator": EMPLOYED, "limit": 1})
            content = result.structured_content or {}
            listed = await client.call_tool("find_indicators", {"words": GAP})
            fits = [each["indicator"] for each in (listed.structured_content or {})["found"]]
            found.append((content["release"]["made_at"], content["numbers"][0]["value"], fits.count(GAP)))
        return found

    with opened(Layout(tmp_path)) as desk:
        first, with_draft, second = in_session(create_server(desk), ask)
    assert first == with_draft == (FIRST.isoformat(), first[1], 1) and first[1] < 1000
    assert second == (SECOND.isoformat(), first[1] + 1000, 0)


def test_assistants_and_clients_of_sdmx_ask_at_one_address(tmp_path: Path) -> None:
    write_release(tmp_path, released(), FIRST)
    with serving(tmp_path, around=partial(with_assistants, host="127.0.0.1")) as service:
        address = service.address.removesuffix("/rest") + PATH

        async def session() -> CallToolResult:
            async with Client(address) as client:
                return await client.call_tool("get_numbers", {"indicator": EMPLOYED, "areas": ["ZZZ"]})

        content = asyncio.run(session()).structured_content or {}
        assert [each["value"] for each in content["numbers"]] == [77.5]
        line = service.get(f"/data/DF_{EMPLOYED}/ZZZ.....", accept="text/csv").text.splitlines()[1]
        assert ",77.5," in line
        assert service.client.get(address).status_code == 405, "no stream is kept open"
        assert service.client.post(address, content=b"x" * (LONGEST_QUESTION + 1)).status_code == 413
        assert service.client.post(address, headers={"Origin": "https://example.org"}, json={}).status_code == 403


def test_without_a_release_the_reason_is_said(tmp_path: Path) -> None:
    with opened(Layout(tmp_path)) as desk:
        assert "There is no current release" in refusal(create_server(desk), "find_indicators", words="employment")


def test_the_command_answers_an_assistant_over_standard_input_and_output(home: Path) -> None:
    """The client starts the command, as assistants do, and speaks the protocol of sessions that all of them know."""
    command = StdioServerParameters(
        command=sys.executable,
        args=["-c", "from ilms.__main__ import main; main()", "serve", "--mcp"],
        env={**os.environ, "ILMS_HOME": str(home), "ILMS_MIRROR": ""},
    )

    async def session() -> tuple[str, CallToolResult, Any]:
        async with stdio_client(command) as (read, write), ClientSession(read, write) as client:
            greeting = await client.initialize()
            number = await client.call_tool("get_numbers", {"indicator": EMPLOYED, "areas": ["ZZZ"]})
            assert isinstance(number, CallToolResult)
            return greeting.server_info.name, number, await client.read_resource("ilms://release")

    name, result, resource = asyncio.run(session())
    assert name == "ilms"
    assert [each["value"] for each in (result.structured_content or {})["numbers"]] == [77.5]
    (content,) = resource.contents
    assert isinstance(content, TextResourceContents)
    assert json.loads(content.text)["observations"] == len(released())
