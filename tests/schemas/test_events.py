"""Events are a kind of their own: what may be counted as one, and what the real tables give."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from ilms.kinds import kind_of
from schemas.errors import DeclarationError
from schemas.events import Events
from schemas.kinds import KINDS
from schemas.loader import load_folder, load_runnable
from schemas.partition import Partition
from transforms.flows import estimate_flows, harmonise_flows
from transforms.read import RawInput

DECLARED = """
kind: {kind}
title: {{en: Complaints}}
producer: Authority
citation: Authority, complaints
licence: public
landing_page: https://www.example.org
source_type: FA
cadence: annual
schedule: "0 6 1 * *"
coverage: {{complete: true}}
facts: {{concept: {concept}, direction: {direction}, unit: {unit}}}
waves: {{"2024": {{files: [{{name: complaints.csv, mirror: nru/complaints.csv}}]}}}}
tables:
  complaints:
    title: Complaints
    file: complaints.csv
    read: {{format: delimited}}
    value: {{column: number}}
    variables: {{event: {{constant: registered}}}}
    feeds: {{{feeds}: every_wave}}
"""
COMPLAINTS = {"concept": "complaint_abroad", "direction": "out", "unit": "complaints", "feeds": "REG_CMPL_SEX_NB"}
DEPARTURES = {"concept": "employment_abroad", "direction": "out", "unit": "persons", "feeds": "REG_OEMP_SEX_AGE_NB"}


def _declare(folder: Path, kind: str, facts: dict[str, str]) -> Path:
    source = folder / "NRU" / "complaints"
    source.mkdir(parents=True)
    (source / "source.yaml").write_text(DECLARED.format(kind=kind, **facts), encoding="utf-8")
    (source / "columns.csv").write_text("column,every_wave\ncomplaints.number,Number\n", encoding="utf-8")
    (source / "code_maps.csv").write_text("map,code,value,label\n", encoding="utf-8")
    return source


def test_complaints_are_events(tmp_path: Path) -> None:
    declared = load_folder(_declare(tmp_path, "events", COMPLAINTS))
    assert isinstance(declared, Events)
    assert kind_of(declared).declared is KINDS["events"]


def test_events_are_no_register_of_flows(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="counts events: write `kind: events`"):
        load_folder(_declare(tmp_path, "register", COMPLAINTS))


def test_departures_are_no_events(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="'employment_abroad' is no event; those are complaint_abroad, removal"):
        load_folder(_declare(tmp_path, "events", DEPARTURES))


def test_no_indicator_is_of_registers_and_of_events() -> None:
    assert not KINDS["events"].indicators().keys() & KINDS["register"].indicators().keys()
    assert {"REG_CMPL_SEX_NB", "REG_REMV_SEX_CCT_NB", "REG_SANC_PRG_NB"} <= KINDS["events"].indicators().keys()


@pytest.mark.mirror
@pytest.mark.parametrize(
    ("source", "wave", "figures"),
    [
        (
            "LKA.borders",
            "2020",
            {"REG_REMV_SEX_CCT_NB": 249, "REG_REMV_SEX_CCT_NB CCT_CTZ_IND": 133, "REG_REFE_SEX_CCT_NB": 384},
        ),
        (
            "LKA.borders",
            "2022",
            {"REG_REMV_SEX_CCT_NB": 338, "REG_REMV_SEX_CCT_NB CCT_CTZ_IND": 322, "REG_REFE_SEX_CCT_NB": 223},
        ),
        ("USA.debarments", "2013", {"REG_SANC_PRG_NB": 45, "REG_SANC_PRG_NB PRG_TYPE_GUEST": 17}),
    ],
)
def test_the_real_tables_give_their_producers_counts(
    mirror: Path, tmp_path: Path, source: str, wave: str, figures: dict[str, float]
) -> None:
    declared, partition = load_runnable(source), Partition(source, wave)
    assert isinstance(declared, Events)
    received = []
    for each in declared.waves[wave].files:
        place = tmp_path / declared.filled(each.name, wave)
        place.write_bytes((mirror / declared.filled(str(each.mirror), wave)).read_bytes())
        received.append(RawInput(place, "data"))
    core, cells = tmp_path / "core.parquet", tmp_path / "cells.parquet"
    harmonise_flows(declared.of_wave(wave), partition, received, core, workdir=tmp_path)
    estimate_flows(declared.of_wave(wave), partition, core, cells, vintage="v")
    found = duckdb.execute(
        "select indicator || if(ends_with(classif1, '_TOTAL'), '', ' ' || classif1), obs_value"
        f" from read_parquet('{cells}')"
    ).fetchall()
    assert {key: value for key, value in found if key in figures} == figures
