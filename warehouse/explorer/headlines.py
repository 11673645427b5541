"""The subjects that readers look for first, as `headlines.yaml` declares them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml
from pydantic import Field

from schemas.declaration import Declaration

HEADLINES_FILE = Path(__file__).parent / "headlines.yaml"


class Headline(Declaration):
    """A subject: its indicators by basis (CBR, CCT), and the code that stands for everybody it is about."""

    code: str = Field(
        default="", description="code of the first classification; empty where migrant status is the first"
    )
    by: dict[str, str] = Field(description="classification of migrants -> indicator")


@cache
def load_headlines() -> Mapping[str, Headline]:
    """The subjects by name, in their order."""
    declared = yaml.safe_load(HEADLINES_FILE.read_text("utf-8"))
    return {name: Headline.model_validate(each) for name, each in declared.items()}
