"""Derived variables: labour force status by the 19th ICLS, universes, and the groups of the 20th ICLS guidelines.

References: 19th ICLS resolution I (2013) on work, employment and labour underutilization; 20th ICLS guidelines
concerning statistics of international labour migration (2018), paragraph 14.
"""

from __future__ import annotations

from schemas.aggregates import SIGN
from schemas.concepts import ILOSTAT_WORKING_AGE, Concept, core_columns, load_concepts
from schemas.definitions import (
    MigrantWorker,
    for_work_migrant,
    recruitment_cost,
    return_worker,
    time_related_underemployment,
)
from schemas.partition import Partition
from schemas.source import MISSING_KINDS
from schemas.survey import Survey, Variable
from transforms.duck import quote_text
from transforms.guideline_groups import for_work_migrant_column, recruitment_cost_columns, return_worker_column
from transforms.relation import Relation
from transforms.sql import load_sql
from transforms.underutilisation import potential_labour_force_sql, time_related_underemployment_sql


def labour_force_icls19() -> str:
    """The query of records `aged` with labour force status by the 19th ICLS, from the questions of the source."""
    return load_sql(__file__, "labour_force_icls19").template


def core_query(declared: Relation, source: Survey, partition: Partition, definition: MigrantWorker) -> str:
    """The query of core records (columns of `schemas.concepts.core_columns`), from everything that is declared."""
    variables = source.wave_variables(partition.wave)
    kinds = "(" + ", ".join(quote_text(kind) for kind in MISSING_KINDS) + ")"
    status = variables.get("labour_force_status")
    definition_of_hours = time_related_underemployment()
    threshold = source.hours_threshold or definition_of_hours.threshold
    return load_sql(__file__, "core").substitute(
        declared=declared,
        filled=",\n        ".join(_filled(variables)),
        ilostat_working_age=ILOSTAT_WORKING_AGE,
        minimum_age=source.minimum_age,
        asked=labour_force_icls19() if status and status.derive else "select * from aged",
        ref_area=quote_text(partition.ref_area),
        wave_year=partition.wave[:4],
        missing_kinds=kinds,
        birth_status_declared=_is_declared(variables, "birth_status"),
        citizenship_status_declared=_is_declared(variables, "citizenship_status"),
        underutilised=_replaced(
            variables,
            {
                "time_related_underemployment": time_related_underemployment_sql(definition_of_hours, kinds, threshold),
                "potential_labour_force": potential_labour_force_sql(kinds),
            },
        ),
        coarser=",\n            ".join(_coarser(variables)) or "person_id as person_id",
        in_universe=",\n            ".join(_universes()),
        imw=",\n        ".join(migrant_worker_columns(definition, kinds)),
        groups=",\n        ".join(
            [
                return_worker_column(return_worker(), kinds),
                for_work_migrant_column(for_work_migrant(), kinds),
                *recruitment_cost_columns(recruitment_cost()),
            ]
        ),
        core_columns=", ".join(f"cast({name} as {kind}) as {name}" for name, kind in core_columns().items()),
    )


def _is_declared(variables: dict[str, Variable], name: str) -> str:
    return "true" if name in variables else "false"


def _filled(variables: dict[str, Variable]) -> list[str]:
    """Every variable of the concepts, 'not available' where the source does not declare it."""
    columns = ["weight", "stratum", "psu", "replicate_weights"]
    for name, concept in load_concepts().items():
        if concept.role == "derived":
            continue
        variable = variables.get(name)
        if variable is not None and variable.derive is None:
            columns.append(name)
            columns += [f"{name}_missing"] if concept.is_numeric else []
            columns += _ends(name, declared=bool(variable.bands)) if concept.bands else []
        elif concept.is_numeric:
            columns += [f"cast(null as double) as {name}", f"'not_available' as {name}_missing"]
            columns += _ends(name, declared=False) if concept.bands else []
        else:
            columns.append(f"cast({_absent(name, concept)} as varchar) as {name}")
    return columns


def _ends(name: str, *, declared: bool) -> list[str]:
    """The ends of the band in which a variable is known."""
    return [f"{name}_{end}" if declared else f"cast(null as integer) as {name}_{end}" for end in ("from", "to")]


