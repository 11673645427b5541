"""Programmes of labour migration: numbers are of one programme, and what is said of it was read somewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from schemas import programmes
from schemas.errors import DeclarationError
from schemas.loader import load_runnable
from schemas.programmes import load_programmes

H2B = {"source": "USA.oflc", "indicator": "REG_POSC_SEX_PRG_NB", "code": "PRG_TYPE_GUEST"}


def test_series_are_of_sources_and_waves_that_feed_them() -> None:
    for name, programme in load_programmes().items():
        for series in programme.series:
            source = load_runnable(series.source)
            assert source.ref_area == programme.ref_area, name
            assert set(series.waves) <= source.waves.keys(), name


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"read_at": ""}, "`read_at` says where it was read"),
        ({"employer": "two"}, "Input should be 'one'"),
        ({"ref_area": "US"}, "'US' is not an area"),
        ({"series": [H2B | {"indicator": "REG_POSC"}]}, "there is no indicator 'REG_POSC'"),
        ({"series": [H2B | {"code": "H-2A"}]}, "no list has the code 'H-2A'"),
        ({"series": [H2B]}, "its numbers .* are those of USA_H2A"),
    ],
)
def test_a_wrong_programme_is_refused(
    change: dict[str, object], fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = yaml.safe_load(programmes.PROGRAMMES_FILE.read_text(encoding="utf-8"))["programmes"]
    both = {"USA_H2A": declared["USA_H2A"] | change, "USA_H2B": declared["USA_H2B"]}
    file = tmp_path / "programmes.yaml"
    file.write_text(yaml.safe_dump({"programmes": both}), encoding="utf-8")
    monkeypatch.setattr(programmes, "PROGRAMMES_FILE", file)
    with pytest.raises(DeclarationError, match=fault):
        load_programmes.__wrapped__()
