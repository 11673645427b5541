"""How exact the numbers are: sampling errors, what is unknown, withheld or unreliable, imputed and revised."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
from markupsafe import Markup

from schemas.codelists import load_codelist
from schemas.declaration import Text
from schemas.tables import OBSERVATION_KEY
from warehouse.release.quality.charts import Part, bar, spread, stacked_bar
from warehouse.release.quality.words import ReportWords

CV_CLASSES = (5, 10, 20, 30, None)
"""Upper ends of classes of coefficients of variation in per cent, the last without one; a customary division, and no
rule of publication."""
CV_END, CV_MARKS = 60.0, (20.0, 30.0)
UNKNOWN = (
    *("AGE_REGISTER_X", "CBR_BIR_X", "CCT_CIT_X", "DOS_BANDS_X", "DSB_STATUS_X", "ECO_AGGREGATE_X", "EDU_AGGREGATE_X"),
    *("GEO_COV_X", "HOW_BANDS_X", "JOB_CONTRACT_X", "JOB_TIME_X", "LMS_STATUS_X", "MIG_STATUS_X", "OCU_SKILL_X"),
    *("OCU_ISCO08_X", "PAR_BIR_X", "PER_GRANT_X", "PER_STATUS_X", "PRG_TYPE_X", "STE_AGGREGATE_X", "STE_ICSE18_X"),
)
"""Codes of those for whom a classification is not known. Not every code that ends so: `EDU_ISCED11_X` is no schooling,
and the `X` of a list of countries holds the other countries too."""


@dataclass(frozen=True)
class ErrorClass:
    """How many numbers have a coefficient of variation above `start` and up to `end`, and what per cent of all."""

    start: int
    end: int | None
    count: int
    share: float
    longest: int

    def said(self, words: ReportWords) -> str:
        """The class in words."""
        kind = "class.last" if self.end is None else "class.between" if self.start else "class.first"
        return words(kind, start=self.start, end=self.end)

    def chart(self, words: ReportWords) -> Markup:
        """A bar beside that of the largest class."""
        return bar(self.count, self.longest, words.number(self.count, 0))


@dataclass(frozen=True)
class ErrorsOf:
    """The coefficients of variation of an indicator's numbers, per cent: below which a tenth, half and nine tenths lie.

    `numbers` have one; `without` are numbers of the same indicator that have no standard error.
    """

    indicator: str
    title: Text
    numbers: int
    without: int
    low: float
    middle: float
    high: float

    def chart(self, words: ReportWords) -> Markup:
        """The three as a line with a dot."""
        return spread(self.low, self.middle, self.high, CV_END, words, CV_MARKS)


@dataclass(frozen=True)
class UnknownShare:
    """The share of a source's total, per cent, for whom a classification is unknown: in the last period and the worst.

    Measured on the indicator with the largest total: the population, where it is given.
    """

    source: str
    variable: Text
    indicator: str
    periods: int
    time: str
    last: float
    worst_time: str
    worst: float

    def chart(self, words: ReportWords) -> Markup:
        """The worst share as a bar of all."""
        return bar(self.worst, 100.0, words("chart.percent", value=words.figures(self.worst)))


@dataclass(frozen=True)
class Flagged:
    """Numbers of a source that are withheld, rest on too few cases, or are unreliable, of all."""

    source: str
    numbers: int
    withheld: int
    not_significant: int
    unreliable: int

    def chart(self, words: ReportWords) -> Markup:
        """All numbers as parts of a bar."""
        sound = self.numbers - self.withheld - self.not_significant - self.unreliable
        parts = [
            Part(sound, "sound", words("caution.none")),
            Part(self.unreliable, "warned", words("unreliable")),
            Part(self.not_significant, "standing", words("not.significant")),
            Part(self.withheld, "failed", words("withheld")),
        ]
        return stacked_bar(parts, words)


@dataclass(frozen=True)
class Imputed:
    """How far regional estimates rest on imputation: the share of countries, and of migrants, without any report."""

    edition: str
    time: str
    countries: int
    imputed_countries: int
    imputed_migrants: float

    def chart(self, words: ReportWords) -> Markup:
        """Migrants of countries with a report, and of those that are imputed."""
        reported = Part(100 - self.imputed_migrants, "sound", words("chart.reported"))
        return stacked_bar([reported, Part(self.imputed_migrants, "skipped", words("chart.imputed"))], words)


@dataclass(frozen=True)
class Revised:
    """What became of a source's numbers since the release before."""

    source: str
    before: int
    now: int
    new: int
    vanished: int
    revised: int
    status: int


