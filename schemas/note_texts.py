"""Notes in French and Spanish.

Notes are made in English. What they are made of is declared: texts of sources and concepts, which have their French and
Spanish beside them, and the texts of `note_texts.csv`, for what the software writes itself and for declared texts that
have none. In such a text `{word}` stands for anything and `{number}` for a number; what stands there is translated if
it is a number or a known text.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path

from pydantic import BaseModel

from schemas.classifications import load_classifications
from schemas.codelists import all_codelists
from schemas.concepts import load_concepts
from schemas.declaration import Text
from schemas.errors import DeclarationError
from schemas.flows import load_flow_variables
from schemas.indicators import load_catalogue

NARROW_NO_BREAK, NO_BREAK, FIVE_DIGITS = "\u202f", "\u00a0", 5
NOTE_TEXTS_FILE = Path(__file__).parent / "note_texts.csv"
SEPARATOR = " | "
_CODES = re.compile(r"[A-Z]{3}(, [A-Z]{3})*")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_NUMBER = re.compile(r"-?\d{1,3}(,\d{3})*(\.\d+)?|-?\d+(\.\d+)?")
NUMBER, ONLY_A_NUMBER, ANYTHING = "number", r"-?[\d,.]+", ".+?"
"""The placeholder that stands for a number alone, and what this one and others match."""
SENTENCES = frozenset({"note", "reason", "why", "changes", "change", "observed"})
"""Placeholders that stand for a text that is itself to be known; what stands in others may be a name or a code."""
Said = tuple[str, str, bool]
"""A text in French, in Spanish, and whether it is known; what is not is in English."""


class NoteTexts:
    """Translations of the parts of notes, from English; `declared` are the texts of the sources of a release, and those
    of what else writes notes."""

    def __init__(self, declared: Iterable[Text] = ()) -> None:
        self._declared = tuple(declared)

    def translated(self, notes: str) -> tuple[str, str, bool]:
        """A column of notes in French and in Spanish, and whether all of it is known; what is not stays English."""
        found = [self._note(each) for each in notes.split(SEPARATOR)]
        french, spanish = (SEPARATOR.join(parts) for parts in zip(*((fr, es) for fr, es, _ in found), strict=True))
        return french, spanish, all(known for _, _, known in found)

    def _note(self, note: str) -> Said:
        kind, colon, text = note.partition(": ")
        if not note or not colon:
            return note, note, not note
        kind_fr, kind_es, kind_known = self.said(kind)
        fr, es, known = self.said(text)
        return f"{kind_fr} : {fr}", f"{kind_es}: {es}", kind_known and known

    def said(self, text: str) -> Said:
        """A part of a note, or another text that is said in one, in French and in Spanish, and whether it is known."""
        if (exact := self._exact.get(text)) is not None:
            return *exact, True
        if _CODES.fullmatch(text):
            return text, text, True
        for template in self._templates:
            if (found := self.made_from(template, text)) is not None:
                return found
        return text, text, False

    def made_from(self, template: Text, text: str) -> Said | None:
        """A text made from a template, as `said` gives it; None where it is not made from that."""
        match = _pattern(template.en).fullmatch(text)
        if match is None:
            return None
        parts = {name: self._part(part) for name, part in match.groupdict().items()}
        fr, es = ({name: part[place] for name, part in parts.items()} for place in (0, 1))
        known = all(part[2] for name, part in parts.items() if name in SENTENCES)
        return str(template.fr).format(**fr), str(template.es).format(**es), known

    def _part(self, part: str) -> Said:
        """What stands in a placeholder: known texts separated by commas or semicolons, a number, or anything else as it
        is."""
        if _NUMBER.fullmatch(part):
            return *_numbers(part), True
        fr, es, known = self.said(part)
        if known:
            return fr, es, True
        for separator in ("; ", ", "):
            pieces = part.split(separator)
            if len(pieces) > 1:
                each = [self.said(piece) for piece in pieces]
                french = separator if separator == ", " else " ; "
                joined = french.join(one[0] for one in each), separator.join(one[1] for one in each)
                return *joined, all(one[2] for one in each)
        return part, part, False

    @cached_property
    def _texts(self) -> tuple[Text, ...]:
        """Every text that has a translation; those that are declared replace those of the file."""
        declared = [each for each in (*_house_texts(), *self._declared) if each.fr and each.es]
        return (*(Text(**row) for row in _rows()), *declared)

    @cached_property
    def _exact(self) -> Mapping[str, tuple[str, str]]:
        return {
            " ".join(each.en.replace("|", "/").split()): (str(each.fr), str(each.es))
            for each in self._texts
            if not _PLACEHOLDER.search(each.en)
        }

    @cached_property
    def _templates(self) -> tuple[Text, ...]:
        """Those with more words of their own first, so that the most particular one is taken."""
        with_places = dict.fromkeys(each for each in self._texts if _PLACEHOLDER.search(each.en))
        return tuple(sorted(with_places, key=lambda each: -len(_PLACEHOLDER.sub("", each.en))))


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = _PLACEHOLDER.split(template)
    written = (
        f"(?P<{part}>{ONLY_A_NUMBER if part == NUMBER else ANYTHING})" if at % 2 else re.escape(part)
        for at, part in enumerate(parts)
    )
    return re.compile("".join(written))


def _numbers(english: str) -> tuple[str, str]:
    """A number in French and in Spanish, which separates thousands from five digits on."""
    whole, _, decimals = english.partition(".")
    after = f",{decimals}" if decimals else ""
    digits = whole.replace(",", "")
    is_long = len(digits.lstrip("-")) >= FIVE_DIGITS
    grouped = f"{int(digits):,}" if is_long else whole  # four digits without a comma may be a year
    spanish = grouped.replace(",", NO_BREAK) if is_long else digits
    return f"{grouped.replace(',', NARROW_NO_BREAK)}{after}", f"{spanish}{after}"


def _rows() -> list[dict[str, str]]:
    """The rows of the file. Raises DeclarationError where a translation has other placeholders than its English."""
    with NOTE_TEXTS_FILE.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, strict=True))
    faults = [
        f"line {line}: the placeholders of '{row['en']}' differ between languages, or a text is empty"
        for line, row in enumerate(rows, start=2)
        if len({frozenset(_PLACEHOLDER.findall(row[each] or "")) for each in ("en", "fr", "es")}) != 1
        or not all(row.values())
    ]
    if faults:
        raise DeclarationError("; ".join(faults), where=str(NOTE_TEXTS_FILE))
    return rows


def _house_texts() -> Iterator[Text]:
    """Labels that notes are made of: types of notes and codes, concepts, classifications, populations, registers."""
    for codelist in all_codelists():
        yield codelist.name
        if len(codelist.codes) < 200:
            yield from (Text(en=each.label_en, fr=each.label_fr, es=each.label_es) for each in codelist.codes)
    yield from texts_of(list(load_concepts().values()))
    yield from texts_of(list(load_classifications().values()))
    yield from texts_of(list(load_flow_variables().values()))
    yield from texts_of(load_catalogue())


def texts_of(declared: object) -> Iterator[Text]:
    """Every text within a declaration, however deep."""
    if isinstance(declared, Text):
        yield declared
    elif isinstance(declared, BaseModel):
        for name in type(declared).model_fields:
            yield from texts_of(getattr(declared, name))
    elif isinstance(declared, Mapping):
        for each in declared.values():
            yield from texts_of(each)
    elif isinstance(declared, (list, tuple)):
        for each in declared:
            yield from texts_of(each)
