"""Tables of PxWeb, API version 1: the variables and values of a table are read first, then the query is posted.

The time of a table's last change is in the listing of its folder.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote, urlencode

from schemas.errors import DeclarationError, InputError
from schemas.nearest import nearest
from schemas.services import EVERY, PxWebQuery
from warehouse.intake.services.base import Asking, Read, read_if_given

_JSON = {"Accept": "application/json"}
_TOO_MUCH = "select fewer values, or declare several files: the server gives fewer cells at once"
_REMEDIES = MappingProxyType(
    {
        400: "correct `select`: the server does not take the query",
        403: _TOO_MUCH,
        404: "correct `table`: open its address in a browser, which shows its variables and values",
        413: _TOO_MUCH,
    }
)
SHOWN = 10


@dataclass(frozen=True)
class PxWebQuestion:
    """Values of a table."""

    query: PxWebQuery
    where: str

    @property
    def address(self) -> str:
        """The table's address with the selection added."""
        return f"{self.query.table}?{urlencode({name: ','.join(each) for name, each in self.query.select.items()})}"

    @property
    def asking(self) -> Asking:
        """The request: the query is posted to the table."""
        selections = [
            {"code": name, "selection": {"filter": "all" if values == [EVERY] else "item", "values": values}}
            for name, values in self.query.select.items()
        ]
        body = {"query": selections, "response": {"format": self.query.format}}
        headers = {**_JSON, "Content-Type": "application/json"}
        return Asking(headers, self.query.table, json.dumps(body, ensure_ascii=False).encode(), _REMEDIES)

    def last_update(self, read: Read) -> str | None:
        """When the table last changed, after checking the query against its metadata."""
        self._check(_decoded(read(self.query.table, _JSON)))
        folder, _, own = self.query.table.rstrip("/").rpartition("/")
        listing = _decoded(read_if_given(read, f"{folder}/", _JSON) or b"[]")
        tables = listing if isinstance(listing, list) else []
        said = [each.get("updated") for each in tables if isinstance(each, dict) and each.get("id") == unquote(own)]
        return str(said[0]) if said and said[0] else None

    def fault(self, answer: bytes) -> str:
        """What an answer is instead of JSON-stat, from its beginning."""
        return "" if answer.lstrip().startswith(b"{") else "the server's answer is not JSON"

    def _check(self, metadata: Any) -> None:
        """Check that every requested variable and value exists, and that no variable required by the table is left
        out."""
        if not isinstance(metadata, dict) or not isinstance(metadata.get("variables"), list):
            raise InputError(
                "the server gives no metadata of the table, so its variables are not known",
                where=f"{self.where}, {self.query.table}",
                remedy="correct `table`: it is the address of a table, not of a folder",
            )
        variables = {str(each["code"]): each for each in metadata["variables"]}
        for name, values in self.query.select.items():
            if name not in variables:
                raise self._wrong(f"the table has no variable '{name}'{nearest(name, variables)}", [*variables])
            self._check_values(name, values, variables[name])
        needed = [name for name, each in variables.items() if not each.get("elimination")]
        if left_out := [name for name in needed if name not in self.query.select]:
            raise self._wrong(f"the table requires {', '.join(left_out)}", needed)

    def _check_values(self, name: str, values: list[str], variable: Any) -> None:
        known = [str(value) for value in variable["values"]]
        unknown = [value for value in values if value not in known and values != [EVERY]]
        if unknown and variable.get("time"):
            raise InputError(
                f"the table has no {', '.join(unknown[:SHOWN])} of '{name}' yet; it ends with {known[-1]}",
                where=f"{self.where}, {self.query.table}",
                remedy="wait until it comes out, or correct `select`",
            )
        if unknown:
            likely = nearest(unknown[0], known)
            raise self._wrong(f"'{name}' has no values {', '.join(unknown[:SHOWN])}{likely}", known)

    def _wrong(self, what: str, known: list[str]) -> DeclarationError:
        more = f" and {len(known) - SHOWN} more" if len(known) > SHOWN else ""
        return DeclarationError(
            what,
            where=f"{self.where}, {self.query.table}",
            why="the server would refuse the query, or leave a variable out",
            remedy=f"correct `select`; known are {', '.join(known[:SHOWN])}{more}",
        )


def _decoded(content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8-sig"))
    except ValueError:
        return None
