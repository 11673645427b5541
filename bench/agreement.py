"""Our estimates beside those of R's package survey and of svy, on a real sample.

    ILMS_MIRROR=<folder> python -m bench.agreement

The sample is Chile's employment survey, with its strata and PSUs: whole for the linearised design, one region for the
replicate weights, which the open file does not have and which are made here by every method. The extract holds neither
age nor place of birth nor earnings: 40 years for those of working age, the last digit of the PSU and the rounded weight
stand in for them, so that there are domains without cases in some PSUs, and amounts with ties.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow
from rich.console import Console
from rich.table import Table

from bench import replicate_weights as made
from bench.r_survey import Answer, Question, ask_r, has_r
from ilms.settings import load_settings
from schemas.concepts import core_columns
from schemas.loader import load_survey
from schemas.partition import Partition
from schemas.sample_design import Design
from transforms.duck import connect, csv_rows, parquet_rows, quote_text
from transforms.estimate import estimate

SAMPLE = "microdata/chl_ene/2020-EFM/ene.csv"
SINGLE_PSUS = "region = 5"  # 55 strata, two of them with a single PSU
REGION = 12  # 8 strata, 134 PSUs, none alone in its stratum
PARTITION = Partition("ZZZ.synthetic", "2024")
RULES = ("certainty", "adjust", "average", "remove")
AGREED = 1e-8
ADULTS = "AGE_YTHADULT_YGE15"

CELLS = {
    "everyone": ("SEX_T", "CBR_BIR_TOTAL", "true"),
    "foreign_women": ("SEX_F", "CBR_BIR_FOREIGN", "sex = 'female' and birth_status = 'foreign'"),
    "native_men": ("SEX_M", "CBR_BIR_NATIVE", "sex = 'male' and birth_status = 'native'"),
}
POPULATIONS = {
    "employed": "labour_force_status = 'employed'",
    "labour_force": "labour_force_status in ('employed', 'unemployed')",
    "working_age_population": "working_age = 'yes'",
}
# Indicator -> the question to R: statistic, y, x, the population of the domain, and our unit.
ASKED = {
    "MST_TEMP_SEX_AGE_CBR_NB": ("total", "one", "one", "employed", 1e-3),
    "MST_TEMP_SEX_AGE_CBR_RT": ("share", "employed", "one", "working_age_population", 100.0),
    "MST_TUNE_SEX_AGE_CBR_RT": ("ratio", "unemployed", "one", "labour_force", 100.0),
    "EAR_4MTH_SEX_CBR_CUR_NB": ("mean", "amount", "one", "employed", 1.0),
    "EAR_4MDN_SEX_CBR_CUR_NB": ("median", "amount", "one", "employed", 1.0),
}

CORE = {
    "person_id": "cast(row_number() over () as varchar)",
    "weight": "fact_cal",
    "stratum": "cast(estrato_unico::bigint as varchar)",
    "psu": "cast(conglomerado::bigint as varchar)",
    "replicate_weights": "replicate_weights",
    "sex": "case sexo when 1 then 'male' else 'female' end",
    "age": "case when cae_especifico = 0 then 10 else 40 end",
    "working_age": "case when cae_especifico = 0 then 'no' else 'yes' end",
    "usual_resident": "'yes'",
    "birth_status": "case when conglomerado::bigint % 10 < 3 then 'foreign' else 'native' end",
    "labour_force_status": (
        "case when cae_especifico = 0 then 'not_in_universe' when cae_especifico <= 7 then 'employed'"
        " when cae_especifico <= 9 then 'unemployed' else 'outside' end"
    ),
    "status_in_employment_icse93": "case when cae_especifico between 1 and 7 then '1' else 'not_in_universe' end",
    "monthly_earnings": "case when cae_especifico between 1 and 7 then round(fact_cal) end",
    "monthly_earnings_missing": "case when cae_especifico not between 1 and 7 then 'not_in_universe' end",
    "age_missing": "null",
}


Answers = dict[Question, Answer]


@dataclass(frozen=True)
class Case:
    """A design of a sample: its declaration for the engine and for R, and the core table of its persons."""

    name: str
    design: Design
    to_r: Mapping[str, str]
    core: Path
    rule: str = "fail"


def clustered_cases(mirror: Path, folder: Path, *, where: str = "true", rules: Sequence[str] = RULES) -> list[Case]:
    """The sample, or part of it, with its strata and PSUs, once for each rule for strata with a single PSU."""
    core = folder / f"clustered_{len(rules)}.parquet"
    write_core(mirror, core, where, None)
    design = {"kind": "clustered", "weight": {"column": "w"}, "stratum": "s", "psu": "p"}
    to_r = {"psu": "psu", "stratum": "stratum", "weight": "weight"}
    return [Case(f"clustered_{rule}", Design.model_validate(design | {"single_psu": rule}), to_r, core, rule)
            for rule in rules]  # fmt: skip


def replicate_cases(mirror: Path, folder: Path) -> list[Case]:
    """One region, with replicate weights made by every method; both centres are among them."""
    with connect() as connection:
        rows = connection.execute(
            f"select fact_cal, {CORE['stratum']}, {CORE['psu']} from {_sample(mirror)} where region = {REGION}"
        ).fetchall()
    weight = np.array([row[0] for row in rows])
    stratum, psu = [row[1] for row in rows], [row[2] for row in rows]
    jackknife, factors = made.jackknife_n(weight, stratum, psu)
    methods: dict[str, tuple[Any, str, str, dict[str, Any], dict[str, str]]] = {
        "jackknife_n": (jackknife, "JKn", "full_estimate", {"factors": factors}, {"scale": "1"}),
        "jackknife_1": (made.jackknife_1(weight, psu, 20), "JK1", "mean", {}, {"scale": "0.95"}),
        "brr": (made.half_samples(weight, stratum, psu), "BRR", "mean", {}, {}),
        "fay": (made.half_samples(weight, stratum, psu, 0.3), "Fay", "full_estimate", {"fay": 0.3}, {"rho": "0.3"}),
        "bootstrap": (made.bootstrap(weight, stratum, psu, 60), "bootstrap", "mean", {}, {}),
        "sdr": (made.successive_differences(weight, psu), "successive-difference", "full_estimate", {}, {}),
    }
    cases = []
    for method, (weights, kind, centre, more, more_to_r) in methods.items():
        core = folder / f"{method}.parquet"
        write_core(mirror, core, f"region = {REGION}", weights)
        columns = [f"{method}_r{number}" for number in range(1, weights.shape[1] + 1)]
        declared = {"columns": columns, "method": method, "centre": centre, **more}
        design = {"kind": "replicate", "weight": {"column": "w"}, "replicates": declared}
        to_r = {"weight": "weight", "type": kind, "pattern": f"^{method}_r"}
        to_r |= {"mse": str(centre == "full_estimate").upper(), **more_to_r}
        cases.append(Case(method, Design.model_validate(design), to_r, core))
    return cases


def _sample(mirror: Path) -> str:
    return csv_rows(mirror / SAMPLE, "header = true")


def write_core(mirror: Path, target: Path, where: str, weights: Any) -> None:
    """The persons of the sample as core records, in the order of the file; `weights` are their replicate weights."""
    columns = ", ".join(
        f"cast({CORE.get(name, _absent(name, kind))} as {kind}) as {name}" for name, kind in core_columns().items()
    )
    with connect() as connection:
        sample = f"select * from {_sample(mirror)} where {where}"
        if weights is None:
            taken = f"select *, null as replicate_weights from ({sample})"
        else:
            connection.register("made", pyarrow.table({"replicate_weights": weights.tolist()}))
            taken = f"select * from ({sample}) positional join made"
        connection.execute(f"copy (select {columns} from ({taken})) to {quote_text(str(target))} (format parquet)")


def _absent(name: str, kind: str) -> str:
    return "'not_available'" if kind == "VARCHAR" and name != "household_id" else "null"


def questions(case: Case) -> list[Question]:
    """The questions to R about a case: each indicator in each cell."""
    asked = []
    for statistic, y, x, population, _ in ASKED.values():
        # R's svyciprop fits a model to each replicate, which gives another interval than the one on the logit scale
        wanted = "ratio" if case.design.replicates and statistic == "share" else statistic
        asked += [Question(case.name, case.rule, wanted, y, x, f"{population}_{cell}") for cell in CELLS]
    return asked


def persons(cases: Sequence[Case]) -> pyarrow.Table:
    """The persons of cases of one sample, as R and svy read them: designs, domains as 0 and 1, variables measured."""
    domains = {
        f"{population}_{cell}": f"({whom}) and ({where})"
        for population, whom in POPULATIONS.items()
        for cell, (_, _, where) in CELLS.items()
    }
    flags = domains | {"employed": POPULATIONS["employed"], "unemployed": "labour_force_status = 'unemployed'"}
    columns = ["stratum", "psu", "weight", "1 as one", "coalesce(monthly_earnings, 0) as amount"]
    columns += [f"cast({where} as integer) as {name}" for name, where in flags.items()]
    with connect() as connection:
        table = _read(connection, cases[0].core, columns)
        for case in cases:
            names = case.design.replicate_names
            weights = [f"replicate_weights[{number}] as {name}" for number, name in enumerate(names, start=1)]
            for name, column in zip(names, _read(connection, case.core, weights or ["1"]).columns, strict=False):
                table = table.append_column(name, column)
    return table


def _read(connection: duckdb.DuckDBPyConnection, core: Path, columns: list[str]) -> pyarrow.Table:
    return connection.sql(f"select {', '.join(columns)} from {parquet_rows(core)}").to_arrow_table()


def ours(case: Case) -> Answers:
    """The engine's results, in the units of R: persons and proportions."""
    source = load_survey(PARTITION.source).model_copy(update={"design": case.design})
    cells = case.core.with_name("cells.parquet")
    estimate(source, PARTITION, case.core, cells, vintage="", indicators=list(ASKED))
    with connect() as connection:
        rows = connection.execute(
            "select indicator, sex, classif1, classif2, obs_value, se, degrees_of_freedom, lower_bound, upper_bound"
            f" from {parquet_rows(cells)}"
        ).fetchall()
    found = {row[:4]: row[4:] for row in rows}
    asked = iter(questions(case))
    answers = {}
    for indicator, (*_, unit) in ASKED.items():
        for sex, birth, _ in CELLS.values():
            key = (ADULTS, birth) if indicator.startswith("MST") else (birth, "CUR_TYPE_LCU")
            value, error, degrees, low, high = found[indicator, sex, *key]
            answers[next(asked)] = Answer(value / unit, error / unit, degrees, low / unit, high / unit)
    return answers


