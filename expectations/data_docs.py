"""Data Docs: a page for each partition and stage, and an index; static, self-contained, without a value of any record.

data_docs/index.html
data_docs/<source>/<wave>.<suite>.html    the page
data_docs/<source>/<wave>.<suite>.json    its line in the index
"""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from expectations.checks import CheckResult
from expectations.parameters import GateParameters
from expectations.quiet import great_expectations


def publish_page(
    folder: Path, suite: str, title: str, parameters: GateParameters, results: Sequence[CheckResult]
) -> Path:
    """Write the page of one partition and stage, and the index anew; other pages are not touched.

    The same results give the same bytes. Several partitions may be published at the same time.
    """
    great_expectations()
    from expectations.pages import render_page

    page = folder / parameters.source / f"{parameters.wave}.{suite}.html"
    heading = f"{parameters.source} {parameters.wave}: {title.lower()}"
    _replace(page, render_page(heading, suite, results))
    _replace(page.with_suffix(".json"), json.dumps(_summary(suite, parameters, results), indent=2) + "\n")
    write_index(folder)
    return page


def write_index(folder: Path) -> Path:
    """Write the index of all pages that the folder holds."""
    from jinja2 import Environment, FileSystemLoader, select_autoescape

    templates = Path(__file__).parent / "templates"
    environment = Environment(loader=FileSystemLoader(templates), autoescape=select_autoescape(["html", "j2"]))
    with _locked(folder):
        partitions = _partitions(folder)
        index = folder / "index.html"
        _replace(index, environment.get_template("index.html.j2").render(partitions=partitions))
    return index


def _summary(suite: str, parameters: GateParameters, results: Sequence[CheckResult]) -> dict[str, Any]:
    failed = [result.check.severity for result in results if not result.success]
    return {
        "source": parameters.source,
        "wave": parameters.wave,
        "suite": suite,
        "checked": len(results),
        "met": len(results) - len(failed),
        "critical": failed.count("critical"),
        "warnings": failed.count("warning"),
    }


def _partitions(folder: Path) -> list[dict[str, Any]]:
    """One entry per partition, sorted, with the summary of each stage it has a page of."""
    partitions: dict[tuple[str, str], dict[str, Any]] = {}
    for file in sorted(folder.glob("*/*.json")):
        summary = json.loads(file.read_text(encoding="utf-8"))
        key = (summary["source"], summary["wave"])
        entry = partitions.setdefault(key, {"source": key[0], "wave": key[1], "stages": {}})
        entry["stages"][summary["suite"]] = {**summary, "page": f"{file.parent.name}/{file.stem}.html"}
    return [partitions[key] for key in sorted(partitions)]


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One writer of the index at a time, so that the last one has seen every page."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _replace(target: Path, text: str) -> None:
    """Write beside the target and rename onto it, so that a reader never meets half a page."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(draft).chmod(0o644)
        Path(draft).replace(target)
    finally:
        Path(draft).unlink(missing_ok=True)
