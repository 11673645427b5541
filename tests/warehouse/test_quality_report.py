"""The quality report of a release: its numbers are those of the warehouse, and what failed is shown as failed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from lxml import html
from quick_release import leave_out_structures
from release_example import ADULTS, brazil, candidate, example, failed, inputs, synthetic, uruguay

from schemas.codelists import all_codelists
from schemas.declaration import Language, Text
from schemas.partition import Partition
from warehouse.language import LANGUAGES, MARKS, read_words
from warehouse.layout import Layout
from warehouse.release.agreement import compare_with_figures
from warehouse.release.build import publish
from warehouse.release.database import open_release
from warehouse.release.facts import load_cells
from warehouse.release.inputs import DeclaredFigure
from warehouse.release.manifest import verify_release
from warehouse.release.precedence import rank_partitions, settle_precedence
from warehouse.release.quality import REPORT, REPORTS
from warehouse.release.quality.accuracy import UNKNOWN
from warehouse.release.quality.charts import Part, deviation, spread, stacked_bar
from warehouse.release.quality.coherence import beside_figures
from warehouse.release.quality.page import data_docs_at
from warehouse.release.quality.words import WORDS_FILE, ReportWords

ENGLISH = ReportWords("en")
EMPLOYED = "MST_TEMP_SEX_AGE_CBR_NB"
HEADINGS = [
    "Relevance",
    "Accuracy and reliability",
    "Timeliness and punctuality",
    "Coherence and comparability",
    "Accessibility and clarity",
]


@dataclass(frozen=True)
class Told:
    """A release with its page, as text and as elements."""

    folder: Path
    text: str
    page: Any

    def rows(self, table: str) -> list[list[str]]:
        """The rows of a table of the page, each cell as its text."""
        rows = self.page.xpath(f"//table[@id='{table}']/tbody/tr")
        return [[" ".join(cell.text_content().split()) for cell in row] for row in rows]

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with open_release(self.folder) as connection:
            return connection.execute(query).fetchall()


def read(folder: Path, language: Language = "en") -> Told:
    text = (folder / REPORTS[language]).read_text(encoding="utf-8")
    return Told(folder, text, html.fromstring(text))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """Two releases: in the second, participation of the native-born of Uruguay is another, Brazil has failed."""
    layout = Layout(tmp_path_factory.mktemp("quality") / "home")
    with pytest.MonkeyPatch.context() as patch:
        leave_out_structures(patch)
        publish(layout, example(layout.home / "first"))
        (layout.data_docs() / "URY.ech").mkdir(parents=True)
        for page in ("index.html", "URY.ech/2018.core.html"):
            (layout.data_docs() / page).write_text("<p>checks</p>")
        rows = uruguay()
        rows[1]["obs_value"] = 61.0
        rows[2] |= {"obs_value": None, "se": None, "cv": None, "obs_status": "C"}
        stopped = candidate(layout.home / "b", brazil(), state="failed", reason="<b>no</b> weights", cells=None)
        partitions = [candidate(layout.home / "u", rows), candidate(layout.home / "z", synthetic()), stopped]
        publish(layout, inputs([*partitions, failed(layout.home / "a")]))
    return layout


@pytest.fixture(scope="module")
def told(home: Layout) -> Told:
    return read(home.current().resolve())


def test_it_has_the_headings_of_the_european_quality_report(told: Told) -> None:
    found = [each.text_content() for each in told.page.xpath("//h2")]
    assert [each for each in found if each in HEADINGS] == HEADINGS


def test_it_is_one_file_that_asks_nothing_of_another_host(told: Told) -> None:
    addresses = told.page.xpath("//@href | //@src")
    assert addresses
    assert [each for each in addresses if ":" in each or each.startswith("/")] == []
    assert not told.page.xpath("//script | //link | //img | //iframe | //@onclick")
    assert "url(" not in told.text and "@import" not in told.text


def test_it_belongs_to_the_release(home: Layout, told: Told) -> None:
    assert REPORT in verify_release(told.folder).files
    assert told.page.xpath("//title")[0].text == f"Quality report of release {told.folder.name}"


def test_numbers_on_the_page_are_those_of_the_warehouse(told: Told) -> None:
    ((numbers, published, partitions),) = told.ask(
        "select (select count(*) from observation), count(*) filter (state = 'published'), count(*) from partition"
    )
    assert told.page.get_element_by_id("numbers").text == str(numbers)
    assert told.page.get_element_by_id("published").text == f"{published} of {partitions}" == "2 of 4"
    of_source = told.ask("""
        select split_part(source, ':', 2), '', count(*),
            count(*) filter (obs_status = 'U'), count(*) filter (obs_status = 'S'), count(*) filter (obs_value is null)
        from observation group by source order by 1
    """)
    cells = [[name, *numbers] for name, _, *numbers in told.rows("flagged")]
    assert [[each[0], *each[1:]] for each in cells] == [[row[0], *map(str, row[2:])] for row in of_source]
    assert ["URY.ech", "9", "1", "2", "1"] in cells
    assert told.rows("errors")[1][:3] == ["5 to 10", "10", "100.0"], "every CV of the example is 10 per cent"
    assert told.rows("indicators")[0][2:] == ["10.0", "10.0", "10.0", "2", "0"], "the third is withheld"


def test_the_share_of_the_unknown_is_that_of_the_published_total(told: Told) -> None:
    """One thousand of the 21 thousand employed of Uruguay were born nobody knows where."""
    assert told.rows("unknown") == [["URY.ech", "Place of birth", "4.76", "4.76 per cent", "2018", "4.76", "2018", "1"]]


def test_a_failed_partition_is_shown_as_failed(told: Told) -> None:
    assert told.page.get_element_by_id("failed").text == "2"
    assert told.rows("not-published") == [
        ["ARG.eph", "2016-Q3", "failed", "7 weights are not positive"],
        ["BRA.pnadc", "2017-Q4", "failed", "<b>no</b> weights"],
    ]
    boxes = told.page.xpath("//table[@id='gate']//span[contains(@class, 'box')]")
    assert {each.get("title"): (each.text, each.get("class")) for each in boxes} == {
        "2016-Q3: failed: nothing of it is published": ("F", "box failed"),
        "2017-Q4: failed: nothing of it is published": ("F", "box failed"),
        "2018: published, every check met": ("P", "box sound"),
        "2024-Q1: published, every check met": ("P", "box sound"),
    }
    assert told.rows("unmet") == [["ARG.eph", "2016-Q3", "critical", "weights are positive", ""]]


def test_it_says_what_changed_since_the_release_before(home: Layout, told: Told) -> None:
    before = sorted(each.name for each in home.releases().iterdir() if each.is_dir())[0]
    assert f"Compared with release {before}: 0 numbers are new" in " ".join(told.text.split())
    assert told.rows("revised") == [
        ["BRA.pnadc", "2", "0", "0", "2", "0", "0"],
        ["URY.ech", "9", "9", "0", "0", "2", "1"],
    ]
    first = read(home.releases() / before)
    assert "There is no earlier release" in first.text


def test_a_number_beside_a_published_figure_says_how_far_and_why(tmp_path: Path) -> None:
    rows = [row for row in uruguay() if row["indicator"] == EMPLOYED]
    figures = [figure("CBR_BIR_FOREIGN", 6.25, "it covers private households"), figure("CBR_BIR_NATIVE", 15.1, "")]
    with duckdb.connect() as connection:
        partitions = [candidate(tmp_path, rows)]
        load_cells(connection, partitions)
        rank_partitions(connection, partitions)
        settle_precedence(connection, partitions)
        compare_with_figures(connection, partitions, figures)
        connection.execute(
            "create table indicator as select"
            " ? as indicator, 'Employment' as title_en, 'Emploi' as title_fr, 'Empleo' as title_es",
            [EMPLOYED],
        )
        connection.execute(
            "create table labelled_code as select 'CBR_BIR_FOREIGN' as code, 'Foreign-born' as label,"
            " 'Né à l''étranger' as label_fr, 'Nacido en el extranjero' as label_es"
        )
        far, near = beside_figures(connection)
    assert (far.verdict, far.number.en, far.ours, far.theirs, far.percent) == (
        "differs",
        "Employment; Foreign-born",
        5.0,
        6.25,
        -20.0,
    )
    assert far.number.fr == "Emploi ; Né à l'étranger"
    assert (far.why, near.verdict) == ("it covers private households", "agrees")
    assert 'class="hollow"' in far.chart(ENGLISH) and 'class="hollow"' not in near.chart(ENGLISH)


def figure(classif2: str, value: float, because: str) -> DeclaredFigure:
    """What a statistical office publishes of employment; 5 per cent and one standard error are allowed."""
    return DeclaredFigure(
        partition=Partition("URY.ech", "2018"),
        indicator=EMPLOYED,
        sex="SEX_T",
        classif1=ADULTS,
        classif2=classif2,
        published="",
        published_by="the statistical office",
        value=value,
        se=None,
        per_cent=5.0,
        errors=1.0,
        beyond="note",
        because=because,
    )


def test_data_docs_hang_below_it_where_they_exist(home: Layout, told: Told) -> None:
    (link,) = told.page.xpath("//table[@id='partitions']//a/@href")
    assert link == "../../../data_docs/URY.ech/2018.core.html"
    assert (told.folder / "quality" / link).resolve() == home.data_docs() / "URY.ech" / "2018.core.html"
    assert data_docs_at(home.home / "nowhere", told.folder / REPORT) is None


def test_codes_of_the_unknown_are_in_the_code_lists() -> None:
    assert set(UNKNOWN) <= {code.code for codelist in all_codelists() for code in codelist.codes}


def test_charts_say_in_words_what_they_draw() -> None:
    bar = html.fromstring(stacked_bar([Part(3, "sound", "in <full>"), Part(1, "skipped", "not")], ENGLISH))
    assert bar.findtext("title") == "in <full> 3; not 1"
    assert [each.get("width") for each in bar.iter("rect")] == ["150.0", "50.0"]
    assert stacked_bar([Part(0, "sound", "nothing")], ENGLISH) == ""
    assert 'class="hollow" cx="6.0"' in deviation(-80.0, 5.0, 25.0, ENGLISH, differs=True), (
        "beyond the scale, at its end"
    )
    assert spread(1, 5, 200, 60, ENGLISH).count("<path") == 2, "an arrow says that it goes on"
    french = deviation(-3.25, 5.0, 25.0, ReportWords("fr"), differs=False)
    assert html.fromstring(french).findtext("title") == "\N{MINUS SIGN}3,3 pour cent ; jusqu'à 5 pour cent est admis"


@pytest.mark.parametrize(
    ("value", "digits", "said"),
    [(108477, 4, "108,477"), (12.34, 3, "12.3"), (2.0, 3, "2"), (0.04567, 3, "0.0457"), (0, 3, "0")],
)
def test_significant_figures(value: float, digits: int, said: str) -> None:
    assert ENGLISH.figures(value, digits) == said


def test_each_language_has_a_page_with_the_same_numbers(told: Told) -> None:
    """As the language writes them: with its marks, and its words about them."""
    for language in LANGUAGES:
        page = read(told.folder, language)
        assert page.page.get("lang") == language
        assert page.page.xpath("//nav[1]//a/@hreflang") == [each for each in LANGUAGES if each != language]
        assert figures(page, language) == figures(told, "en")
        assert REPORTS[language] in verify_release(told.folder).files


def figures(told: Told, language: Language) -> list[str]:
    """The numbers in the cells of the page, as English writes them."""
    between, before = MARKS[language]
    cells = told.page.xpath("//td[@class='n'] | //dd")
    return [
        "".join(each for each in cell.text_content().replace(between, "").replace(before, ".") if each in "0123456789.")
        for cell in cells
    ]


def test_a_page_in_french_is_in_french_and_marks_what_is_not(told: Told) -> None:
    french = read(told.folder, "fr")
    headings = [each.text_content() for each in french.page.xpath("//h2")]
    assert headings[2:7] == [
        "Pertinence",
        "Exactitude et fiabilité",
        "Actualité et ponctualité",
        "Cohérence et comparabilité",
        "Accessibilité et clarté",
    ]
    assert french.rows("errors")[1][0] == "de 5 à 10"
    assert french.rows("not-published")[1] == ["BRA.pnadc", "2017-Q4", "en échec", "<b>no</b> weights"]
    (reason,) = french.page.xpath("//table[@id='not-published']/tbody/tr[2]/td[3]/span")
    assert reason.get("lang") == "en", "why it failed is told in English alone"
    assert french.rows("unknown")[0][1] == "Lieu de naissance"
    titles = french.page.xpath("//table[@id='indicators']//span[@lang='en']")
    assert len(titles) == len(french.rows("indicators")), "the example's indicators have titles in English alone"
    assert ReportWords("fr").text(Text(en="Employment", fr="Emploi")) == "Emploi"


def test_every_word_of_the_report_is_in_three_languages() -> None:
    assert len(read_words(WORDS_FILE)) > 150
    for name, text in read_words(WORDS_FILE).items():
        places = [sorted(re.findall(r"\{\w+\}", each or "")) for each in (text.en, text.fr, text.es)]
        assert places[0] == places[1] == places[2], name
