"""A register proposed from its files: a folder with a table for each of them, and marks where a person must decide."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap

from ilms.authoring.proposed_text import CADENCE, WIDTH, ProposedFile, proposed_file
from ilms.authoring.source_place import place_of_new, write_whole
from ilms.scratch import command_folder
from schemas.marks import UNDECIDED, UNFILLED
from schemas.partition import Partition
from transforms.describe.register_table import Breakdown, TableProposal, propose_table

TEMPLATE = Path(__file__).resolve().parents[2] / "schemas" / "templates" / "proposed_register.yaml"


@dataclass(frozen=True)
class ProposedRegister:
    """The folder that was written, and the table of each file by its name of ours."""

    folder: Path
    tables: Mapping[str, TableProposal]


def propose_register(
    source_id: str,
    wave: str,
    files: Sequence[Path],
    folder: Path | None = None,
    *,
    mirror: Path | None = None,
    member: str | None = None,
    sheet: str | None = None,
) -> ProposedRegister:
    """Write the folder of a new register from the files of one wave, a table for each; whole or not at all.

    Raises DeclarationError for a bad id or wave and when the folder exists, InputError when a file cannot be read.
    """
    partition = Partition(source_id, wave)
    target = place_of_new(source_id, folder)
    listed = [proposed_file(path, "data", partition, mirror) for path in files]
    tables: dict[str, TableProposal] = {}
    with command_folder("propose") as work:
        for number, path in enumerate(files, 1):
            found = propose_table(path, wave, work / str(number), member=member, sheet=sheet)
            tables[f"table_{number}"] = found
    write_whole(target, _texts(partition, listed, tables))
    return ProposedRegister(target, tables)


def _texts(partition: Partition, files: Sequence[ProposedFile], tables: Mapping[str, TableProposal]) -> dict[str, str]:
    """Name -> text of the files of the folder."""
    listed = (
        line
        for each in files
        for line in (f"      - name: {_quoted(each.name)}", f"        mirror: {_quoted(each.mirror)}")
    )
    pairs = zip(tables.items(), files, strict=True)
    text = TEMPLATE.read_text(encoding="utf-8").format(
        source_id=partition.source,
        wave=partition.wave,
        cadence=CADENCE.get(partition.frequency, "irregular"),
        files="\n".join(listed),
        tables="\n".join(line for (name, table), file in pairs for line in _table(name, table, file)),
    )
    columns = [[f"{name}.{ours}", raw] for name, each in tables.items() for raw, ours in each.columns.items()]
    maps = [
        [f"{name}_{each.variable}", row.code, row.value if row.sure else f"{UNDECIDED}{row.value}", row.label]
        for name, table in tables.items()
        for each in table.breakdowns
        for row in each.rows
    ]
    return {
        "source.yaml": f"{text.rstrip()}\n",
        "columns.csv": _csv(["column", partition.wave], columns),
        "code_maps.csv": _csv(["map", "code", "value", "label"], maps),
    }


def _table(name: str, table: TableProposal, file: ProposedFile) -> Iterator[str]:
    """One table with the reasons of its proposals."""
    read = {key: getattr(table.read, key) for key in table.read.model_dump(exclude_defaults=True)}
    yield f"  {name}:"
    yield f"    title: {UNFILLED} what the table counts"
    yield f"    file: {_quoted(file.name)}"
    yield f"    read: {{{', '.join(f'{key}: {_quoted(value)}' for key, value in read.items())}}}"
    for remark in table.remarks:
        yield from _comment(remark)
    if table.year:
        yield from _comment(f"{table.year} holds several years")
        yield f"    where: raw.{table.columns[table.year]} = '{{year}}'"
    yield from _totals(table)
    yield from _value(table)
    yield "    variables:"
    yield from _comment("no column says what happened (schemas/flows.yaml, event)", 6)
    yield f"      {UNDECIDED}event: {{constant: issued}}"
    for each in table.breakdowns:
        yield from _breakdown(name, each, table.columns)
    if table.left_out:
        yield from _comment(f"columns that nothing is proposed of: {', '.join(table.left_out)}", 6)
    yield from _comment("the indicators that it feeds (schemas/register_indicators.yaml), by what its facts are")
    yield f"    {UNDECIDED}feeds: {{}}"


def _totals(table: TableProposal) -> Iterator[str]:
    if table.totals:
        yield from _comment("rows that seem to be sums of others: they are checked, and no part of any")
        yield f"    {UNDECIDED}totals:"
    for each in table.totals:
        when = f"raw.{table.columns[each.column]} = '{each.word}'"
        yield f"      - when: {_quoted(when)}"
        if each.by:
            yield f"        by: [{', '.join(table.columns[column] for column in each.by)}]"


def _value(table: TableProposal) -> Iterator[str]:
    if table.melted:
        yield from _comment("the counts stand under several headers")
        yield f"    melt: {{{f'total: {_quoted(table.melt_total)}' if table.melt_total else ''}}}"
        yield "    value: {melted: true}"
    elif table.value is None:
        yield from _comment("no column holds numbers: each record may count as one")
        yield f"    {UNDECIDED}value: {{each_record: true}}"
    else:
        if table.others:
            yield from _comment(f"other columns with numbers: {', '.join(table.others)}")
        mark = UNDECIDED if table.others else ""
        yield f"    {mark}value: {{column: {table.columns[table.value]}}}"


def _breakdown(table: str, each: Breakdown, columns: Mapping[str, str]) -> Iterator[str]:
    yield from _comment(f"{each.column or 'headers'} ({'sure' if each.sure else 'unsure'}): {each.reason}", 6)
    origin = f"column: {columns[each.column]}" if each.column else "header: true"
    keys = [
        origin,
        *([f"map: {table}_{each.variable}"] if each.rows else []),
        *(["country: name"] if each.country else []),
    ]
    yield f"      {'' if each.sure else UNDECIDED}{each.variable}: {{{', '.join(keys)}}}"


def _comment(text: str, indent: int = 4) -> Iterator[str]:
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    yield from (f"{' ' * indent}# {line}" for line in wrap(printable, WIDTH - indent, break_long_words=False))


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _csv(header: list[str], rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue()
