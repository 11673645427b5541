"""Item non-response: the share of those asked who did not answer, and the flags on numbers that rest on their
answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from schemas.classifications import load_classifications
from schemas.concepts import core_columns
from schemas.indicators import Catalogue, Indicator
from schemas.reliability import Reliability, load_reliability
from schemas.survey import Survey
from transforms.duck import quote_name, quote_text
from transforms.notes import SEPARATOR, note
from transforms.observations import indicators_of
from transforms.relation import Relation
from transforms.reliability import flagged_sql, nonresponse_status

NO_ANSWER = ("unknown", "refused")
NOT_OF_THE_ASKED = ("not_asked", "not_available", "not_in_universe")


def item_nonresponse(core: Relation, indicators: Mapping[str, Indicator], catalogue: Catalogue) -> dict[str, float]:
    """Per cent of the cases asked who did not answer, by indicator: for the worst answered variable on which it rests.

    These are the variables of its populations, its numeric variables and its classifications, over the person records.
    """
    variables_of = {name: _variables(each, catalogue) for name, each in indicators.items()}
    shares = _shares(core, sorted(set().union(*variables_of.values())))
    return {name: max((shares[each] for each in some), default=0.0) for name, some in variables_of.items()}


def _variables(indicator: Indicator, catalogue: Catalogue) -> set[str]:
    classifications = load_classifications()
    names = {need for population in indicator.populations for need in catalogue.populations[population].needs}
    names |= {str(classifications[each].variable) for each in indicator.dimensions if classifications[each].variable}
    return names | set(indicator.variables)


def _shares(core: Relation, variables: Iterable[str]) -> dict[str, float]:
    """Per cent of the cases asked who did not answer, by variable; zero where nobody was asked."""
    columns = core_columns()
    kinds = {name: f"{name}_missing" if f"{name}_missing" in columns else name for name in variables}
    counts = []
    for column in kinds.values():
        kind = f"coalesce({quote_name(column)}, '')"
        counts.append(f"count(*) filter (where {kind} in ({_texts(NO_ANSWER)}))")
        counts.append(f"count(*) filter (where {kind} not in ({_texts(NOT_OF_THE_ASKED)}))")
    if not counts:
        return {}
    row = core.connection.execute(f"select {', '.join(counts)} from {core} where weight > 0").fetchall()[0]
    pairs = zip(row[::2], row[1::2], strict=True)
    return {name: 100 * missing / asked if asked else 0.0 for name, (missing, asked) in zip(kinds, pairs, strict=True)}


def flag_nonresponse(numbers: Relation, core: Relation, source: Survey, catalogue: Catalogue) -> None:
    """Flag the numbers whose item non-response is above the limits of the source's profile, with a note.

    A number with a graver status keeps it. Nothing is flagged under profiles without such limits.
    """
    profile = load_reliability(source.reliability)
    if not has_limits(profile):
        return
    shares = item_nonresponse(core, {name: catalogue.indicators[name] for name in indicators_of(numbers)}, catalogue)
    for name, share in shares.items():
        status = nonresponse_status(profile, share)
        if status is None:
            continue
        numbers.connection.execute(
            f"""
            update {numbers} set
                obs_status = {flagged_sql(profile, status)},
                note_indicator = concat_ws({quote_text(SEPARATOR)}, nullif(note_indicator, ''), ?)
            where indicator = ?
            """,
            [nonresponse_note(share), name],
        )


def has_limits(profile: Reliability) -> bool:
    """Whether a profile has limits of item non-response."""
    return profile.unreliable_nonresponse is not None or profile.not_significant_nonresponse is not None


def nonresponse_note(share: float) -> str:
    """The note published with flagged numbers."""
    return note("Quality", f"item non-response {share:.1f} per cent of the cases asked")


def _texts(values: Iterable[str]) -> str:
    return ", ".join(quote_text(value) for value in values)
