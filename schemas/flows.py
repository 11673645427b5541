"""The canonical flow variables, as `flows.yaml` declares them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, RootModel, model_validator

from schemas.declaration import Declaration, Trilingual
from schemas.yaml_lines import load_model

FLOWS_FILE = Path(__file__).parent / "flows.yaml"
ALL = "all"
"""The value of a breakdown that a table does not make."""
COUNTRY_VALUES = ("other", "stateless")
"""What a country may be beside an ISO 3166-1 alpha-3 code: countries that the register does not name, and stateless."""
DROPPED = "not_counted"
"""What a map gives for a column or row that holds no count, such as a percentage."""
SUPPRESSED = "suppressed"

FlowMissing = Literal["not_asked", "unknown", "suppressed"]


class FlowVariable(Declaration):
    """One flow variable: its type, its role, its values, kinds of missing and reference."""

    label: Trilingual
    type: Literal["identifier", "category", "country", "text", "number"]
    role: Literal["breakdown", "fact"]
    values: dict[str, str] = {}
    missing: list[FlowMissing] = []
    codelist: str | None = None
    reference: str = Field(min_length=1)

    @model_validator(mode="after")
    def _values_for_categories(self) -> FlowVariable:
        if (self.type == "category") != bool(self.values):
            raise ValueError("a category, and only a category, lists its values")
        return self

    @property
    def allowed(self) -> tuple[str, ...] | None:
        """Every value it can take beside ISO codes; None when its values are not listed."""
        whole = (ALL,) if self.role == "breakdown" else ()
        kinds = tuple(kind for kind in self.missing if kind != SUPPRESSED)
        if self.type == "category":
            return (*self.values, *kinds, *whole)
        if self.type == "country":
            return (*COUNTRY_VALUES, *kinds, *whole)
        return None


class _Flows(RootModel[dict[str, FlowVariable]]):
    """The whole file: variable name -> variable."""


@cache
def load_flow_variables() -> dict[str, FlowVariable]:
    """Every flow variable by name, in the order of the file. Raises DeclarationError that names file and line."""
    variables, _ = load_model(_Flows, FLOWS_FILE)
    return variables.root


def breakdowns() -> tuple[str, ...]:
    """The variables by which a table may be broken down."""
    return tuple(name for name, variable in load_flow_variables().items() if variable.role == "breakdown")


def flow_columns() -> dict[str, str]:
    """Columns of a table of flow records and their DuckDB types, in order."""
    columns: dict[str, str] = {}
    for name, variable in load_flow_variables().items():
        columns[name] = "DOUBLE" if variable.type == "number" else "VARCHAR"
        if variable.type == "number":
            columns[f"{name}_missing"] = "VARCHAR"
    return columns
