"""How much a wave must differ from the one before it to be reported (`comparison.yaml`)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import Field

from schemas.declaration import Declaration
from schemas.yaml_lines import load_model

COMPARISON_FILE = Path(__file__).parent / "comparison.yaml"


class Comparison(Declaration):
    """The limits; the file explains each of them."""

    reference: str
    provisional: bool = False
    total_factor: float = Field(gt=1)
    share_change: float = Field(gt=0, le=100)
    share_new: float = Field(gt=0, le=100)
    values_compared: int = Field(ge=1)
    differences_listed: int = Field(ge=1)


@cache
def load_comparison() -> Comparison:
    """The limits. Raises DeclarationError that names file and line."""
    limits, _ = load_model(Comparison, COMPARISON_FILE)
    return limits
