"""The server: its tools and its resource, each answered as a request of the service is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from typing import Annotated, TypeVar

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp_types import ToolAnnotations
from pydantic import Field

from schemas.declaration import Language
from schemas.errors import IlmsError
from warehouse.assistants.describe import describe
from warehouse.assistants.numbers import Asked, numbers
from warehouse.assistants.reading import Reading
from warehouse.assistants.results import (
    Description,
    FoundIndicators,
    Numbers,
    ReleaseFacts,
    Sources,
    Statuses,
)
from warehouse.assistants.search import Entry, find, read_entries
from warehouse.assistants.sources import explain_statuses, list_sources, release_facts
from warehouse.layout import Layout
from warehouse.sdmx.rows import CodeNames
from warehouse.service.errors import RequestError
from warehouse.service.limits import Limits
from warehouse.service.shelf import OpenRelease, Shelf
from warehouse.service.work import Desk, Job, Stopped

NAME = "ilms"
INSTRUCTIONS = """International labour-migration statistics: migrants and non-migrants in the labour force, flows,
earnings, recruitment and more, by country. All numbers are of one published release and nothing can be changed.
Find an indicator by words, describe it to learn its codes, areas and years, then get its numbers. Never compute what is
not there by adding codes of overlapping versions. Quote every number with its period, status, source and release; a
synthetic source describes no real population."""
MOST_NUMBERS = 1000
MOST_CODES = 200

Answer = TypeVar("Answer")
Id = Annotated[str, Field(max_length=200, description="Id of an indicator, as find_indicators gives it")]
Words = Annotated[
    str,
    Field(
        max_length=500,
        description="In English, French or Spanish, such as 'unemployment rate foreign-born'; or an id, old or new",
    ),
]
In = Annotated[Language, Field(description="Language of titles, labels and definitions; notes are in English")]
Code = Annotated[str, Field(max_length=200)]
Codes = Annotated[list[Code], Field(max_length=MOST_CODES)]
Period = Annotated[str | None, Field(max_length=50, description="A period such as 2024, 2024-Q3 or 2024-11")]
Limit = Annotated[int, Field(ge=1, le=MOST_NUMBERS, description="How many are listed; the answer says when more fit")]


class Assistants:
    """The tools over the releases of a desk. Their docstrings are what assistants read."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._searched: tuple[str, list[Entry]] = ("", [])

    async def find_indicators(self, words: Words, language: In = "en", limit: Limit = 10) -> FoundIndicators:
        """Find indicators by what they measure, by whom they are broken down, by area, or by an old or new id.

        Only indicators with numbers in the current release are found, the best first.
        """
        return await self._answered(language, lambda reading: find(reading, self._entries(reading), words, limit))

    async def describe_indicator(self, indicator: Id, language: In = "en", limit: Limit = 100) -> Description:
        """Describe an indicator: definition, standard and paragraph, unit, dimensions with the codes that have numbers,
        areas and years, older and newer ids, and how its numbers are to be read. Ask before get_numbers."""
        return await self._answered(language, lambda reading: describe(reading, indicator, limit))

    async def get_numbers(
        self,
        indicator: Id,
        areas: Annotated[Codes | None, Field(description="Codes of areas; all where left out")] = None,
        start: Period = None,
        end: Period = None,
        filters: Annotated[
            dict[Code, Codes | Code] | None,
            Field(max_length=20, description="Dimension -> its codes, as describe_indicator gives them: totals too"),
        ] = None,
        last_periods: Annotated[
            int | None, Field(ge=1, le=MOST_NUMBERS, description="Only so many periods of each series, the latest")
        ] = None,
        language: In = "en",
        limit: Limit = 100,
    ) -> Numbers:
        """Get numbers of an indicator: value, status, sample cases, standard error, interval, source and notes.

        A dimension without a filter has all its codes, totals and overlapping versions among them: filter by one code
        of each dimension that is not compared. Periods of other frequencies count when they lie wholly between start
        and end.
        """
        codes = {name: frozenset([each] if isinstance(each, str) else each) for name, each in (filters or {}).items()}
        if areas:
            codes["REF_AREA"] = frozenset(areas)
        asked = Asked(indicator, codes, start, end, last_periods, limit)
        return await self._answered(language, lambda reading: numbers(reading, asked))

    async def list_sources(
        self,
        area: Annotated[Code | None, Field(description="Code of an area; all where left out")] = None,
        language: In = "en",
        limit: Limit = 100,
    ) -> Sources:
        """List the surveys, registers and other sources: producer, citation, licence, coverage, published waves."""
        return await self._answered(language, lambda reading: list_sources(reading, area, limit))

    async def explain_status(
        self,
        code: Annotated[
            Code | None, Field(description="Code of a status; empty for a normal value; all where left out")
        ] = None,
        language: In = "en",
    ) -> Statuses:
        """Explain the statuses of numbers, such as U (unreliable), S (not significant), C (confidential)."""
        return await self._answered(language, lambda reading: explain_statuses(reading, code))

    async def release(self) -> ReleaseFacts:
        """The current release: its id, when it was made, what it holds, and its warnings."""
        return await self._answered("en", release_facts)

    def _entries(self, reading: Reading) -> list[Entry]:
        """The dataflows of a release as they are searched, which are read once for each release."""
        held, entries = self._searched
        if held != reading.release.id:
            entries = read_entries(reading.release, reading.cursor)
            self._searched = (reading.release.id, entries)
        return entries

    async def _answered(self, language: Language, answer: Callable[[Reading], Answer]) -> Answer:
        """An answer on the current release, within the limits of the service. Raises ToolError that says what to do."""
        try:
            async with self._desk.job() as job:
                return await self._desk.run(job, partial(_on_current, job, language, answer), self._seconds)
        except RequestError as error:
            raise ToolError(error.reason) from error
        except IlmsError as error:
            raise ToolError(error.message) from error
        except Stopped as error:
            raise ToolError("The question was broken off.") from error

    @property
    def _seconds(self) -> float:
        return self._desk.limits.query_seconds


