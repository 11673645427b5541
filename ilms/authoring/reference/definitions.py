"""The definitions behind the indicators, in each language: what they say, where, and how far that was verified."""

from __future__ import annotations

from collections.abc import Mapping

from ilms.authoring.reference.markdown import prose, sections
from schemas.catalogue import all_indicators
from schemas.declaration import Language
from schemas.standards import StandardDefinition, definitions_of_indicators, load_standards
from warehouse.explorer.language import Words

NOT_VERIFIED: Mapping[Language, str] = {"en": "Not verified:", "fr": "Non vérifié :", "es": "No verificado:"}


def definitions(language: Language) -> str:
    """Every definition in a language, a section each; what there is in English alone is marked as English."""
    words = Words(language)
    return sections(_section(name, each, words) for name, each in load_standards().definitions.items())


def definition_heading(name: str) -> str:
    """The heading of a definition in English."""
    return _heading(load_standards().definitions[name], "en")


def _heading(found: StandardDefinition, language: Language) -> str:
    term = found.term.spoken(language)
    return term[:1].upper() + term[1:]


def _section(name: str, found: StandardDefinition, words: Words) -> str:
    language = words.language
    document = load_standards().documents[found.document]
    says = {"en": found.says, "fr": found.says_fr, "es": found.says_es}[language]
    where = f"[{document.title}]({document.address})" if document.address else document.title
    at = f", {words('paragraph')} {found.paragraph}" if found.paragraph else ""
    read = " ".join(f"[{number}]({place})" for number, place in enumerate(found.read_at, start=1))
    told = words(f"verified.{found.verified}")
    using = [each for each, used in definitions_of_indicators().items() if name in used]
    return sections(
        [
            f"## {_heading(found, language)}",
            f"{prose(says)}.",
            f"{_in_english(where, language)}{at}. {told[:1].upper()}{told[1:]} {read}".strip() + ".",
            f"{NOT_VERIFIED[language]} {_in_english(prose(found.not_verified), language)}."
            if found.not_verified
            else "",
            _indicators(using, words),
        ]
    ).strip()


def _not_verified(found: StandardDefinition, language: Language) -> str:
    said = _in_english(prose(found.not_verified), language)
    return f"{NOT_VERIFIED[language]} {said}." if found.not_verified else ""


def _in_english(text: str, language: Language) -> str:
    """A text that there is in English alone, with its language told where the page has another."""
    return text if language == "en" else f'<span lang="en">{text}</span>'


def _indicators(names: list[str], words: Words) -> str:
    if not names:
        return ""
    catalogue = all_indicators()
    lines = [f"- `{name}` {prose(catalogue[name].declared.title.spoken(words.language))}" for name in names]
    told = f"{words('definitions.used')} {words.plural('indicators', len(names))}"
    return "\n".join([f'<details markdown="1"><summary>{told}</summary>', "", *lines, "", "</details>"])
