"""Queries of statistical services, declared for a file in the place of its address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from pydantic import Field

from schemas.declaration import Declaration

EVERY = "*"


class SdmxQuery(Declaration):
    """Data of an SDMX 2.1 service: which dataflow, which of its series, which periods."""

    service: str = Field(
        description="a service that the package sdmx1 knows (ILO, ESTAT, OECD, UNSD, ...), or the address of another",
        examples=["ESTAT"],
    )
    flow: str = Field(
        pattern=r"^[A-Za-z0-9_@$.,{}:+-]+$",
        description="the dataflow by its id, or agency,id,version",
        examples=["ILO,DF_UNE_DEAP_SEX_AGE_CCT_RT,1.0"],
    )
    key: str = Field(
        default="all",
        pattern=r"^[A-Za-z0-9_@$.*{}:+-]+$",
        description="the codes of each dimension in its order, between points; + between several codes, and nothing "
        "between the points for all codes",
        examples=["AUT+BEL.A..SEX_T."],
    )
    start: str | None = Field(default=None, description="the first period", examples=["2015"])
    end: str | None = Field(default=None, description="the last period", examples=["{year}"])
    format: Literal["csv", "ml", "ml_generic"] = Field(
        default="csv",
        description="what the service is asked for: csv for SDMX-CSV 1.0, ml for structure-specific SDMX-ML 2.1, "
        "ml_generic for generic. SDMX-JSON is not asked for, since some services give a key of it more than once",
        examples=["ml"],
    )

    @property
    def place(self) -> str:
        """What is asked, on one line."""
        return " ".join(filter(None, (self.service, self.flow, self.key, self.start, self.end)))

    def filled(self, fill: Callable[[str], str]) -> SdmxQuery:
        """The query of a wave, by what its placeholders stand for."""
        said = {
            name: fill(text) for name in ("service", "flow", "key", "start", "end") if (text := getattr(self, name))
        }
        return self.model_copy(update=said)


class PxWebQuery(Declaration):
    """Data of a table of PxWeb (API version 1), received as JSON-stat."""

    table: str = Field(
        description="the address of the table in the API",
        examples=["https://api.example.org/v1/en/ssd/AM/AM0101/Permits.px"],
    )
    select: dict[str, list[str]] = Field(
        min_length=1,
        description="variable -> its values, both by their codes; '*' alone for all values. A variable left out is "
        "eliminated, which the table must allow",
        examples=[{"Citizenship": ["*"], "Sex": ["1", "2"], "Year": ["{year}"]}],
    )
    format: Literal["json-stat2", "json-stat"] = Field(
        default="json-stat2", description="json-stat for servers that know version 1 alone", examples=["json-stat"]
    )

    @property
    def place(self) -> str:
        """What is asked, on one line."""
        return " ".join((self.table, *(f"{name}={','.join(values)}" for name, values in self.select.items())))

    def filled(self, fill: Callable[[str], str]) -> PxWebQuery:
        """The query of a wave, by what its placeholders stand for."""
        select = {name: [fill(value) for value in values] for name, values in self.select.items()}
        return self.model_copy(update={"table": fill(self.table), "select": select})


Query = SdmxQuery | PxWebQuery