def _on_current(job: Job, language: Language, answer: Callable[[Reading], Answer]) -> Answer:
    release: OpenRelease = job.hold().release
    cursor = job.cursor(release)
    return answer(Reading(release, cursor, CodeNames(cursor), language))


def create_server(desk: Desk) -> MCPServer[None]:
    """The server over the releases of a desk."""
    tools = Assistants(desk)
    functions = (
        tools.find_indicators,
        tools.describe_indicator,
        tools.get_numbers,
        tools.list_sources,
        tools.explain_status,
    )
    server: MCPServer[None] = MCPServer(
        NAME,
        title="ILMS: international labour-migration statistics",
        instructions=INSTRUCTIONS,
        version=version("ilms"),
        tools=[_tool(each) for each in functions],
        log_level="WARNING",
        subscriptions=False,
    )
    server.resource("ilms://release", title="The current release", mime_type="application/json")(tools.release)
    return server


def _tool(function: Callable[..., object]) -> Tool:
    """A tool that only reads, and refuses arguments that it does not have: one misspelt would otherwise be left out,
    and the answer be of something else."""
    tool = Tool.from_function(
        function,
        annotations=ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False),
        structured_output=True,
    )
    arguments = tool.fn_metadata.arg_model
    arguments.model_config["extra"] = "forbid"
    arguments.model_rebuild(force=True)
    tool.parameters = arguments.model_json_schema(by_alias=True)
    return tool


@contextmanager
def opened(layout: Layout, limits: Limits | None = None) -> Iterator[Desk]:
    """A desk over the releases of a home, until the block ends."""
    limits = limits or Limits()
    shelf = Shelf(layout, limits)
    desk = Desk(shelf, limits)
    try:
        yield desk
    finally:
        desk.close()
        shelf.close()


def serve_assistant(layout: Layout, limits: Limits | None = None) -> None:
    """Answer one assistant over standard input and output, until it closes them."""
    with opened(layout, limits) as desk:
        create_server(desk).run("stdio")
