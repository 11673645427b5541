"""The notes published with a register's numbers: what is counted, why there is no standard error, what is partial."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from schemas.flows import load_flow_variables
from schemas.partition import Partition
from schemas.register import Register
from schemas.register_indicators import FlowClassification
from transforms.notes import BREAK_IN_SERIES, declared_notes, join_notes, note

STATUS_NOTES = {"provisional": "Quality", "partial": "Data reference period", "break": BREAK_IN_SERIES}


def indicator_notes(register: Register, partition: Partition, table: str) -> str:
    """What the numbers of a table count, and what is particular to this wave."""
    facts = register.table_facts(register.tables[table])
    variables = load_flow_variables()
    notes = [
        note("Unit counted", variables["unit"].values[facts.unit]),
        note("Definition of migrants", variables["concept"].values[facts.concept]),
        note("Standard error", "not given: complete enumeration of the register, nothing is sampled"),
    ]
    if register.calendar is not None:
        notes.append(note("Data reference period", register.calendar.described(partition.wave)))
    if (status := register.declared_status(partition.wave, table)) is not None:
        notes.append(note(STATUS_NOTES[status.status], status.note.en))
    if reason := register.break_in(partition.wave):
        notes.append(note(BREAK_IN_SERIES, reason))
    declared = declared_notes(register, partition)
    notes += [note(each.type, each.text.en) for each in declared if each.attach == "indicator"]
    return join_notes(notes)


def classification_notes(
    whole: Sequence[FlowClassification], together: Mapping[str, Sequence[str]], of_the_total: Collection[str] = ()
) -> str:
    """Classifications that the table does not have, and by classification the countries without a code.

    `of_the_total` are variables by which another table of the register breaks down the total.
    """
    notes = []
    for each in whole:
        only = "of the total only" if each.variable in of_the_total else "total only"
        notes.append(note(each.label.en, f"{only}; the register's table is not broken down by it"))
    for label, countries in together.items():
        notes.append(
            note(label, f"{', '.join(countries)} counted with other countries, for lack of a code in the code list")
        )
    return join_notes(notes)
