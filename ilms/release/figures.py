"""The figures that others publish, beside the numbers of a release that surveys declare them for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ilms.regional.inputs import KeptBenchmark, newest_kept, read_tables
from ilms.release.standing import Candidate
from schemas.compared_figures import ComparedNumber, load_compared_figures
from schemas.errors import IlmsError
from schemas.loader import list_benchmarks, list_runnable, load_benchmark, load_runnable
from schemas.partition import Partition
from schemas.source import Runnable
from schemas.survey import Survey
from schemas.survey_faults import SURVEY
from schemas.survey_figure import Number, SurveyFigure
from transforms.benchmark_figures import YearlyFigures, yearly_figures
from warehouse.intake.vintage import latest_vintage
from warehouse.layout import Layout
from warehouse.release.inputs import DeclaredFigure


def declared_figures(
    layout: Layout, sources: Iterable[tuple[Runnable, Sequence[Candidate]]], *, memory_limit: str
) -> Iterator[DeclaredFigure]:
    """Every figure that is declared for a number of the release.

    Benchmarks are taken as fetched last; one that is not there has no figures, and its numbers are not compared.
    """
    figures: dict[str, YearlyFigures] = {}
    for source, candidates in sources:
        survey = SURVEY.of(source)
        if survey is None or not survey.figures:
            continue
        wanted = {name for each in survey.figures for name in each.beside}
        for name in sorted(wanted - figures.keys()):
            figures[name] = _figures(layout, load_compared_figures().numbers[name], memory_limit)
        for candidate in (each for each in candidates if each.is_ready):
            yield from _of_partition(survey, candidate.item.partition, figures)


def _of_partition(
    survey: Survey, partition: Partition, figures: Mapping[str, YearlyFigures]
) -> Iterator[DeclaredFigure]:
    for each in survey.figures:
        if partition.wave not in each.waves:
            continue
        for name in each.beside:
            compared = load_compared_figures().numbers[name]
            value = figures[name].get((partition.ref_area, int(partition.wave[:4])))
            yield _declared(each, partition, compared.number, compared.label, value)
        for number in each.numbers:
            yield _declared(each, partition, number, each.reference or _producer(each.published or ""), each.value)


def _declared(
    figure: SurveyFigure, partition: Partition, number: Number, published_by: str, value: float | None
) -> DeclaredFigure:
    return DeclaredFigure(
        partition=partition,
        **number.model_dump(),
        published=figure.published or "",
        published_by=published_by,
        value=value,
        se=figure.se,
        per_cent=figure.per_cent,
        errors=figure.errors,
        beyond=figure.beyond,
        because=figure.because.en if figure.because else "",
    )


def _producer(source_id: str) -> str:
    """Who estimated the figures of a source; its id where it is not declared any more."""
    return load_runnable(source_id).producer if source_id in list_runnable() else source_id


def _figures(layout: Layout, compared: ComparedNumber, memory_limit: str) -> YearlyFigures:
    """The figures of a benchmark as fetched last; none where it cannot be read, which the regional stage reports."""
    try:
        table = _table(layout, compared, memory_limit)
    except IlmsError:
        return {}
    return yearly_figures(compared, table) if table else {}


def _table(layout: Layout, compared: ComparedNumber, memory_limit: str) -> Path | None:
    if compared.source not in list_benchmarks():
        return None
    benchmark = load_benchmark(compared.source)
    partition = newest_kept(layout, benchmark)
    vintage = latest_vintage(layout, partition)
    if vintage is None:
        return None
    kept = KeptBenchmark(benchmark.from_origin(partition.wave, vintage.origin), partition, vintage)
    return read_tables(layout, kept, memory_limit=memory_limit)[compared.table]