@dataclass(frozen=True)
class OtherOutcome:
    """A partition whose outcome is another one than in the release before; `before` is `not there` for a new one."""

    source: str
    wave: str
    before: str
    now: str
    reason: str


def error_classes(connection: duckdb.DuckDBPyConnection) -> tuple[ErrorClass, ...]:
    """Numbers by class of their coefficient of variation."""
    lower, counts = 0, list[tuple[int, int | None, int]]()
    for upper in CV_CLASSES:
        ((count,),) = connection.execute(
            "select count(*) from observation where obs_value is not null and cv <= ? and (cv > ? or ? = 0)",
            [float("inf") if upper is None else upper, lower, lower],
        ).fetchall()
        counts.append((lower, upper, count))
        lower = upper or lower
    whole, longest = sum(count for *_, count in counts), max(count for *_, count in counts)
    return tuple(
        ErrorClass(start, end, count, 100 * count / whole if whole else 0.0, longest) for start, end, count in counts
    )


def errors_by_indicator(connection: duckdb.DuckDBPyConnection) -> tuple[ErrorsOf, ...]:
    """The coefficients of variation of every indicator that has any."""
    rows = connection.execute("""
        select
            indicator,
            coalesce(any_value(indicator.title_en), indicator),
            any_value(indicator.title_fr),
            any_value(indicator.title_es),
            count(cv),
            count(obs_value) filter (cv is null),
            quantile_cont(cv, 0.1),
            median(cv),
            quantile_cont(cv, 0.9)
        from observation
        left join indicator using (indicator)
        where obs_value is not null
        group by indicator
        having count(cv) > 0
        order by indicator
    """).fetchall()
    return tuple(
        ErrorsOf(indicator, Text(en=english, fr=french, es=spanish), *rest)
        for indicator, english, french, spanish, *rest in rows
    )


def unknown_shares(connection: duckdb.DuckDBPyConnection) -> tuple[UnknownShare, ...]:
    """Shares of the unknown, from published counts of both sexes in all; the largest first.

    Nothing is said where either number is withheld, or the classification is not given.
    """
    rows = connection.execute(
        """
        with total as (
            select code, regexp_extract(code, '^[A-Z]+_[A-Z0-9]+') as version from code where is_total
        ),

        counts as (
            select * from observation
            semi join (select indicator from indicator where measure = 'count') as counted using (indicator)
            where sex in ('SEX_T', '') and obs_value is not null
        ),

        sides as (
            select source, indicator, time, ref_area, obs_value, classif1 as code, classif2 as other, 1 as side
            from counts
            union all
            select source, indicator, time, ref_area, obs_value, classif2 as code, classif1 as other, 2 as side
            from counts
        ),

        of_all as (
            select sides.*, version
            from sides
            inner join total using (code)
            where obs_value > 0 and (other = '' or other in (select code from total))
        ),

        shares as (
            select
                of_all.source, of_all.indicator, of_all.version, of_all.time, of_all.obs_value as whole,
                100 * sides.obs_value / of_all.obs_value as share
            from sides
            inner join of_all
                on (sides.source, sides.indicator, sides.time, sides.ref_area, sides.side, sides.other)
                    = (of_all.source, of_all.indicator, of_all.time, of_all.ref_area, of_all.side, of_all.other)
                    and regexp_extract(sides.code, '^[A-Z]+_[A-Z0-9]+') = of_all.version
            where sides.code in (select unnest(?))
        ),

        largest as (
            select * from shares
            qualify whole = max(whole) over (partition by source, split_part(version, '_', 1), time)
        )

        select
            split_part(source, ':', 2), split_part(version, '_', 1) as variable, any_value(indicator),
            count(distinct time), max(time),
            arg_max(share, time), arg_max(time, share), max(share)
        from largest
        group by source, variable
        order by max(share) desc, source, variable
        """,
        [list(UNKNOWN)],
    ).fetchall()
    return tuple(UnknownShare(source, _name_of(variable), *rest) for source, variable, *rest in rows)


