"""A new source starts from a template that already passes its own check."""

from __future__ import annotations

import pytest

from ilms.check import check_source
from ilms.new_source import new_source
from schemas.errors import DeclarationError


def test_the_template_is_a_sound_source_with_a_golden_wave(tmp_path, monkeypatch):
    new_source("NRU.lfs", "2024-Q1", tmp_path)
    monkeypatch.setenv("ILMS_SOURCES", str(tmp_path))
    told = list(check_source("NRU.lfs"))
    assert told[-1] == "golden wave 2024-Q1: every expected cell is met"


def test_the_template_of_a_register_is_sound_too(tmp_path, monkeypatch):
    new_source("NRU.permits", "2024", tmp_path, kind="register")
    monkeypatch.setenv("ILMS_SOURCES", str(tmp_path))
    told = list(check_source("NRU.permits"))
    assert "1 table(s), which feed REG_PERI_CCT_NB" in told[1]
    assert told[-1] == "golden wave 2024: every expected cell is met"


def test_a_kind_without_a_template_is_refused(tmp_path):
    with pytest.raises(DeclarationError, match="no template for a 'census'"):
        new_source("NRU.lfs", "2024", tmp_path, kind="census")


def test_nothing_is_ever_overwritten(tmp_path):
    new_source("NRU.lfs", "2024", tmp_path)
    with pytest.raises(DeclarationError, match="exists already"):
        new_source("NRU.lfs", "2024", tmp_path)


@pytest.mark.parametrize(("source", "wave"), [("../x", "2024"), ("NRU.lfs", "24"), ("xln.lfs", "2024")])
def test_a_bad_name_is_refused_before_anything_is_written(tmp_path, source, wave):
    with pytest.raises(DeclarationError):
        new_source(source, wave, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_golden_cell_that_is_not_met_is_told(tmp_path, monkeypatch):
    new_source("NRU.bad", "2024", tmp_path)
    cells = tmp_path / "NRU" / "bad" / "golden" / "2024" / "cells.csv"
    cells.write_text(cells.read_text().replace("0.25,2", "0.26,2"))
    monkeypatch.setenv("ILMS_SOURCES", str(tmp_path))
    with pytest.raises(DeclarationError, match="is 0.25 from 2 case"):
        list(check_source("NRU.bad"))


def test_a_golden_cell_without_a_value_says_that_the_number_must_not_exist(tmp_path, monkeypatch):
    new_source("NRU.none", "2024", tmp_path)
    cells = tmp_path / "NRU" / "none" / "golden" / "2024" / "cells.csv"
    monkeypatch.setenv("ILMS_SOURCES", str(tmp_path))
    first = cells.read_text()
    cells.write_text(first + "MST_TEMP_SEX_AGE_CCT_NB,SEX_T,AGE_YTHADULT_YGE15,CCT_CIT_NONCIT,,\n")
    assert list(check_source("NRU.none"))[-1] == "golden wave 2024: every expected cell is met"
    cells.write_text(first.replace("0.25,2", ","))
    with pytest.raises(DeclarationError, match="and must not exist"):
        list(check_source("NRU.none"))