def by_r(cases: Sequence[Case]) -> Answers:
    """R's results for cases of one sample."""
    asked = [question for case in cases for question in questions(case)]
    replicated = [(case.name, case.design.replicates) for case in cases]
    factors = {name: replicates.factors for name, replicates in replicated if replicates and replicates.factors}
    answers = ask_r(persons(cases), {case.name: case.to_r for case in cases}, asked, factors)
    return dict(zip(asked, answers, strict=True))


def by_svy(case: Case) -> Answers:
    """The results of the package svy: estimates and standard errors of all but medians, for which it has another rule.

    Its rule center differs from `adjust` in R and here, and its rule scale from `average` within domains.
    """
    import polars
    import svy

    frame = polars.DataFrame(persons([case]))
    design, how = _svy_design(case)
    answers = {}
    for question in questions(case):
        another_rule = case.rule == "average" and not question.domain.endswith("everyone")
        if question.statistic == "median" or case.rule == "adjust" or another_rule:
            continue
        domain = polars.col(question.domain)
        y, x = polars.col(question.y) * domain * 1.0, polars.col(question.x) * domain * 1.0
        sample = svy.Sample(frame.with_columns(y_=y, x_=x), design)
        is_total = question.statistic == "total"
        result = sample.estimation.total("y_", **how) if is_total else sample.estimation.ratio("y_", "x_", **how)
        (only,) = result.to_polars().to_dicts()
        answers[question] = Answer(only["est"], only["se"], math.nan, math.nan, math.nan)
    return answers