def _name_of(variable: str) -> Text:
    """A classification in words, by the first letters of its codes, such as CBR."""
    return load_codelist(f"CL_{variable}").name


def flagged(connection: duckdb.DuckDBPyConnection) -> tuple[Flagged, ...]:
    """How many numbers of each source are withheld, not significant or unreliable."""
    rows = connection.execute("""
        select
            split_part(source, ':', 2), count(*), count(*) filter (obs_value is null),
            count(*) filter (obs_value is not null and obs_status = 'S'),
            count(*) filter (obs_value is not null and obs_status = 'U')
        from observation
        group by source
        order by 1
    """).fetchall()
    return tuple(Flagged(*row) for row in rows)


def imputed(connection: duckdb.DuckDBPyConnection) -> tuple[Imputed, ...]:
    """How far each year of each edition of the regional estimates rests on imputation."""
    rows = connection.execute("""
        with country as (
            select edition, time, ref_area, sum(migrants) as migrants, bool_or(is_imputed) as is_imputed
            from regional_input
            group by all
        )

        select
            edition, time, count(*), count(*) filter (is_imputed),
            coalesce(100 * sum(migrants) filter (is_imputed) / nullif(sum(migrants), 0), 0)
        from country
        group by all
        order by all
    """).fetchall()
    return tuple(Imputed(*row) for row in rows)


def revised(connection: duckdb.DuckDBPyConnection) -> tuple[Revised, ...]:
    """Each source of which any number is new, gone, or has another value or status than in the database `earlier`."""
    equal = " and ".join(f"before.{name} is not distinct from now.{name}" for name in OBSERVATION_KEY)
    rows = connection.execute(f"""
        with both_releases as (
            select
                coalesce(now.source, before.source) as source,
                before.source is null as is_new,
                now.source is null as is_gone,
                before.obs_value is distinct from now.obs_value as is_revised,
                before.obs_status is distinct from now.obs_status as has_other_status
            from earlier.observation as before
            full join observation as now on {equal}
        )

        select
            split_part(source, ':', 2),
            count(*) filter (not is_new) as earlier_numbers,
            count(*) filter (not is_gone) as numbers,
            count(*) filter (is_new) as new_numbers,
            count(*) filter (is_gone) as gone,
            count(*) filter (not is_new and not is_gone and is_revised) as revised_numbers,
            count(*) filter (not is_new and not is_gone and has_other_status) as other_status
        from both_releases
        group by source
        having new_numbers + gone + revised_numbers + other_status > 0
        order by 1
    """).fetchall()
    return tuple(Revised(*row) for row in rows)


def other_outcomes(connection: duckdb.DuckDBPyConnection) -> tuple[OtherOutcome, ...]:
    """Partitions that are new, gone, or have another outcome than in the database `earlier`."""
    rows = connection.execute("""
        select
            source, wave, coalesce(before.state, 'not there'), coalesce(now.state, 'not there'),
            coalesce(now.reason, '')
        from earlier.partition as before
        full join partition as now using (source, wave)
        where before.state is distinct from now.state
        order by source, wave
    """).fetchall()
    return tuple(OtherOutcome(*row) for row in rows)
