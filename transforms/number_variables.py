"""Numbers of a survey's records: canonical variables with their kinds of missing, and the weights."""

from __future__ import annotations

from schemas.concepts import Concept
from schemas.errors import InputError, about
from schemas.partition import Partition
from schemas.survey import Survey, Variable
from schemas.with_unknown import MOST
from schemas.yaml_scalars import LARGEST
from transforms.duck import quote_name, quote_text
from transforms.numbers import SPACES, code_sql
from transforms.relation import Relation
from transforms.replicate_weights import LARGEST_WEIGHT, replicate_weights
from transforms.sampling_design import MISSING_TEXTS

NEAR_A_WHOLE = 0.01
LARGEST_WHOLE = 1e9
MAXIMUM_WORDS = 8
MAXIMUM_TEXTS = MOST + 1


def number_columns(
    raw: Relation,
    source: Survey,
    partition: Partition,
    name: str,
    variable: Variable,
    concept: Concept,
) -> list[str]:
    """SQL of a numeric variable that comes from a column, and of its kind of missing.

    Whole years and months are completed ones: 14.9 is 14. Raises InputError for text that is not a number, for blanks
    that are not declared, and for years or months below zero.
    """
    column = str(variable.column)
    text = f"raw.{quote_name(column)}"
    kinds = [f"when {code_sql(text, code)} then {quote_text(kind)}" for code, kind in variable.codes.items()]
    if variable.blank:
        kinds.append(f"when {text} is null then {quote_text(variable.blank)}")
    missing = f"case {' '.join(kinds)} end" if kinds else "cast(null as varchar)"
    value = number_sql(f"as_number({text})", concept, variable.multiply)
    where = _where(source, partition, column)
    _refuse_texts(raw, source, partition, name, column, f"({missing}) is null and as_number({text}) is null")
    refuse_beyond(raw, concept, name, f"({missing}) is null", value, where)
    if concept.type == "integer":
        refuse_negative(raw, name, f"({missing}) is null and {value} < 0", where)
    return [f"case when ({missing}) is null then {value} end as {name}", f"{missing} as {name}_missing"]


def number_sql(number: str, concept: Concept, multiply: float | None = None) -> str:
    """SQL of a canonical number: multiplied as declared, and in completed units where the variable counts whole
    ones."""
    if multiply is None:
        value = number
    elif concept.type == "integer" and multiply < 1 and abs(1 / multiply - round(1 / multiply)) < NEAR_A_WHOLE:
        value = f"{number} / {round(1 / multiply)}"  # 0.0833 is a twelfth: 24 months are 2 years and not 1.9992
    else:
        value = f"{number} * {multiply!r}"
    return f"whole_number({value})" if concept.type == "integer" else value


def refuse_negative(records: Relation, name: str, condition: str, where: str) -> None:
    """Stop at ages, years and months below zero. Raises InputError with the number of the first record."""
    query = f"select count(*), min(raw._row) from {records} where {condition}"
    rows, first = records.connection.execute(query).fetchall()[0]
    if rows:
        with about("codes", "..-1"):
            raise InputError(
                f"{rows} record(s) have a negative {name}; the first is record {first} of its file",
                where=where,
                why="no age or stay is negative; it is probably a code, and would count among the youngest or shortest",
                remedy=f'declare what the code means, such as `codes: {{"-1": unknown}}` for {name}, or correct the'
                " file",
            )


def refuse_beyond(records: Relation, concept: Concept, name: str, condition: str, value: str, where: str) -> None:
    """Stop at numbers too large to be added up exactly. Raises InputError with the number of the first record."""
    largest = LARGEST_WHOLE if concept.type == "integer" else LARGEST
    rows, first = records.connection.execute(
        f"select count(*), min(raw._row) from {records} where {condition} and abs({value}) > {largest!r}"
    ).fetchall()[0]
    if rows:
        raise InputError(
            f"{rows} record(s) have a {name} beyond {largest:,.0f}; the first is record {first} of its file",
            where=where,
            why="no person has such a value, and sums with it would not be exact",
            remedy="declare which codes mean missing (`codes`), correct the expression, or correct the file",
        )