def _svy_design(case: Case) -> tuple[Any, dict[str, Any]]:
    """The design as declared in svy, and the arguments of its estimates."""
    import svy

    replicates = case.design.replicates
    if replicates is None:
        singles = {"average": "scale", "remove": "skip", "certainty": "skip"}
        return svy.Design(wgt="weight", stratum="stratum", psu="psu", singleton=singles.get(case.rule)), {}
    count = len(replicates.names)
    named: dict[str, Any] = {"prefix": f"{case.name}_r", "n_reps": count, "padding": 0}
    weights = {
        "brr": lambda: svy.BrrWgts(**named),
        "fay": lambda: svy.BrrWgts(**named, fay_coef=replicates.fay or 0.0),
        "sdr": lambda: svy.SdrWgts(**named),
        "bootstrap": lambda: svy.BootstrapWgts(**named, scale=1 / (count - 1)),
        "jackknife_1": lambda: svy.JackknifeWgts(**named, kind="jk1"),
        "jackknife_n": lambda: svy.JackknifeWgts(**named, kind="jkn", rep_coefs=tuple(replicates.factors or ())),
    }[replicates.method]()
    centre = "estimate" if replicates.centre == "full_estimate" else "rep_mean"
    return svy.Design(wgt="weight", rep_wgts=weights), {"method": "replication", "variance_center": centre}


