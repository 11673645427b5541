"""Proposals as the files of a source: source.yaml with the reasons beside them, columns.csv, code_maps.csv."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap

from schemas.concepts import ILOSTAT_WORKING_AGE, load_concepts
from schemas.marks import UNDECIDED, UNFILLED
from schemas.partition import Partition
from schemas.periods import WAVE
from schemas.read import Read
from transforms.describe.described import Described
from transforms.describe.proposals import MapRow, Proposal, Proposals, unproposed

TEMPLATE = Path(__file__).resolve().parents[2] / "schemas" / "templates" / "proposed.yaml"
WIDTH = 116
COLUMNS_TOLD = 300
CADENCE = {"A": "annual", "Q": "quarterly", "M": "monthly"}
DESIGN = ("weight", "stratum", "psu")


@dataclass(frozen=True)
class ProposedFile:
    """A file of the wave: its name, where a mirror folder has it, and its role."""

    name: str
    mirror: str
    role: str


def proposed_file(path: Path, role: str, partition: Partition, mirror: Path | None) -> ProposedFile:
    """A file with its place in the mirror: where it lies there, or where it can be put."""
    resolved = path.resolve()
    if mirror is not None and resolved.is_relative_to(mirror.resolve()):
        place = resolved.relative_to(mirror.resolve()).as_posix()
    else:
        area, _, name = partition.source.partition(".")
        place = f"{area.lower()}/{name}/{partition.wave}/{path.name}"
    return ProposedFile(path.name, place, role)


@dataclass(frozen=True)
class LocalNames:
    """Our names of the producer's columns: that of the role or variable which a column was first taken for."""

    by_column: Mapping[str, str]

    @classmethod
    def of(cls, proposals: Proposals) -> LocalNames:
        """Names for every column that a proposal uses."""
        named: dict[str, str] = {}
        for each in (*_used_roles(proposals), *proposals.variables.values()):
            for column in each.columns:
                base = each.name if len(each.columns) == 1 else "key"
                taken = set(named.values())
                name = next(
                    name for name in (base, *(f"{base}_{number}" for number in range(2, 1000))) if name not in taken
                )
                named.setdefault(column, name)
        return cls(named)


def _used_roles(proposals: Proposals) -> list[Proposal]:
    key = proposals.variables.get("person_id")
    return [
        each
        for name, each in proposals.roles.items()
        if name in DESIGN or name in ("year", "quarter") or (key and set(each.columns) <= set(key.columns))
    ]


def proposed_files(
    partition: Partition, described: Described, proposals: Proposals, files: Sequence[ProposedFile]
) -> dict[str, str]:
    """Name -> text of the files of the source's folder."""
    local = LocalNames.of(proposals)
    text = TEMPLATE.read_text(encoding="utf-8").format(
        source_id=partition.source,
        minimum_age=_minimum_age(described, proposals),
        cadence=CADENCE.get(partition.frequency, "irregular"),
        read=_read(described.read),
        design="\n".join(_design(proposals, local)),
        waves="\n".join(_waves(partition, described, proposals, local, files)),
        variables="\n".join(_variables(described, proposals, local)),
    )
    return {
        "source.yaml": f"{text.rstrip()}\n",
        "columns.csv": _table(["column", partition.wave], ([name, column] for column, name in local.by_column.items())),
        "code_maps.csv": _table(["map", "code", "value", "label"], _map_rows(proposals)),
    }


def _minimum_age(described: Described, proposals: Proposals) -> int:
    """The youngest who have a labour force status, where only some ages have one; 15 where the file does not show
    it."""
    status = proposals.variables.get("labour_force_status")
    ages = described.column(status.columns[0]).ages if status else None
    return ages.filled[0] if ages and ages.filled and ages.empty else ILOSTAT_WORKING_AGE


def _read(read: Read) -> str:
    options = read.model_dump(exclude_defaults=True)
    lines = [f"  {name}: {json.dumps(value, ensure_ascii=False)}" for name, value in options.items()]
    return "\n".join(["# How the files are laid out, as this one shows.", "read:", *lines])


def _design(proposals: Proposals, local: LocalNames) -> Iterator[str]:
    """The sample design: units where they were found, persons where not."""
    roles = proposals.roles
    yield "# The sample design (kinds: schemas/sample_design.py)."
    yield "design:"
    psu, stratum = roles.get("psu"), roles.get("stratum")
    if psu:
        yield f"  {_mark(psu)}kind: clustered"
    else:
        yield "  # No column looks like a sampling unit; persons as units make standard errors too small."
        yield f"  {UNDECIDED}kind: persons"
        yield f"  reason: {UNFILLED} why the file does not tell the sampling units"
    weight = roles.get("weight")
    if weight:
        yield from _because(weight, "  ")
        yield f"  {_mark(weight)}weight: {{column: {local.by_column[weight.columns[0]]}}}"
    else:
        yield "  # No column looks like a weight."
        yield f'  weight: {{column: "{UNDECIDED}"}}'
    for name, each in (("stratum", stratum), ("psu", psu)):
        if each and psu:
            yield from _because(each, "  ")
            yield f"  {_mark(each)}{name}: {local.by_column[each.columns[0]]}"
        elif each:
            yield f"  # {name}: {each.columns[0]} looks like it, and is of use beside a sampling unit only"