def _absent(name: str, concept: Concept) -> str:
    if name == "person_id":
        return "raw._file || '#' || raw._row"  # a file without identifiers still distinguishes its records
    if concept.type == "identifier":
        return "null"
    return quote_text("not_available" if "not_available" in concept.missing else "unknown")


def _replaced(variables: dict[str, Variable], rules: dict[str, str]) -> str:
    """Variables derived by a rule of the source take the rule's value; the others stay as they are."""
    return ",\n            ".join(
        f"{rule if name in variables and variables[name].derive else name} as {name}" for name, rule in rules.items()
    )


def _coarser(variables: dict[str, Variable]) -> list[str]:
    """Variables that follow from a finer declared variable, where the source does not declare them directly."""
    replacements = []
    for name, concept in load_concepts().items():
        if name not in variables or concept.coarser is None or concept.coarser.variable in variables:
            continue
        cases = " ".join(
            f"when {name} in ({', '.join(map(quote_text, members))}) then {quote_text(value)}"
            for value, members in concept.coarser.groups.items()
        )
        replacements.append(f"case {cases} else {name} end as {concept.coarser.variable}")
    return replacements


def _universes() -> list[str]:
    """Replacements that put persons outside a variable's universe there."""
    outside = {
        "employed": "labour_force_status <> 'employed'",
        "employees": "(labour_force_status <> 'employed' or status_in_employment_icse93 in ('2', '3', '4', '5')"
        f" or regexp_full_match(status_in_employment_icse93, '[2-5]([{SIGN}][2-5])+'))",
        "outside_labour_force": "labour_force_status <> 'outside'",
        "migrants": "birth_status = 'native'",
        "non_citizens": "citizenship_status = 'citizen'",
        "living_abroad": "usual_resident not in ('absent_abroad', 'no')",
    }
    kept = "('not_asked', 'not_available')"
    replacements = []
    for name, concept in load_concepts().items():
        condition = outside.get(concept.universe)
        if condition is None or concept.role != "declared":
            continue
        missing = f"{name}_missing" if concept.is_numeric else name
        moved = f"{condition} and coalesce({missing}, '') not in {kept}"
        if concept.is_numeric:
            held = [name, f"{name}_from", f"{name}_to"] if concept.bands else [name]
            replacements += [f"case when {moved} then null else {each} end as {each}" for each in held]
        replacements.append(f"case when {moved} then 'not_in_universe' else {missing} end as {missing}")
    return replacements


def migrant_worker_columns(definition: MigrantWorker, kinds: str) -> list[str]:
    """Expressions of imw_a_birth, imw_a_citizenship, imw_b_birth and imw_b_citizenship (yes, no or a kind of missing).

    Paragraph 14 (a): usual residents who are international migrants and in the labour force; (b): persons who are not
    usual residents, are present, and have labour attachment. The excluded groups are in neither.
    """
    attached = ", ".join(quote_text(status) for status in definition.labour_force)
    excluded = ", ".join(quote_text(group) for group in definition.exclude)
    resident = "'yes'" if definition.residents_when_not_asked else "usual_resident"
    residence = f"case when usual_resident in ('not_asked', 'not_available') then {resident} else usual_resident end"
    columns = []
    for part, wanted in (("a", "yes"), ("b", "no")):
        for basis, column, foreign in (
            ("birth", "birth_status", "foreign"),
            ("citizenship", "citizenship_status", "non_citizen"),
        ):
            columns.append(
                f"""case
            when coalesce(age < {definition.minimum_age}, working_age = 'no') then 'not_in_universe'
            when guideline_exclusion in ({excluded}) then 'no'
            when labour_force_status in {kinds} then labour_force_status
            when labour_force_status not in ({attached}) then 'no'
            when ({residence}) in {kinds} then ({residence})
            when ({residence}) <> '{wanted}' then 'no'
            when {column} in {kinds} then {column}
            when {column} = '{foreign}' then 'yes'
            else 'no'
        end as imw_{part}_{basis}"""
            )
    return columns
