"""What a request for data asks for, whichever of both syntaxes it is written in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from warehouse.sdmx.formats.base import ALL_DIMENSIONS, TIME
from warehouse.sdmx.periods import span_of
from warehouse.sdmx.query import OPERATORS, Comparison, Condition
from warehouse.service.addresses import ALL_NAMES, EMPTY, EVERY, Names, Versions, flow_reference, names, versions
from warehouse.service.errors import semantic_error, shown, syntax_error
from warehouse.service.shelf import moment_of

Syntax = Literal["1.5", "2.x"]
CONTEXTS = ("dataflow", "datastructure", "provisionagreement")
DETAILS = ("full", "dataonly", "serieskeysonly", "nodata")
ATTRIBUTE_GROUPS = ("dsd", "all", "msd", "dataset", "series", "obs", "none")
FILTER = re.compile(r"c\[([A-Za-z0-9_]+)\]")
PARAMETERS: Mapping[Syntax, frozenset[str]] = {
    "1.5": frozenset({"startPeriod", "endPeriod", "updatedAfter", "firstNObservations", "lastNObservations"})
    | {"dimensionAtObservation", "detail", "includeHistory", "asOf", "format"},
    "2.x": frozenset({"updatedAfter", "firstNObservations", "lastNObservations", "dimensionAtObservation"})
    | {"attributes", "measures", "includeHistory", "asOf", "format", "startPeriod", "endPeriod"},
}


@dataclass(frozen=True)
class FlowAddress:
    """Which dataflow is meant, by itself or by its data structure; and whose data."""

    agency: Names
    ids: Names
    version: Versions
    context: str = "dataflow"
    providers: Names = ALL_NAMES


@dataclass(frozen=True)
class Shown:
    """Which components an answer has.

    attributes         groups (ATTRIBUTE_GROUPS) and ids
    with_value         whether it has values
    with_observations  False for the keys of series alone
    """

    attributes: tuple[str, ...] = ("dsd",)
    with_value: bool = True
    with_observations: bool = True


DETAIL: Mapping[str, Shown] = {
    "full": Shown(),
    "dataonly": Shown(("none",)),
    "serieskeysonly": Shown(("none",), with_value=False, with_observations=False),
    "nodata": Shown(with_value=False, with_observations=False),
}


@dataclass(frozen=True)
class DataRequest:
    """A request for data; the key is read once the dimensions of the dataflow are known.

    `conditions` are those of SDMX 3.0 (`c[...]`); `as_of` names an earlier release.
    """

    syntax: Syntax
    address: FlowAddress
    key: str
    start: str | None = None
    end: str | None = None
    conditions: tuple[Condition, ...] = ()
    updated_after: datetime | None = None
    first: int | None = None
    last: int | None = None
    at_observation: str = TIME
    shown: Shown = DETAIL["full"]
    with_history: bool = False
    as_of: str | None = None


def syntax_of(parts: Sequence[str]) -> Syntax:
    """Which syntax an address is written in: that of SDMX 3.0 begins with a context."""
    return "2.x" if parts and parts[0] in (*CONTEXTS, "*") and len(parts) > 1 else "1.5"


def flow_address(parts: Sequence[str]) -> tuple[FlowAddress, list[str]]:
    """The dataflow that an address begins with, and what follows it.

    1.5: `FLOW[/KEY[/PROVIDER[/...]]]`; 2.x: `CONTEXT/AGENCY[/ID[/VERSION[/KEY[/...]]]]`.
    """
    if syntax_of(parts) == "1.5":
        agency, name, version = flow_reference(parts[0])
        key, provider, *rest = [*parts[1:], "all", "all"][: max(2, len(parts) - 1)]
        address = FlowAddress(agency, Names(frozenset({name})), version, providers=_providers(provider))
        return address, [key, *rest]
    context, agency_text, name, version_text, *rest = [*parts, *["*"] * (4 - len(parts))]
    if context == "provisionagreement":
        raise semantic_error("Data are found by dataflow or data structure, not by provision agreement.")
    address = FlowAddress(names(agency_text), names(name), versions(version_text), context.replace("*", "dataflow"))
    return address, rest or ["*"]


def _providers(text: str) -> Names:
    """The providers of `[AGENCY,]ID`, several separated by `+`, or all."""
    if text in EMPTY:
        return ALL_NAMES
    found = [each.split(",")[-1] for each in text.split("+")]
    return names("+".join(each for each in found if each not in EVERY) or "all")


def data_request(parts: Sequence[str], given: Mapping[str, str]) -> DataRequest:
    """The request that an address and its parameters make. Raises RequestError (400, 501) for what is none."""
    syntax = syntax_of(parts)
    known = PARAMETERS[syntax]
    unknown = [name for name in given if name not in known and not (syntax == "2.x" and FILTER.fullmatch(name))]
    if unknown:
        raise syntax_error(f"There is no parameter '{shown(unknown[0])}'. There are: {', '.join(sorted(known))}.")
    address, (key, *_) = flow_address(parts)
    updated_after = given.get("updatedAfter")
    return DataRequest(
        syntax=syntax,
        address=address,
        key=key,
        start=_period(given, "startPeriod"),
        end=_period(given, "endPeriod"),
        conditions=tuple(_condition(FILTER.fullmatch(name), text) for name, text in given.items() if "[" in name),
        updated_after=moment_of(updated_after) if updated_after else None,
        first=_count(given, "firstNObservations"),
        last=_count(given, "lastNObservations"),
        at_observation=read_at_observation(given),
        shown=_shown(syntax, given),
        with_history=_yes_or_no(given, "includeHistory"),
        as_of=given.get("asOf") or None,
    )


def _period(given: Mapping[str, str], name: str) -> str | None:
    text = given.get(name)
    if not text:
        return None
    try:
        span_of(text)
    except ValueError as error:
        raise syntax_error(
            f"{name}={shown(text)} is no period: write one such as 2024, 2024-S1, 2024-Q3, 2024-11 or 2024-11-30."
        ) from error
    return text


def _count(given: Mapping[str, str], name: str) -> int | None:
    text = given.get(name)
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < 1:
        raise syntax_error(f"{name}={shown(text)} is no number of observations: write a whole number from 1.")
    return int(text)


def _yes_or_no(given: Mapping[str, str], name: str) -> bool:
    text = given.get(name, "false").lower()
    if text not in ("true", "false", "1", "0", ""):
        raise syntax_error(f"{name} is true or false.")
    return text in ("true", "1")


def read_at_observation(given: Mapping[str, str]) -> str:
    """The dimension that observations differ in within their series. Raises RequestError (400) for what is no id."""
    text = given.get("dimensionAtObservation") or TIME
    if not re.fullmatch(r"[A-Za-z0-9_]+", text):
        raise syntax_error(f"dimensionAtObservation is {TIME}, another dimension or {ALL_DIMENSIONS}.")
    return text


def _shown(syntax: Syntax, given: Mapping[str, str]) -> Shown:
    if syntax == "1.5":
        detail = given.get("detail") or "full"
        if detail not in DETAIL:
            raise syntax_error(f"detail is one of {', '.join(DETAILS)}.")
        return DETAIL[detail]
    attributes = tuple((given.get("attributes") or "dsd").split(","))
    measures = (given.get("measures") or "all").split(",")
    with_value = measures != ["none"]
    return Shown(attributes, with_value, with_observations=with_value or attributes != ("none",))


def _condition(name: re.Match[str] | None, text: str) -> Condition:
    """What `c[NAME]=...` says: commas separate alternatives, pluses what has to hold at the same time."""
    if name is None or not text:
        raise syntax_error("A component is filtered by c[ID]=VALUE, such as c[TIME_PERIOD]=ge:2020.")
    alternatives = tuple(tuple(_comparison(part) for part in each.split("+")) for each in text.split(","))
    if name[1] == TIME:
        for each in (compared for alternative in alternatives for compared in alternative):
            _period({name[1]: each.value}, name[1])
    return Condition(name[1], alternatives)


def _comparison(text: str) -> Comparison:
    operator, colon, value = text.partition(":")
    if colon and operator in OPERATORS:
        return Comparison(operator, value)
    return Comparison("eq", text)
