"""What is wrong with the figures that a survey's numbers are compared with, beyond their form."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.codelists import load_codelist
from schemas.compared_figures import load_compared_figures
from schemas.indicators import load_catalogue
from schemas.nearest import nearest
from schemas.series import declares
from schemas.survey import Survey
from schemas.survey_figure import Number, SurveyFigure
from schemas.yaml_lines import Location, line_of


def survey_figure_faults(source: Survey, lines: dict[Location, int]) -> Iterator[str]:
    """Figures of benchmarks, indicators, codes or waves that there are not, each with its line in source.yaml."""
    for index, figure in enumerate(source.figures):
        at = f"line {line_of(lines, ('figures', index))}: `figures`"
        yield from (f"{at}: {fault}" for fault in _figure_faults(figure))
        for wave in sorted(wave for wave in figure.waves.named if not declares(source, wave)):
            yield f"{at}: wave '{wave}' is not declared{nearest(wave, source.waves)}"


def _figure_faults(figure: SurveyFigure) -> Iterator[str]:
    known = load_compared_figures().numbers
    for name in figure.beside:
        if name not in known:
            yield f"'{name}' is not one of `numbers` in compared_figures.yaml{nearest(name, known)}"
    for number in figure.numbers:
        yield from number_faults(number)


def number_faults(number: Number) -> Iterator[str]:
    """What of a number there is not: its indicator, or a code of its classifications."""
    indicators = load_catalogue().indicators
    indicator = indicators.get(number.indicator)
    if indicator is None:
        yield f"'{number.indicator}' is not an indicator of surveys{nearest(number.indicator, indicators)}"
        return
    codes = (number.classif1, number.classif2)
    for place, name in enumerate(indicator.classifications):
        code = codes[place]
        codelist = load_codelist(f"CL_{name}").by_code
        if code not in codelist:
            close = nearest(code, codelist)
            yield f"'{code}' is not a code of CL_{name}, classif{place + 1} of {number.indicator}{close}"
    for code in codes[len(indicator.classifications) :]:
        if code:
            yield f"{number.indicator} is not by '{code}'"
    if number.sex not in load_codelist("CL_SEX").by_code:
        yield f"'{number.sex}' is not a code of CL_SEX"
