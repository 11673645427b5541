"""How the description of the service (OpenAPI) says what its paths, parameters and answers are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from warehouse.service.addresses import EVERY

ANY_ID = r"^(all|\*|[A-Za-z][A-Za-z0-9_]{0,40}([+,][A-Za-z][A-Za-z0-9_]{0,40})?)$"
PARTS = {
    "flow": (
        "The dataflow: its id, or AGENCY,ID,VERSION",
        "DF_MST_TEMP_SEX_AGE_CBR_NB",
        r"^([A-Za-z]{1,20},)?[A-Za-z][A-Za-z0-9_]{0,40}(,(latest|[0-9]\.[0-9]))?$",
    ),
    "key": (
        "Codes of the dimensions in their order, separated by dots, those of one by +; or all",
        EVERY[0],
        r"^(all|\*|([A-Za-z0-9_]{0,20}(\+[A-Za-z0-9_]{1,20})?\.){1,8})$",
    ),
    "provider": ("The provider of the data, or all", EVERY[0], ANY_ID),
    "context": ("What the data are found by", "dataflow", "^(dataflow|datastructure)$"),
    "agency": ("Agencies, separated by + or commas; all or *", EVERY[0], ANY_ID),
    "id": ("Ids, separated by + or commas; all or *", EVERY[0], ANY_ID),
    "version": ("A version such as 1.0; latest, ~ or +; all or *", "1.0", r"^(latest|all|\*|~|\+|[0-9]\.[0-9][+~]?)$"),
    "item": ("Codes, concepts or other items, separated by + or commas", "SEX_T", ANY_ID),
    "component": ("The dimension whose values are asked for, or all", EVERY[0], ANY_ID),
    "type": ("The type of structures, such as codelist; structure or * for all", "codelist", r"^([a-z]{1,20}|\*)$"),
}
"""For each part of a path: what it is, an example, and how it is written."""
ERRORS = {
    304: "The client has this answer already",
    400: "The request is not written as SDMX REST has it (140)",
    404: "Nothing fits (100)",
    406: "None of the formats that the client accepts is there",
    413: "The answer would be too large, or take too long (130)",
    414: "The address is too long",
    422: "What is asked for cannot be had in this way, such as several dataflows at once (150)",
    503: "There is no release, or too much to do: ask again later",
}
ERROR_CONTENT: dict[str, Any] = {"application/xml": {}, "application/json": {}}


@dataclass(frozen=True)
class Parameter:
    """A parameter of a query string: its name, meaning, an example, and its values where they are few."""

    name: str
    meaning: str
    example: str = ""
    values: Sequence[str] = ()
    kind: Literal["string", "integer", "boolean"] = "string"

    @property
    def described(self) -> dict[str, Any]:
        """As OpenAPI has it."""
        schema: dict[str, Any] = {"type": self.kind}
        if self.values:
            schema["enum"] = list(self.values)
        if self.kind == "integer":
            schema["minimum"] = 1
        found = {"name": self.name, "in": "query", "description": self.meaning, "schema": schema}
        return found | ({"example": self.example} if self.example else {})


AS_OF = Parameter("asOf", "A time: the answer is that of the release that was current then", "2026-11-30T12:00:00Z")
FORMAT = Parameter("format", "The media type of the answer, in place of the header Accept", "text/csv")


def operation(parts: Iterable[str], queried: Iterable[Parameter], content: Iterable[str]) -> dict[str, Any]:
    """What OpenAPI says of a path with these parts and parameters, answered with one of these content types."""
    path = [
        {
            "name": part,
            "in": "path",
            "required": True,
            "description": PARTS[part][0],
            "schema": {"type": "string", "pattern": PARTS[part][2]},
            "example": PARTS[part][1],
        }
        for part in parts
    ]
    answers: dict[str, Any] = {"200": {"description": "The answer", "content": {each: {} for each in content}}}
    for status, text in ERRORS.items():
        answers[str(status)] = {"description": text} | ({"content": ERROR_CONTENT} if status != 304 else {})
    return {"parameters": [*path, *(each.described for each in queried)], "responses": answers}
