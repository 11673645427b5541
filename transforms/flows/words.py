"""What the words of a register mean: by its maps first, then as countries; an unknown word stops the partition."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping

from schemas.country_groups import side_by_side
from schemas.flows import load_flow_variables
from schemas.read import zeros_kept
from schemas.register_table import FlowSource
from transforms.codes import CodeMap, Resolved, remark_on, resolve
from transforms.flows.remarks import NOTHING, Remarks, warning
from transforms.flows.table_in_wave import TableInWave
from transforms.read.header import tidy
from transforms.territories import settled_territories

_CUT = re.compile(r"[^\W\d_]{2}|\d[^\W\d_]")
"""A letter after the end of a code of so many characters: it is part of a word or of another code."""
_NEXT = re.compile(r"\s*[-/,;&+.\u2013\u2014]\s*([^\W_]+)")
"""A sign after a code, and the letters and digits after it."""
NAMED = 50
LONGEST = 60
"""How many unknown words an error names, and how many characters of each."""


def meanings(table: TableInWave, name: str, origin: FlowSource, words: Iterable[str]) -> tuple[dict[str, str], Remarks]:
    """Each word of a variable -> its canonical value, and what is to be said of them.

    The whole word is looked up first, then the code at its beginning where one is declared.
    Raises InputError naming the unknown words, each with the nearest known ones.
    """
    of_word = {word: tidy(word) for word in words}
    resolved = _resolved(_code_map(table, origin), origin, list(dict.fromkeys(of_word.values())))
    if load_flow_variables()[name].type == "text":
        own = {each: each[: origin.starts] for each in of_word.values()}
        resolved = Resolved(own | resolved.values, {})
    if resolved.unknown:
        raise _unknown(table, name, origin, resolved.unknown)
    values, remarks = resolved.values, NOTHING
    if load_flow_variables()[name].type == "country":
        values, of_territories = settled_territories(
            resolved,
            table.partition.ref_area,
            label=load_flow_variables()[name].label.en,
            by_scheme=origin.country is not None,
            territories=origin.territories,
        )
        remarks = warning(of_territories) if of_territories else NOTHING
        _refuse_side_by_side(table, name, values.values())
    return {word: values[each] for word, each in of_word.items()}, remarks


def _refuse_side_by_side(table: TableInWave, name: str, values: Collection[str]) -> None:
    """Stop at a group of countries listed beside countries that belong to it."""
    found = side_by_side(values, table.partition.ref_area)
    if found:
        raise table.fault(
            f"values of '{name}': {found}",
            why="its countries would be counted twice in the total, or their numbers would miss persons counted only "
            "in the group",
            remedy="where the row is their sum, declare it under `totals`; where it holds the others alone, map it to a"
            " rest, such as XEUR",
        )


def whole_words(table: TableInWave, origin: FlowSource, words: Iterable[str]) -> set[str]:
    """The words that are in the map of a variable exactly as written."""
    known = code_map.whole(map(tidy, words)) if (code_map := _code_map(table, origin)) else {}
    return {word for word in words if tidy(word) in known}


def _code_map(table: TableInWave, origin: FlowSource) -> CodeMap | None:
    if origin.map is None:
        return None
    codes = {tidy(code): value for code, value in table.register.code_maps[origin.map].items()}
    return CodeMap(codes, fold=origin.fold, zeros_kept=zeros_kept(table.declared.read, origin.zeros_kept))


def _resolved(code_map: CodeMap | None, origin: FlowSource, words: list[str]) -> Resolved:
    """What the words mean; where they begin with codes, words in the map as a whole first, then their codes."""
    if origin.starts is None:
        return resolve(words, code_map, country=origin.country)
    whole = code_map.whole(words) if code_map else {}
    others = [word for word in words if word not in whole]
    codes = leading_codes(others, origin.starts, of_known_form=origin.pattern is not None)
    found = resolve(dict.fromkeys(codes.values()), code_map, country=origin.country)
    values = whole | {word: found.values[code] for word, code in codes.items() if code in found.values}
    unknown = {word: found.unknown.get(codes.get(word, ""), "") for word in words if word not in values}
    as_countries = frozenset(word for word, code in codes.items() if code in found.as_countries)
    return Resolved(values, unknown, as_countries)


def leading_codes(words: Iterable[str], length: int, *, of_known_form: bool = False) -> dict[str, str]:
    """Each field beginning with a code of the declared length -> the code.

    A letter never follows a code: `No sector` does not begin with N. Nor does another code, unless the fields are
    declared to be `of_known_form`: `B-E Industry` is not B, `N.A.` not N, but `15-12` can be of 15. Where some fields
    have a sign after a code of letters (`A - Agriculture`), a letter followed by a blank alone is a word (`I do not
    know`).
    """
    found = {
        word: word[:length]
        for word in words
        if not _CUT.fullmatch(word[length - 1 : length + 1])
        and (of_known_form or not _has_another(word[:length], word[length:]))
    }
    after = {word: word[length:].lstrip()[:1] for word, code in found.items() if code[-1:].isalpha()}
    has_signs = any(sign and not sign.isalnum() for sign in after.values())
    return {word: tidy(code) for word, code in found.items() if not (has_signs and after.get(word, "").isalpha())}


def _has_another(code: str, rest: str) -> bool:
    """Whether a code is followed by a sign and another code of the same kind, so that the field names both.

    A point between digits is no such sign: 25.11 is a code within 25.
    """
    found = _NEXT.match(rest)
    if found is None or (code.isdecimal() and rest.lstrip().startswith(".")):
        return False
    return len(found[1]) == len(code) and found[1] != code and found[1].isalpha() == code.isalpha()


def named(words: Iterable[str], remark: Callable[[str], str] = lambda _: "") -> str:
    """Words as errors list them, each with a remark: all of them, unless there are very many."""
    listed = list(words)
    shown = "; ".join(f"'{word[:LONGEST]}'{remark(word)}" for word in listed[:NAMED])
    return shown + (f" and {len(listed) - NAMED} more" if len(listed) > NAMED else "")


def _unknown(table: TableInWave, name: str, origin: FlowSource, unknown: Mapping[str, str]) -> Exception:
    codes = table.register.code_maps[origin.map] if origin.map else {}
    shown = named(sorted(unknown), lambda word: remark_on(word, unknown[word], codes, origin.country))
    where = (
        f"map '{origin.map}' in code_maps.csv"
        if origin.map
        else f"a map in code_maps.csv, and name it as `map` of variable '{name}' in source.yaml"
    )
    return table.fault(
        f"{len(unknown)} value(s) of '{name}' have no meaning: {shown}",
        why="they would be lost, or counted as something else",
        remedy=f"add them to {where}; a row that is the sum of others is declared under `totals` instead, since it "
        "would be added to them, and a row that holds no count under `drop`",
    )
