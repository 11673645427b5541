"""Every command that a document names exists, with the options that are given to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ilms.authoring.command_page import PAGE, command_page, command_tree, targets
from ilms.authoring.imports import PROJECT
from ilms.authoring.picture import with_picture

TELLS_WHAT_WAS = "CHANGELOG.md"
"""It may name commands that have gone."""
PAGES = sorted(
    page for page in (*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")) if page.name != TELLS_WHAT_WAS
)
CALL = re.compile(
    r"(?:^\s*(?:\$ )?|`)(?:[A-Z_]+=\S+ )*(?P<program>(?:\.venv/bin/)?ilms|make) (?P<rest>[a-z][^`\n]*)", re.MULTILINE
)
EXPLAINED = re.compile(r" {2,}.*|\s#.*|;.*")
OPTION = re.compile(r"(?<=\s)--[a-z-]+")
PICTURE = re.compile(r"```mermaid.*?```", re.DOTALL)


def calls(text: str) -> Iterator[tuple[str, str]]:
    """What is called in a page, `ilms` or `make`, with all that follows on its line; what explains it left out."""
    for found in CALL.finditer(PICTURE.sub("", text)):
        yield found["program"].rsplit("/", 1)[-1], EXPLAINED.sub("", found["rest"])


def fault(program: str, rest: str) -> str:
    """What is wrong with a call, in words; empty where command and options exist."""
    if program == "make":
        unknown = [word for word in rest.split() if re.fullmatch("[a-z-]+", word) and word not in targets()]
        return f"make has no {unknown[0]}" if unknown else ""
    commands = command_tree()
    name = next((each for each in (" ".join(rest.split()[:2]), rest.split(maxsplit=1)[0]) if each in commands), None)
    if name is None:
        groups = {words.split()[0] for words in commands if " " in words}
        return "" if rest.strip() in groups else f"ilms has no {rest}"
    known = {option for each in commands[name].params for option in (*each.opts, *each.secondary_opts)}
    unknown = [option for option in OPTION.findall(rest) if option not in {*known, "--help"}]
    return f"ilms {name} has no {unknown[0]}" if unknown else ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_commands_that_a_document_names_exist(page: Path) -> None:
    wrong = [said for called in calls(page.read_text(encoding="utf-8")) if (said := fault(*called))]
    assert wrong == []


def test_many_commands_are_found_in_the_documents() -> None:
    assert sum(len(list(calls(page.read_text(encoding="utf-8")))) for page in PAGES) > 100


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("    .venv/bin/ilms run --source ABC.lfs    run it", ""),
        ("$ ilms release diff A B --page x.html", ""),
        ("say `ILMS_ONLINE=1 make run` or `ilms release`", ""),
        ("    ilms walk", "ilms has no walk"),
        ("`ilms run --quickly`", "ilms run has no --quickly"),
        ("    make everything", "make has no everything"),
    ],
)
def test_a_command_or_option_that_does_not_exist_is_found(line: str, said: str) -> None:
    assert [found for each in calls(line) if (found := fault(*each))] == ([said] if said else [])


def test_the_page_of_commands_is_what_they_say_of_themselves() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_picture(page, command_page()), "write it again: make picture"
