"""Columns of table `agreement_with_published_figures`."""

from __future__ import annotations

from schemas.tables import Column

AGREEMENT = (
    Column("source", "VARCHAR", "Source, as in observation"),
    Column("wave", "VARCHAR", "Wave of the source, or longer period made of its waves"),
    Column("ref_area", "VARCHAR", "Reporting country; code list CL_AREA"),
    Column("indicator", "VARCHAR", "Indicator id"),
    Column("sex", "VARCHAR", "Sex; code list CL_SEX"),
    Column("classif1", "VARCHAR", "Code of the first classification; empty without one"),
    Column("classif2", "VARCHAR", "Code of the second classification; empty without one"),
    Column("time", "VARCHAR", "Period, as in observation"),
    Column("obs_value", "DOUBLE", "The number made here; empty where there is none, or it is withheld"),
    Column("se", "DOUBLE", "Its standard error"),
    Column("n", "BIGINT", "Its sample cases"),
    Column("published_value", "DOUBLE", "The published figure; empty where there is none of the period"),
    Column("published_se", "DOUBLE", "Its standard error, where one is published"),
    Column("published_by", "VARCHAR", "Who publishes it, and where"),
    Column("published_in", "VARCHAR", "Source of the release that holds it; empty where none does"),
    Column("difference", "DOUBLE", "The number less the figure, in the unit of the indicator"),
    Column("difference_percent", "DOUBLE", "The same, per cent of the figure"),
    Column("difference_errors", "DOUBLE", "The same, in standard errors: of the number, and of the figure where known"),
    Column("allowed_percent", "DOUBLE", "How far the number may be from the figure, per cent of the figure"),
    Column("allowed_errors", "DOUBLE", "How far it may be in standard errors"),
    Column(
        "verdict",
        "VARCHAR",
        "agrees; within_errors: further in per cent, not in standard errors; differs; or not_compared",
    ),
    Column("beyond", "VARCHAR", "What becomes of a number that differs: note, flag (status U) or stop"),
    Column("why", "VARCHAR", "Why they differ, as the source declares it; empty where it does not"),
)
