"""What every declaration is made of: a base that refuses unknown keys, and texts in three languages."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Declaration(BaseModel):
    """Base of every declaration: unknown keys are errors, values do not change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Declaration):
    """A text in the ILO's three working languages; French and Spanish may be left out."""

    en: str
    fr: str | None = None
    es: str | None = None
