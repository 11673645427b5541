"""The regional estimates as the tables of a release: observations of groups, inputs and diagnostics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from schemas.communities import Composition
from schemas.editions import Editions, Profile
from schemas.regional_indicators import RegionalIndicator, load_regional_indicators
from transforms.measures import measure_of
from transforms.notes import join_notes, note
from transforms.regional.edition import Aggregates
from transforms.regional.frames import DIAGNOSTICS, INPUTS, OBSERVATIONS

SEX_CODES = {"total": "SEX_T", "male": "SEX_M", "female": "SEX_F"}
STATUS_CODES = {"total": "MIG_STATUS_TOTAL", "migrant": "MIG_STATUS_MIGRANT", "non_migrant": "MIG_STATUS_NONMIG"}
ADULTS = "AGE_YTHADULT_YGE15"
AGE_CODES = {
    "15-24": "AGE_AGGREGATE_Y15-24",
    "25-54": "AGE_AGGREGATE_Y25-54",
    "55-64": "AGE_AGGREGATE_Y55-64",
    "65+": "AGE_AGGREGATE_YGE65",
}
ACTIVITY_CODES = {
    "total": "ECO_SECTOR_TOTAL",
    "agriculture": "ECO_SECTOR_AGR",
    "industry": "ECO_SECTOR_IND",
    "services": "ECO_SECTOR_SER",
}
ESTIMATED, MODELLED, IMPUTED = "E", "M", "I"


def _scale(indicator: RegionalIndicator) -> float:
    """The factor from a count of persons, or a share, to the published unit."""
    return 100.0 if measure_of(indicator).is_share else float(10**-indicator.unit_mult)


def observations(
    editions: Editions, profile: Profile, year: int, aggregates: Aggregates, *, vintage: str
) -> pd.DataFrame:
    """The aggregates of one year (frames.OBSERVATIONS).

    Status E where at least the declared share of the group's migrants is observed, M where less is observed, I where
    none is.
    """
    rows = []
    whole = aggregates.whole
    for name, indicator in load_regional_indicators().items():
        scale = _scale(indicator)
        if indicator.takes == "activity":
            rows.append(_by_activity(name, scale, aggregates.activities))
            continue
        found = whole[whole["measure"] == indicator.takes]
        rows.append(
            pd.DataFrame(
                {
                    "ref_area": found["group"],
                    "indicator": name,
                    "sex": found["sex"].map(SEX_CODES),
                    "classif1": ADULTS,
                    "classif2": found["status"].map(STATUS_CODES),
                    "obs_value": found["value"] * scale,
                    "se": found["error"] * scale,
                    "lower_bound": found["lower"] * scale,
                    "upper_bound": found["upper"] * scale,
                    "share": found["share_observed"].where(found["status"] != "total"),
                }
            )
        )
        if indicator.takes == "labour_force":
            rows.append(_by_age(name, scale, aggregates.ages, whole))
    frame = pd.concat([part for part in rows if len(part)], ignore_index=True)
    needed = editions.method.share_observed_needed
    frame["obs_status"] = np.select([frame["share"] == 0, frame["share"] < needed], [IMPUTED, MODELLED], ESTIMATED)
    frame["note_classif"] = [
        _share_note(code.split("_")[0], share, needed, error)
        for code, share, error in zip(frame["classif1"], frame["share"], frame["se"], strict=True)
    ]
    frame["cv"] = 100 * frame["se"] / frame["obs_value"].where(frame["obs_value"] != 0)
    frame = frame.assign(
        source=editions.source.written,
        time=str(year),
        note_indicator=note(
            "Definition of migrants", "foreign-born where countries report them, foreign citizens otherwise"
        ),
        note_source=_source_notes(frame["ref_area"], profile, year, aggregates),
        n=pd.array([pd.NA] * len(frame), dtype="Int64"),
        distinct_persons=pd.array([pd.NA] * len(frame), dtype="Int64"),
        degrees_of_freedom=pd.array([pd.NA] * len(frame), dtype="Int64"),
        wave=str(profile.year),
        vintage=vintage,
    )
    return OBSERVATIONS.of(frame)


def _by_activity(name: str, scale: float, activities: pd.DataFrame) -> pd.DataFrame:
    """Employed migrants by activity, and the sum of all activities."""
    sums = activities.groupby(["group", "sex"], as_index=False).agg(
        value=("value", "sum"), share_observed=("share_observed", "first")
    )
    both = pd.concat([sums.assign(activity="total"), activities]) if len(activities) else activities
    return pd.DataFrame(
        {
            "ref_area": both["group"],
            "indicator": name,
            "sex": both["sex"].map(SEX_CODES),
            "classif1": both["activity"].map(ACTIVITY_CODES),
            "classif2": STATUS_CODES["migrant"],
            "obs_value": both["value"] * scale,
            "share": both["share_observed"],
        }
    )


def _by_age(name: str, scale: float, ages: pd.DataFrame, whole: pd.DataFrame) -> pd.DataFrame:
    shares = whole.drop_duplicates(["group", "sex"]).set_index(["group", "sex"])["share_observed"]
    return pd.DataFrame(
        {
            "ref_area": ages["group"],
            "indicator": name,
            "sex": ages["sex"].map(SEX_CODES),
            "classif1": ages["age"].map(AGE_CODES),
            "classif2": STATUS_CODES["migrant"],
            "obs_value": ages["value"] * scale,
            "share": shares.reindex(pd.MultiIndex.from_frame(ages[["group", "sex"]])).to_numpy(),
        }
    )


def _share_note(classification: str, share: float, needed: float, error: float) -> str:
    """The share observed, and why there is no standard error; `classification` is that of the first code: AGE or
    ECO."""
    by_activity = classification == "ECO"
    notes = []
    if np.isfinite(share):
        below = f"; below the {needed:.0%} declared for an estimate" if share < needed else ""
        what = "employed migrants live where their structure is reported, the others have" if by_activity else ""
        what = f"{what} that of their neighbours" if by_activity else "migrants live where this is reported of them"
        notes.append(note("Share observed", f"{share:.0%} of {what}{below}"))
    if not np.isfinite(error):
        reason = "imputed from few countries" if by_activity else "imputed by a rule, not observed"
        notes.append(
            note("Standard error", f"none: the structure by {'activity' if by_activity else 'age'} is {reason}")
        )
    return join_notes(notes)


def _source_notes(groups: Iterable[str], profile: Profile, year: int, aggregates: Aggregates) -> list[str]:
    """The note of each group; that of a community says who is summed."""
    shared = _source_note(profile)
    members = {
        code: join_notes([shared, _members_note(found, year, aggregates.estimated)])
        for code, found in aggregates.compositions.items()
    }
    return [members.get(group, shared) for group in groups]


def _members_note(found: Composition, year: int, estimated: frozenset[str]) -> str:
    """Who is summed in a community, who is not because there is no estimate of it, and who joined or left."""
    listed = {
        "": [area for area in found.members if area in estimated],
        "not estimated and not in the sum: ": [area for area in found.members if area not in estimated],
        f"joined since {year - 1}: ": found.joined,
        f"left since {year - 1}: ": found.left,
    }
    return note("Members", "; ".join(f"{said}{', '.join(areas)}" for said, areas in listed.items() if areas))


def _source_note(profile: Profile) -> str:
    return join_notes(
        [
            note("Experimental estimates", "regions, income groups and the world only; never to be used for a country"),
            note(
                "Edition",
                f"{profile.title}; inputs {', '.join(profile.vintages)}; imputation model "
                f"{profile.model}; not to be mixed with another edition",
            ),
        ]
    )


def regional_input(
    edition: str, year: int, areas: pd.DataFrame, passed_over: Mapping[str, Sequence[str]] | None = None
) -> pd.DataFrame:
    """The areas of a year as written (frames.INPUTS); `passed_over`: our own sources that were not used, by area."""
    unused = {area: f"national_not_used:{', '.join(each)}" for area, each in (passed_over or {}).items()}
    flags = np.where(areas["is_imputed"], "imputed", "observed")
    carried = areas["carried_years"].fillna(0).astype(int)
    texts = [
        ";".join(filter(None, (first, f"odds_carried:{years}" if years else "", rest, unused.get(area, ""))))
        for first, years, rest, area in zip(flags, carried, areas["flags"], areas["area"], strict=True)
    ]
    frame = areas.rename(
        columns={"area": "ref_area", "basis": "odds_basis", "quality": "odds_quality", "origin": "odds_origin"}
    )
    frame = frame.assign(
        edition=edition,
        time=str(year),
        sex=frame["sex"].map(SEX_CODES),
        participation=100 * frame["participation"],
        log_odds_error=np.sqrt(frame["variance"].astype(float)),
        employment_log_odds_error=np.sqrt(frame["employment_variance"].astype(float)),
        odds_year=frame["odds_year"].astype("Int64"),
        flags=texts,
    )
    return INPUTS.of(frame)


def diagnostic(
    edition: str, year: int, subject: str, rows: Iterable[tuple[str, str, str, float]], *, model: str = ""
) -> pd.DataFrame:
    """Diagnostics on one subject (frames.DIAGNOSTICS): (area or group, sex, item, value) each."""
    frame = pd.DataFrame(list(rows), columns=["ref_area", "sex", "item", "value"])
    frame["sex"] = frame["sex"].map(SEX_CODES).fillna("SEX_T")
    frame = frame.assign(edition=edition, time=str(year), subject=subject, model=model)
    return DIAGNOSTICS.of(frame)


def melted(table: pd.DataFrame, keys: Mapping[str, str]) -> Iterable[tuple[str, str, str, float]]:
    """Every number of a wide table as a diagnostic row; `keys` name its columns of area and sex."""
    area, sex = keys["area"], keys["sex"]
    for name in table.columns.drop([area, sex]):
        yield from zip(table[area], table[sex], [name] * len(table), table[name].astype(float), strict=True)