def _waves(
    partition: Partition,
    described: Described,
    proposals: Proposals,
    local: LocalNames,
    files: Sequence[ProposedFile],
) -> Iterator[str]:
    given = {part: value for part, value in _wave_columns(partition, described, proposals).items() if value}
    if given:
        expressions = ", ".join(f"{part}: raw.{local.by_column[column]}" for part, column in given.items())
        yield "# Columns in which the file itself gives its wave; every record is held against the wave's name."
        yield f"wave_in_file: {{{expressions}}}"
        yield ""
    yield "waves:"
    yield f'  "{partition.wave}":'
    yield "    # As counted in the files given; hold it against the number that the producer gives."
    yield f"    records: {described.records}"
    yield "    files:"
    for each in files:
        yield f"      - name: {json.dumps(each.name, ensure_ascii=False)}"
        yield f"        mirror: {json.dumps(each.mirror, ensure_ascii=False)}"
        if each.role != "data":
            yield f"        role: {each.role}"


def _wave_columns(partition: Partition, described: Described, proposals: Proposals) -> dict[str, str]:
    """Year and quarter of the wave's name -> the sure column that holds it in every record."""
    match = WAVE.fullmatch(partition.wave)
    year, _, rest = partition.wave.partition("-")
    wanted = {"year": year, "quarter": rest[1:] if rest.startswith("Q") else ""}
    found = {}
    for part, value in wanted.items():
        each = proposals.roles.get(part)
        if match and value and each and each.sure:
            profile = described.column(each.columns[0]).profile
            if not profile.empty and {code.partition(".")[0] for code in profile.values} == {value}:
                found[part] = each.columns[0]
    return found


def _variables(described: Described, proposals: Proposals, local: LocalNames) -> Iterator[str]:
    yield "variables:"
    for name, each in proposals.variables.items():
        yield from _because(each, "  ")
        yield f"  {_mark(each)}{name}: {{{', '.join(_keys(name, each, local))}}}"
    for name, why in proposals.hints.items():
        yield from _comment(f"{name}: nothing is proposed; {why}", "  ")
    if not proposals.variables:
        yield "  # No column looks like a variable: declare them by hand, as `ilms describe` shows the columns."
    missing = [
        name
        for name, concept in load_concepts().items()
        if concept.required and name not in proposals.variables and concept.role == "declared"
    ]
    if missing:
        yield from _comment(f"needed, and found in no column: {', '.join(missing)}", "  ")
        yield from (f'  {UNDECIDED}{name}: {{column: "{UNDECIDED}"}}' for name in missing)
    rest = unproposed(described, proposals)
    if rest:
        more = f" and {len(rest) - COLUMNS_TOLD} more" if len(rest) > COLUMNS_TOLD else ""
        yield from _comment(f"columns that nothing is proposed of: {', '.join(rest[:COLUMNS_TOLD])}{more}", "  ")


def _keys(name: str, each: Proposal, local: LocalNames) -> Iterator[str]:
    """The keys of a variable, in the order in which people write them."""
    columns = [local.by_column[column] for column in each.columns]
    yield f"column: {columns[0]}" if len(columns) == 1 else f"columns: [{', '.join(columns)}]"
    if each.country:
        yield f"country: {each.country}"
    if each.rows:
        yield f"map: {name}"
    if each.zeros_lost:
        yield "zeros_kept: false"
    if each.blank:
        yield f'blank: "{UNDECIDED}{each.blank}"'
    if each.codes:
        codes = (f"{json.dumps(code, ensure_ascii=False)}: {_value(row)}" for code, row in each.codes.items())
        yield f"codes: {{{', '.join(codes)}}}"


def _value(row: MapRow) -> str:
    return row.value if row.sure else f'"{UNDECIDED}{row.value}"'


def _mark(each: Proposal) -> str:
    return "" if each.sure else UNDECIDED


def _because(each: Proposal, indent: str) -> Iterator[str]:
    """Why a proposal is made, how sure it is, and what else it may be."""
    standing = "sure" if each.sure else f"unsure, {each.doubt}"
    rivals = f"; else: {', '.join(each.rivals)}" if each.rivals else ""
    yield from _comment(f"{', '.join(each.columns)} ({standing}): {each.reason}{rivals}", indent)


def _comment(text: str, indent: str) -> Iterator[str]:
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    yield from (f"{indent}# {line}" for line in wrap(printable, WIDTH - len(indent), break_long_words=False))


def _map_rows(proposals: Proposals) -> Iterator[list[str]]:
    for name, each in proposals.variables.items():
        for row in each.rows:
            yield [name, row.code, row.value if row.sure else f"{UNDECIDED}{row.value}", row.label]


def _table(header: list[str], rows: Iterator[list[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
