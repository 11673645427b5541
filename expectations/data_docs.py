"""Data Docs: a page for each partition and stage, and an index; static, self-contained, without a value of any record.

data_docs/index.html
data_docs/<source>/<wave>.<suite>.html           the page of accepted numbers
data_docs/<source>/<wave>.<suite>.attempt.html   the page of an attempt whose numbers are not accepted, or not yet
data_docs/<source>/<wave>.<suite>[.attempt].json its line in the index
data_docs/<source>/<wave>.state.json             the state of the partition, as shown on its pages and in the index
"""

from __future__ import annotations

import fcntl
import html
import json
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from expectations.checks import CheckResult
from expectations.parameters import GateParameters
from expectations.quiet import great_expectations

ATTEMPT = ".attempt"
_OF_RECORDS = ("core", "flows", "corridors", "figures")
STATE = "state"
_BANNER = re.compile(r"<!--state-->.*?<!--/state-->", re.DOTALL)
_NOT_ACCEPTED = "These checks are of an attempt. None of its numbers is in a release."


@dataclass(frozen=True)
class PartitionState:
    """The state of a partition, in words. `is_published`: its numbers are in the current release."""

    sentence: str
    is_published: bool


def publish_page(
    folder: Path, suite: str, title: str, parameters: GateParameters, results: Sequence[CheckResult]
) -> Path:
    """Write the page of an attempt at one partition and stage, and rewrite the index; other pages are not changed.

    It stays the page of an attempt until `settle_pages` is called. The same results give the same bytes. Several
    partitions may be published at the same time.
    """
    great_expectations()
    from expectations.pages import render_page

    page = folder / parameters.source / f"{parameters.wave}.{suite}{ATTEMPT}.html"
    heading = f"{parameters.source} {parameters.wave}: {title.lower()}"
    _replace(page, _with_banner(render_page(heading, suite, results), _NOT_ACCEPTED, is_published=False))
    _replace(page.with_suffix(".json"), json.dumps(_summary(suite, parameters, results), indent=2) + "\n")
    write_index(folder)
    return page


def settle_pages(folder: Path, source: str, wave: str) -> None:
    """Replace the pages of the numbers accepted before by those of an attempt whose numbers were accepted."""
    with _locked(folder):
        for suffix in (".html", ".json"):
            for file in (folder / source).glob(f"{wave}.*{ATTEMPT}{suffix}"):
                file.replace(file.with_name(file.name.replace(f"{ATTEMPT}{suffix}", suffix)))


def show_state(folder: Path, source: str, wave: str, state: PartitionState) -> None:
    """Show the state of a partition on each of its pages. The index shows it once it is rewritten."""
    for page in sorted((folder / source).glob(f"{wave}.*.html")):
        is_attempt = page.stem.endswith(ATTEMPT)
        sentence = f"{_NOT_ACCEPTED} {state.sentence}" if is_attempt else state.sentence
        before = page.read_text(encoding="utf-8")
        after = _with_banner(before, sentence, is_published=state.is_published and not is_attempt)
        if after != before:
            _replace(page, after)
    kept = folder / source / f"{wave}.{STATE}.json"
    content = json.dumps({"source": source, "wave": wave, **asdict(state)}, indent=2) + "\n"
    if not kept.is_file() or kept.read_text(encoding="utf-8") != content:
        _replace(kept, content)


def write_index(folder: Path) -> Path:
    """Write the index of all pages in the folder."""
    with _locked(folder):
        partitions = _partitions(folder)
        index = folder / "index.html"
        _replace(index, _index_template().render(partitions=partitions))
    return index


@cache
def _index_template() -> Any:
    from jinja2 import Environment, FileSystemLoader, select_autoescape

    templates = Path(__file__).parent / "templates"
    environment = Environment(loader=FileSystemLoader(templates), autoescape=select_autoescape(["html", "j2"]))
    return environment.get_template("index.html.j2")


def _with_banner(page: str, sentence: str, *, is_published: bool) -> str:
    kind = "published" if is_published else "unpublished"
    banner = f'<!--state--><p class="state {kind}">{html.escape(sentence)}</p><!--/state-->'
    return _BANNER.sub(lambda _: banner, page, count=1)


def _summary(suite: str, parameters: GateParameters, results: Sequence[CheckResult]) -> dict[str, Any]:
    run = [result for result in results if not result.check.not_run]
    failed = [result.check.severity for result in run if not result.success]
    return {
        "source": parameters.source,
        "wave": parameters.wave,
        "suite": suite,
        "checked": len(run),
        "met": len(run) - len(failed),
        "critical": failed.count("critical"),
        "warnings": failed.count("warning"),
    }


def _partitions(folder: Path) -> list[dict[str, Any]]:
    """One entry per partition, sorted, with its state and the summary of each of its pages."""
    partitions: dict[tuple[str, str], dict[str, Any]] = {}
    for file in sorted(folder.glob("*/*.json")):
        content = json.loads(file.read_text(encoding="utf-8"))
        key = (content["source"], content["wave"])
        entry = partitions.setdefault(
            key, {"source": key[0], "wave": key[1], "sentence": "", "is_published": False, "pages": []}
        )
        if file.name == f"{key[1]}.{STATE}.json":
            entry |= content
            continue
        is_attempt = file.stem.endswith(ATTEMPT)
        entry["pages"].append({**content, "page": f"{file.parent.name}/{file.stem}.html", "is_attempt": is_attempt})
    for entry in partitions.values():
        entry["pages"].sort(key=lambda page: (page["is_attempt"], page["suite"] not in _OF_RECORDS))
    return [partitions[key] for key in sorted(partitions) if partitions[key]["pages"]]


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One writer of the index at a time, so that the last one includes every page, and finds none renamed before it is
    read."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _replace(target: Path, text: str) -> None:
    """Write beside the target and rename to it, so that a reader never sees an incomplete page."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(draft).replace(target)
    finally:
        Path(draft).unlink(missing_ok=True)
