"""Whether the numbers agree with others: published figures, the wave before, earlier periods; and how old they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb
from markupsafe import Markup

from schemas.declaration import Text
from schemas.periods import last_day
from warehouse.release.agreement import NAME
from warehouse.release.between_waves import STAGE
from warehouse.release.quality.charts import deviation
from warehouse.release.quality.words import ReportWords

FURTHEST = 25.0
"""Per cent at which the scale of differences ends."""


@dataclass(frozen=True)
class Beside:
    """A number beside the figure that others publish. `why` explains a difference; empty where nobody has."""

    source: str
    wave: str
    number: Text
    ours: float | None
    theirs: float | None
    by: str
    percent: float | None
    errors: float | None
    allowed: float
    verdict: str
    why: str

    def chart(self, words: ReportWords) -> Markup:
        """The difference on a line; nothing where nothing is compared."""
        if self.percent is None:
            return Markup("")
        return deviation(self.percent, self.allowed, FURTHEST, words, differs=self.verdict == "differs")


@dataclass(frozen=True)
class WaveCheck:
    """A check between waves of a source: in how many waves it was met, not met and not made, and the last finding."""

    source: str
    said: str
    met: int
    unmet: int
    not_made: int
    waves: str
    observed: str


@dataclass(frozen=True)
class LastPeriod:
    """The last wave of a source with numbers, and how many days after its end the release was made.

    `standing` counts waves whose older numbers stand, `breaks` numbers that begin another series.
    """

    source: str
    title: Text
    kind: str
    first: str
    last: str
    waves: int
    days: int
    standing: int
    breaks: int


def beside_figures(connection: duckdb.DuckDBPyConnection) -> tuple[Beside, ...]:
    """Every number that is compared with a published figure; those that differ first, then those not compared last."""
    rows = connection.execute(f"""
        with words as (
            select code, any_value(label) as label, any_value(label_fr) as label_fr, any_value(label_es) as label_es
            from labelled_code
            group by code
        )

        select
            split_part(source, ':', 2), wave,
            concat_ws('; ', title_en, sexes.label, one.label, two.label),
            concat_ws(' ; ', title_fr, sexes.label_fr, one.label_fr, two.label_fr),
            concat_ws('; ', title_es, sexes.label_es, one.label_es, two.label_es),
            obs_value, published_value, published_by, difference_percent, difference_errors, allowed_percent,
            verdict, coalesce(why, '')
        from {NAME} as beside
        left join indicator using (indicator)
        left join words as sexes on beside.sex = sexes.code
        left join words as one on beside.classif1 = one.code
        left join words as two on beside.classif2 = two.code
        order by
            verdict <> 'differs', verdict = 'not_compared', source, wave, beside.indicator, beside.sex,
            beside.classif1, beside.classif2, published_by
    """).fetchall()
    return tuple(
        Beside(source, wave, Text(en=english, fr=french, es=spanish), *rest)
        for source, wave, english, french, spanish, *rest in rows
    )


def wave_checks(connection: duckdb.DuckDBPyConnection) -> tuple[WaveCheck, ...]:
    """The checks of published numbers against those of the wave before, by source."""
    rows = connection.execute(
        """
        select
            source, regexp_replace(arg_max(description, wave), ' \\([^)]*\\)$', ''),
            count(*) filter (success), count(*) filter (not success), count(*) filter (success is null),
            coalesce(string_agg(wave, ', ' order by wave) filter (not success), ''),
            coalesce(arg_max(observed, wave) filter (not success), '')
        from quality_result
        where stage = ?
        group by source, check_id
        order by source, check_id
        """,
        [STAGE],
    ).fetchall()
    return tuple(WaveCheck(*row) for row in rows)


def last_periods(connection: duckdb.DuckDBPyConnection, made: date) -> tuple[LastPeriod, ...]:
    """How recent the numbers of each source are; `made` is the day of the release."""
    rows = connection.execute("""
        with broken as (
            select source, count(*) as breaks from observation where obs_status = 'B' group by source
        )

        select
            partition.source, coalesce(any_value(source.title_en), partition.source), any_value(source.title_fr),
            any_value(source.title_es), any_value(source.kind),
            count(*), count(*) filter (standing_since is not null), coalesce(any_value(breaks), 0), list(wave)
        from partition
        left join source on partition.source = source.source_id
        left join broken on source.source = broken.source
        where state = 'published'
        group by partition.source
        order by partition.source
    """).fetchall()
    found = []
    for source, english, french, spanish, kind, count, standing, breaks, waves in rows:
        title = Text(en=english, fr=french, es=spanish)
        ordered = sorted(waves, key=lambda wave: (last_day(wave), wave))
        days = (made - last_day(ordered[-1])).days
        of_source = (source, title, kind or "", ordered[0], ordered[-1], count, days, standing, breaks)
        found.append(LastPeriod(*of_source))
    return tuple(found)
