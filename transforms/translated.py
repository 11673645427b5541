"""The codes of a survey's column as canonical values; an unknown code stops the partition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from schemas.aggregates import aggregate_value
from schemas.concepts import load_concepts
from schemas.country_groups import side_by_side
from schemas.errors import InputError
from schemas.partition import Partition
from schemas.read import zeros_kept
from schemas.survey import Survey, Variable
from transforms.codes import CodeMap, Resolved, has_leading_zeros, remark_on, resolve
from transforms.duck import quote_name, quote_text
from transforms.relation import Relation
from transforms.territories import settled_territories

MAXIMUM_NAMED = 50
UNKNOWN = "unknown"
LONGEST = 40
"""How many codes an error names, and how many characters of each: a very long text is hardly a code."""
STATUS = {"country_of_birth": "birth_status", "country_of_citizenship": "citizenship_status"}
"""Variable of a country -> the one that says whether it is the reporting country, where a source asks it."""


def translated(raw: Relation, source: Survey, partition: Partition, name: str, variable: Variable) -> tuple[str, str]:
    """SQL of a variable whose column holds codes, or whose expression gives them; and a warning to publish with the
    numbers, or None.

    The codes that occur are listed in one `case`, the most frequent first: rows keep their order, which a join would
    not guarantee, and most are decided by the first comparisons. Codes that are in no map count as unknown where no
    more records hold them than the variable declares. Raises InputError naming them where that is not so.
    """
    code = f"coalesce({_code_sql(source, name, variable)}, '')"
    query = f"select {code}, count(*) from {raw} group by 1 order by 2 desc, 1"
    counts = dict(raw.connection.execute(query).fetchall())
    codes = source.code_maps[variable.map] if variable.map else {}
    zeros = zeros_kept(source.wave_read(partition.wave), variable.zeros_kept)
    code_map = CodeMap(codes, fold=variable.fold, zeros_kept=zeros) if variable.map else None
    blank = {"": variable.blank} if variable.blank and "" in counts else {}
    resolved = resolve([each for each in counts if each not in blank], code_map, country=variable.country)
    strays = _strays(variable, resolved, counts)
    if resolved.unknown and not strays:
        first = sorted(resolved.unknown, key=lambda each: (-counts[each], each))[:MAXIMUM_NAMED]
        remarks = {each: remark_on(each, resolved.unknown[each], codes, variable.country) for each in first}
        what = "name(s) of countries" if variable.country == "name" else "code(s)"
        fault = InputError(
            f"{len(resolved.unknown)} {what} of {name} that are in no map: {_named(remarks, counts, resolved)}",
            where=f"{partition.key}, {_called(source, partition, name, variable)}",
            why="a code of unknown meaning is never published as 'other'",
            remedy=_remedy(variable, resolved),
        )
        fault.parts = tuple(("codes", code) for code in resolved.unknown)
        raise fault
    known, warning = _settled(source, partition, name, variable, resolved)
    warning = "; ".join(each for each in (warning, _of_strays(name, variable, strays, counts)) if each)
    as_unknown = dict.fromkeys(strays, UNKNOWN)
    values = {code: aggregate_value(name, str(value)) for code, value in {**known, **as_unknown, **blank}.items()}
    cases = " ".join(f"when {quote_text(each)} then {quote_text(str(values[each]))}" for each in counts)
    return (f"case {code} {cases} end as {name}" if counts else f"cast(null as varchar) as {name}"), warning


def _strays(variable: Variable, resolved: Resolved, counts: Mapping[str, int]) -> list[str]:
    """The codes that are in no map, where the variable declares that so many records may hold such; none otherwise."""
    records = sum(counts[code] for code in resolved.unknown)
    declared = variable.stray_codes
    return sorted(resolved.unknown) if declared and declared.allow(records, sum(counts.values())) else []


def _of_strays(name: str, variable: Variable, strays: Sequence[str], counts: Mapping[str, int]) -> str:
    """The warning on stray codes; empty without any."""
    if not strays or variable.stray_codes is None:
        return ""
    records = sum(counts[code] for code in strays)
    listed = ", ".join(f"'{code[:LONGEST]}'" if code else "empty" for code in strays)
    said = f"{records} record(s) with a code that no map has ({listed}) count as unknown"
    return f"{load_concepts()[name].label.en}: {said}; {variable.stray_codes.because}"


def _code_sql(source: Survey, name: str, variable: Variable) -> str:
    """The code of a record: what its column holds, or what the declared expression makes of several columns."""
    if variable.column is not None:
        return f"raw.{quote_name(variable.column)}"
    return f"cast(({source.expression_sql(name)}) as varchar)"


def _called(source: Survey, partition: Partition, name: str, variable: Variable) -> str:
    """Where the codes come from, as named in errors."""
    if variable.column is None:
        return f"expression of {name}"
    return f"column '{source.wave_columns(partition.wave).get(variable.column, variable.column)}'"


def _settled(
    source: Survey, partition: Partition, name: str, variable: Variable, resolved: Resolved
) -> tuple[dict[str, str], str]:
    concept = load_concepts()[name]
    if concept.type != "country":
        return resolved.values, ""
    values, warning = settled_territories(
        resolved,
        partition.ref_area,
        label=concept.label.en,
        by_scheme=variable.country is not None,
        territories=variable.territories,
    )
    if found := side_by_side(values.values(), partition.ref_area):
        raise InputError(
            f"values of {name}: {found}",
            where=f"{partition.key}, variable '{name}'",
            why="the numbers of those countries would exclude the persons for whom only the group is known",
            remedy="map the group to a residual such as XEUR where it holds only the other countries; else to "
            "`abroad`, an unspecified other country",
        )
    return values, "" if STATUS.get(name) in source.variables else warning


def _remedy(variable: Variable, resolved: Resolved) -> str:
    where = f"add it to map '{variable.map}' in code_maps.csv" if variable.map else "give the variable a `map`"
    zeros = variable.zeros_kept is None and any(
        "zeros" in remark and not has_leading_zeros(code) for code, remark in resolved.unknown.items()
    )
    kept = "; or state by `zeros_kept` whether leading zeros are kept (true) or lost (false)" if zeros else ""
    return f"look the code up in the codebook and {where}, or correct the file{kept}"


def _named(remarks: Mapping[str, str], counts: Mapping[str, int], resolved: Resolved) -> str:
    """The first unknown codes, each with its count and a remark, and how many more there are."""
    named = ", ".join(
        f"'{code[:LONGEST]}' ({counts[code]} record(s)){remarks[code]}" if code else f"empty ({counts['']} record(s))"
        for code in remarks
    )
    more = len(resolved.unknown) - len(remarks)
    return named + (f" and {more} more" if more else "")