def largest_difference(mine: Answers, theirs: Answers) -> float:
    """The largest difference of any number that both give: relative to the number, or to its standard error where that
    is larger, since an estimate of zero is known to the last digit of its terms only."""
    largest = 0.0
    for question, other in theirs.items():
        error = 0.0 if math.isnan(other.standard_error) else other.standard_error
        for name, value in vars(other).items():
            own = getattr(mine[question], name)
            if not math.isnan(value):
                size = max(abs(value), error)
                largest = max(largest, abs(own - value) / size if size else abs(own))
    return largest


def show(console: Console, mirror: Path) -> bool:
    """Print the largest relative difference for every design; whether all are within 1e-8."""
    table = Table("design", "R survey", "svy", title="Estimates, standard errors, degrees of freedom and intervals: "
                  "largest relative difference")  # fmt: skip
    agreed = True
    with tempfile.TemporaryDirectory() as folder:
        samples = (
            clustered_cases(mirror, Path(folder), rules=RULES[:1]),
            clustered_cases(mirror, Path(folder), rules=RULES[1:], where=SINGLE_PSUS),
            replicate_cases(mirror, Path(folder)),
        )
        for cases in samples:
            r = by_r(cases) if has_r() else {}
            for case in cases:
                mine = ours(case)
                of_case = {question: answer for question, answer in r.items() if question.design == case.name}
                of_svy = by_svy(case)
                differences = [largest_difference(mine, theirs) for theirs in (of_case, of_svy)]
                agreed &= max(differences) <= AGREED
                shown = [f"{each:.1e}" for each in differences]
                table.add_row(case.name, shown[0] if r else "not installed", shown[1] if of_svy else "has another rule")
    console.print(table)
    return agreed


def main() -> int:
    """Print how closely the engine agrees with R and svy; 1 when not within 1e-8 or without the sample."""
    console = Console()
    mirror = load_settings().mirror
    if mirror is None:
        console.print("agreement with R and svy: set ILMS_MIRROR to a folder with the producers' files")
        return 1
    return 0 if show(console, mirror) else 1


if __name__ == "__main__":
    raise SystemExit(main())
