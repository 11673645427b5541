"""One Data Docs page, rendered by Great Expectations from results without data, with templates that load nothing.

Import it only where a page is rendered: it imports Great Expectations.
"""

from __future__ import annotations

import html
import itertools
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from great_expectations.core.expectation_validation_result import (
    ExpectationSuiteValidationResult,
    ExpectationValidationResult,
)
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.metadata_types import FailureSeverity
from great_expectations.render.renderer.column_section_renderer import ValidationResultsColumnSectionRenderer
from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
from great_expectations.render.view.view import DefaultJinjaPageView
from jinja2 import ChoiceLoader, FileSystemLoader

from expectations.checks import Check, CheckResult

TEMPLATES_FOLDER = Path(__file__).parent / "templates"
AREAS = ("structure", "content", "agreement")


class _AreaSection(ValidationResultsColumnSectionRenderer):
    """A section of the page: an area of the suite instead of a column."""

    @classmethod
    def _get_column_name(cls, results: Any) -> str:
        return str(results[0].expectation_config.meta["area"]).capitalize()


class _OfflinePage(DefaultJinjaPageView):
    """The page of Great Expectations with our templates first, which load nothing, and with ids that do not change.

    It keeps its templates compiled, so one is enough for all pages of a process.
    """

    def __init__(self) -> None:
        super().__init__()
        theirs = [self.env.loader] if self.env.loader is not None else []
        self.env.loader = ChoiceLoader([FileSystemLoader(TEMPLATES_FOLDER), *theirs])
        self._numbers = itertools.count(1)
        self.env.filters["generate_html_element_uuid"] = lambda prefix="": f"{prefix}{next(self._numbers)}"

    def page(self, document: Any) -> str:
        """The HTML of a document, with its ids counted from one."""
        self._numbers = itertools.count(1)
        return str(self.render(document))  # type: ignore[no-untyped-call]


_offline_page = cache(_OfflinePage)


def render_page(title: str, suite: str, results: Sequence[CheckResult]) -> str:
    """The HTML of one page. The same results give the same text: it has no time and no random id."""
    shown = [_shown(result) for result in results]
    document = ValidationResultsPageRenderer().render(
        ExpectationSuiteValidationResult(
            success=not any(result.check.severity == "critical" for result in results if not result.success),
            results=shown,
            suite_name=suite,
            statistics=_statistics(results),
            meta={"batch_spec": {"data_asset_name": title}},
        )
    )
    areas = [[each for each, of in zip(shown, results, strict=True) if of.check.area == area] for area in AREAS]
    document.sections = [_overview(document), *(_section(results) for results in areas if results)]
    document.page_title = title
    return _offline_page().page(document)


def _section(results: Sequence[ExpectationValidationResult]) -> Any:
    return _AreaSection().render(results)  # type: ignore[no-untyped-call]


def _overview(document: Any) -> Any:
    """The first section, without the link to a page of the suite and without times, which are not published."""
    overview = document.sections[0]
    heading, statistics, *_ = overview.content_blocks
    heading.subheader.string_template["styling"]["params"].pop("expectation_suite_name", None)
    overview.content_blocks = [heading, statistics]
    return overview


def _statistics(results: Sequence[CheckResult]) -> dict[str, Any]:
    run = [result for result in results if not result.check.not_run]
    met = sum(result.success for result in run)
    return {
        "evaluated_expectations": len(run),
        "successful_expectations": met,
        "unsuccessful_expectations": len(run) - met,
        "success_percent": 100 * met / len(run) if run else None,
    }


def _shown(result: CheckResult) -> ExpectationValidationResult:
    """A validation result rebuilt from counts and words only, so that it cannot contain a value of a record."""
    check = result.check
    share = (
        {"unexpected_percent": 100 * result.unexpected / result.checked}
        if result.checked and result.unexpected is not None
        else {}
    )
    return ExpectationValidationResult(
        success=result.success,
        expectation_config=ExpectationConfiguration(
            type=check.expectation,
            kwargs=dict(check.arguments),
            meta={"area": check.area},
            description=_described(check),
            severity=FailureSeverity(check.severity),
        ),
        result={"observed_value": html.escape(result.observed) or "–", **share},
        exception_info={"raised_exception": False, "exception_message": None, "exception_traceback": None},
    )


def _described(check: Check) -> str:
    """The description with the check's name, severity and reasons; Great Expectations puts it on the page unchanged."""
    name, text, why, remedy, rule = map(html.escape, (check.id, check.description, check.why, check.remedy, check.rule))
    shown_rule = f"<p>Not expected: <code>{rule}</code></p>" if rule else ""
    return (
        f'{text} <span class="check {check.severity}">{name} · {check.severity}</span>'
        f"<details><summary>why, and what to do</summary><p>{why}</p><p>{remedy}</p>{shown_rule}</details>"
    )
