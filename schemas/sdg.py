"""How indicators of the Sustainable Development Goals are said in the IAEG-SDGs' global data structure (`sdg.yaml`)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pydantic import Field

from schemas.catalogue import known_indicators
from schemas.declaration import Declaration
from schemas.yaml_lines import load_model, refuse_faults

SDG_FILE = Path(__file__).parent / "sdg.yaml"
DIMENSIONS = (
    *("FREQ", "REPORTING_TYPE", "SERIES", "REF_AREA", "SEX", "AGE", "URBANISATION", "INCOME_WEALTH_QUANTILE"),
    *("EDUCATION_LEV", "OCCUPATION", "CUST_BREAKDOWN", "COMPOSITE_BREAKDOWN", "DISABILITY_STATUS", "ACTIVITY"),
    *("PRODUCT", "TIME_PERIOD"),
)
"""Those of the structure, in its order."""
DERIVED = {"FREQ", "SERIES", "REF_AREA", "SEX", "COMPOSITE_BREAKDOWN", "TIME_PERIOD"}
"""Dimensions that come from each observation."""


class SdgStructure(Declaration):
    """The address of the global data structure."""

    agency: str = Field(description="who maintains it", examples=["IAEG-SDGs"])
    id: str = Field(description="its id", examples=["SDG"])
    version: str = Field(description="its version", examples=["1.5"])


class SdgCodelist(SdgStructure):
    """One of its code lists."""

    codes: dict[str, str] = Field(default={}, description="those of its codes that are given here, with their names")


class SdgIndicator(Declaration):
    """One of our indicators as a series of the global data structure."""

    series: str = Field(description="code of CL_SERIES", examples=["SL_EMP_FTLINJUR"])
    unit_measure: str = Field(description="code of CL_UNIT_MEASURE", examples=["PER_100000_EMP"])
    breakdown: dict[str, str] = Field(
        default={}, description="codes of classif1, with theirs of COMPOSITE_BREAKDOWN; others are not given"
    )
    comment: str | None = Field(default=None, description="what a reader of the number must know")


class SdgForm(Declaration):
    """The whole file."""

    structure: SdgStructure = Field(description="the address of the structure")
    concepts: SdgStructure = Field(description="the address of its concepts")
    names: dict[str, str] = Field(description="the components that are given here, with their names")
    codelists: dict[str, SdgCodelist] = Field(description="the list of each coded component")
    constants: dict[str, str] = Field(description="dimensions with one code in all series, and that code")
    sex: dict[str, str] = Field(description="codes of CL_SEX, and theirs")
    indicators: dict[str, SdgIndicator] = Field(description="our indicators, each as a series of theirs")


@cache
def load_sdg_form() -> SdgForm:
    """The declared form. Raises DeclarationError that names file and line: an unknown indicator or dimension."""
    form, lines = load_model(SdgForm, SDG_FILE)
    refuse_faults(SDG_FILE, lines, _faults(form))
    return form


def _faults(form: SdgForm) -> Iterator[tuple[tuple[str, ...], str]]:
    """Indicators and dimensions that there are not, components without a name, codes that the lists do not have."""
    for indicator in sorted(form.indicators.keys() - known_indicators()):
        yield ("indicators", indicator), f"there is no indicator '{indicator}'"
    if wrong := set(DIMENSIONS) - DERIVED ^ form.constants.keys():
        yield ("constants",), f"given or left out wrongly: {', '.join(sorted(wrong))}"
    if missing := (set(DIMENSIONS) | form.codelists.keys()) - form.names.keys():
        yield ("names",), f"there is no name of {', '.join(sorted(missing))}"
    used = {**{name: {code} for name, code in form.constants.items()}, "SEX": set(form.sex.values())}
    used["SERIES"] = {each.series for each in form.indicators.values()}
    used["UNIT_MEASURE"] = {each.unit_measure for each in form.indicators.values()}
    used["COMPOSITE_BREAKDOWN"] = {code for each in form.indicators.values() for code in each.breakdown.values()}
    for name, codes in used.items():
        if name not in form.codelists:
            yield ("codelists",), f"there is no list of {name}"
        elif unknown := codes - form.codelists[name].codes.keys():
            yield ("codelists", name), f"it does not have {', '.join(sorted(unknown))}"