def _refuse_texts(raw: Relation, source: Survey, partition: Partition, name: str, column: str, bad: str) -> None:
    text = f"raw.{quote_name(column)}"
    read = source.wave_read(partition.wave)
    other = "," if read.decimal == "." else "."
    marks = ", ".join(map(quote_text, MISSING_TEXTS))
    rows, first, empty, marked, spaced, words = raw.connection.execute(
        f"""
        select count(*), min(raw._row), count(*) filter ({text} is null), count(*) filter (contains({text}, '{other}')),
            count(*) filter (regexp_matches({text}, '[0-9][{SPACES}][0-9]{{3}}')),
            list_sort(list(distinct {text}) filter (lower({text}) in ({marks}) or {_is_sign(text)}))
        from {raw} where {bad}
        """
    ).fetchall()[0]
    if not rows:
        return
    distinct = raw.connection.execute(f"select distinct {text} from {raw} where {bad} limit {MAXIMUM_TEXTS}").fetchall()
    advice = ["declare what an empty field means (`blank`)"] if empty else []
    advice += [f"name {', '.join(map(repr, words[:MAXIMUM_WORDS]))} in `codes`, with what it means"] if words else []
    if marked and read.thousands != other:
        advice.append(
            f"write `thousands: '{other}'` under `read` if '{other}' separates thousands, or correct `decimal`"
        )
    if spaced and read.thousands is None:
        advice.append("write `thousands: ' '` under `read` if blanks separate thousands")
    advice.append("declare which codes mean missing (`codes`), or correct the file")
    fault = InputError(
        f"{rows} record(s) hold no number where {name} is expected{_of_them(empty, marked, other)}; "
        f"the first is record {first} of its file",
        where=_where(source, partition, column),
        why="they would silently drop out of every estimate",
        remedy="; ".join(advice),
    )
    fault.parts = tuple(("codes", each) if each else ("blank",) for (each,) in distinct)
    raise fault


def _is_sign(text: str) -> str:
    """The condition that a text is a few signs, such as - or *: never a person's answer, and safe to quote."""
    return f"regexp_full_match({text}, '[^\\p{{L}}\\p{{N}}]{{1,3}}')"


def _of_them(empty: int, marked: int, mark: str) -> str:
    parts = [f"{empty} empty"] if empty else []
    parts += [f"{marked} with '{mark}', which is not the decimal mark"] if marked else []
    return f" ({', '.join(parts)})" if parts else ""


def weight_columns(raw: Relation, source: Survey, partition: Partition) -> list[str]:
    """SQL of the weight and the replicate weights. Raises InputError for records without a usable one."""
    weight, factor = source.design.weight, source.design.weight.scale_in(partition.wave)
    if weight.column is None:
        number = repr(weight.constant)
    else:
        number = f"as_number(raw.{quote_name(weight.column)})"
        with about("weight"):
            _refuse_weights(raw, source, partition, weight.column, number, factor)
    with about("replicates"):
        replicates = replicate_weights(raw, source, partition, number)
    scale = "" if factor == 1 else f" * {factor!r}"
    return [f"{number}{scale} as weight", replicates]


def _refuse_weights(
    raw: Relation, source: Survey, partition: Partition, column: str, number: str, factor: float
) -> None:
    rows, first = raw.connection.execute(
        f"select count(*), min(raw._row) from {raw} where {number} is null or {number} < 0"
        f" or {number} * {factor!r} >= {LARGEST_WEIGHT!r}"
    ).fetchall()[0]
    if rows:
        raise InputError(
            f"{rows} record(s) have no usable weight; the first is record {first} of its file",
            where=_where(source, partition, column),
            why="a record without a weight represents nobody, and the totals would be too small",
            remedy="check that the right weight column is declared and how its numbers are written (`read.decimal`, "
            "`read.thousands`), or ask the producer for the missing weights",
        )


def _where(source: Survey, partition: Partition, column: str) -> str:
    return f"{partition.key}, column '{source.wave_columns(partition.wave).get(column, column)}'"
