"""Sample designs: what each needs, and what its standard errors disclose."""

from __future__ import annotations

import pytest

from schemas.sample_design import DESIGNS, Design

REASON = "no design variables in the file"
REPLICATES = {"columns": "replicate_{1-4}", "method": "brr", "centre": "full_estimate"}


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ({"kind": "clustered", "stratum": "region", "psu": "area"}, False),
        ({"kind": "replicate", "replicates": REPLICATES}, False),
        ({"kind": "persons", "reason": REASON}, True),
        ({"kind": "none", "reason": REASON}, False),
    ],
    ids=DESIGNS,
)
def test_only_standard_errors_of_independent_persons_disclose_the_squares_of_weights(
    declared: dict[str, object], expected: bool
) -> None:
    design = Design.model_validate({"weight": {"column": "w"}, **declared})
    assert design.discloses_squares is expected


def test_a_design_needs_its_weight_and_whatever_its_errors_are_made_of() -> None:
    clustered = {"kind": "clustered", "weight": {"column": "w"}, "stratum": "region", "psu": "area"}
    assert Design.model_validate(clustered).columns == ["w", "region", "area"]
    replicated = {"kind": "replicate", "weight": {"column": "w"}, "replicates": REPLICATES}
    assert Design.model_validate(replicated).columns == ["w", *(f"replicate_{number}" for number in (1, 2, 3, 4))]
