"""The rows of one table of a register and the counts in them, as passed from step to step."""

from __future__ import annotations

from dataclasses import dataclass

from transforms.relation import Relation

ROW = "_row"
COUNTS = "_counts"
TOTAL = "_total"
PERIOD = "_period"
CASE = "_case"
NUMBER = ("_row", "total_of", "header", "position", "text", "suppressed", "number")


@dataclass(frozen=True)
class Received:
    """Every row of a table's files, as text.

    rows           the declared columns under our names; the number of the row from 1 (ROW); its counts as a list
                   (COUNTS); and the fields of the columns of their total (TOTAL), the period (PERIOD) and the case
                   (CASE)
    headers        those of the counts, in the order of the list; one empty header where a row has one count
    files          how many files they come from
    period_length  how many months a plain number in PERIOD stands for
    is_answer      whether any of them is the answer of a statistical service
    """

    rows: Relation
    headers: tuple[str, ...]
    files: int
    period_length: int
    is_answer: bool = False


@dataclass(frozen=True)
class Counts:
    """The rows of a wave with counts, each case once.

    received  the rows they come from
    rows      the columns received, and `total_of`: which of the rules under `totals` makes the row a sum of others
    detail    the rows that are no such sum
    numbers   every count, of rows and of sums: columns of NUMBER, in the unit counted; null where the producer
              suppresses it
    """

    received: Received
    rows: Relation
    detail: Relation
    numbers: Relation
