"""Tables that the regional steps pass on: what is not as declared stops there, not further on."""

from __future__ import annotations

import pandas as pd
import pytest

from schemas.errors import InputError
from transforms.regional.frames import BASELINE, BY_ACTIVITY

ROWS = pd.DataFrame(
    [("X01", "male", 60.0, 50.0), ("X01", "female", 40.0, 30.0)],
    columns=["group", "sex", "estimated", "theta_one"],
)


def test_a_frame_comes_out_with_its_declared_columns_in_their_order() -> None:
    shuffled = ROWS.assign(working="what the step needed for itself")[
        ["working", "theta_one", "sex", "estimated", "group"]
    ]
    assert BASELINE.of(shuffled).equals(ROWS)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        (ROWS.drop(columns="theta_one"), "'naive baseline' lacks theta_one"),
        (ROWS.assign(estimated=["60", "40"]), "has estimated as str, and not as DOUBLE"),
        (ROWS.assign(sex="male"), r"rows with a repeated or incomplete key \(group, sex\): X01 male"),
        (ROWS.assign(group=ROWS["group"].where(ROWS["sex"] == "male")), "rows with a repeated or incomplete key"),
    ],
)
def test_what_is_not_as_declared_stops(changed: pd.DataFrame, fault: str) -> None:
    with pytest.raises(InputError, match=fault):
        BASELINE.of(changed)


def test_an_empty_frame_still_has_its_declared_columns() -> None:
    assert BY_ACTIVITY.of(BY_ACTIVITY.empty()).columns.to_list() == BY_ACTIVITY.names
