"""A survey as its folder declares it: how its records are read, its sample, and where each variable comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from schemas.bands import band_of
from schemas.concepts import banded
from schemas.correction import Correction
from schemas.declaration import Declaration, Identifier, Range, Text
from schemas.expressions import check_expression
from schemas.guards import Guards, WaveInFile
from schemas.joins import Join
from schemas.periods import Waves
from schemas.read import Read, most_particular, placed
from schemas.sample_design import Design, DesignInWaves
from schemas.selection import Selection
from schemas.source import MISSING_KINDS, CodeValue, MissingKind, Runnable
from schemas.stray_codes import StrayCodes
from schemas.survey_figure import SurveyFigure

Territories = Literal["home", "abroad"]
Rule = Literal["labour_force_icls19", "time_related_underemployment_icls19", "potential_labour_force_icls19"]


class Variable(Declaration):
    """Where a canonical variable comes from: exactly one of column, columns, expression, constant, derive, missing."""

    column: Identifier | None = Field(
        default=None,
        description="our column name (columns.csv) of the answer: a code with `map` or `country`, else a number "
        "or a text as it is",
        examples=["age_years"],
    )
    columns: list[Identifier] | None = Field(
        default=None, description="several columns joined by '-', for identifiers", examples=[["household", "line"]]
    )
    map: Identifier | None = Field(
        default=None, description="the map of code_maps.csv that translates the codes of the column", examples=["sex"]
    )
    country: Literal["m49", "iso2", "iso3", "name"] | None = Field(
        default=None,
        description="the column holds countries, written as m49, iso2, iso3 or name; codes in `map` come first. A "
        "name is known whole (ISO 3166-1, UN M49, the CLDR in any language) or not at all",
        examples=["iso3"],
    )
    expression: str | None = Field(
        default=None,
        description="DuckDB SQL over raw.<column> and the variables mapped from columns, of an allowed list of "
        "parts. A cast to a number reads a text by the declared marks (`read.decimal`, "
        "`read.thousands`), one to whole numbers leaves the fraction out. Beside a `map` or `country` it gives codes, "
        "which are translated as those of a column, and names raw.<column> alone",
        examples=["case when raw.contract = '1' then 'formal' else 'informal' end"],
    )
    missing: MissingKind | None = Field(
        default=None,
        description="the same kind of missing for everyone: not_asked where the survey does not ask it, "
        "not_available where it does and the file does not show it",
        examples=["not_asked"],
    )
    constant: str | None = Field(
        default=None,
        description="the same value for everyone, as where the survey asks one group alone",
        examples=["employed"],
    )
    derive: Rule | None = Field(
        default=None,
        description="a named rule, from the variables that hold the answers: labour_force_icls19 from "
        "worked_for_pay_or_profit, temporarily_absent, absence_keeps_attachment, sought_work and "
        "available_for_work; the others in the same way (schemas/survey.py)",
        examples=["labour_force_icls19"],
    )
    blank: MissingKind | None = Field(
        default=None,
        description="the kind of missing that an empty field means, or an expression that gives no number",
        examples=["not_in_universe"],
    )
    codes: dict[str, MissingKind] = Field(
        default={},
        description="numbers: what special values mean: {code: kind of missing}, a code being a text as it is "
        "written, a number or a range (97..99, 900.., ..-1); of an expression, values of its columns "
        "that an SPSS or Stata file calls missing",
        examples=[{"97..99": "unknown", ".a": "refused"}],
    )
    bands: dict[str, Range] = Field(
        default={},
        description="age, year of arrival and years since arrival, where each code of the column stands for "
        "several years, and no code is then read as a number; or a `map` whose values are 16..19, "
        "65.. or ..4. Ages on both sides of the minimum age need `working_age` declared beside them",
        examples=[{"1": {"from": 15, "to": 19}, "2": {"from": 20}}],
    )
    multiply: float | None = Field(
        default=None,
        gt=0,
        description="numbers: the factor that each is multiplied by, such as 0.0833 to bring annual amounts to months",
        examples=[0.0833],
    )
    fold: bool = Field(
        default=False, description="codes of the map match whatever their case: `si` is `SI`", examples=[True]
    )
    zeros_kept: bool | None = Field(
        default=None,
        description="whether codes keep their leading zeros: true where they do and none has one, false where "
        "they were lost and may be given back, as in files that store numbers",
        examples=[False],
    )
    stray_codes: StrayCodes | None = Field(
        default=None,
        description="how many records may hold codes that no map has: they count as unknown, with a note",
        examples=[{"records": 2, "share": 0.0001, "because": "the codebook does not list 0"}],
    )
    territories: Territories | None = Field(
        default=None,
        description="what countries of the same state as the reporting one count as, such as Réunion for FRA: "
        "home (the reporting country) or abroad; beside `country`, a map can say it of each",
        examples=["home"],
    )
    note: Text | None = Field(
        default=None,
        description="what to know of the variable, given with every number based on it; for a missing one, why it "
        "is missing",
        examples=[{"en": "asked of employees only"}],
    )

    @model_validator(mode="after")
    def _one_origin(self) -> Variable:
        origins = [self.column, self.columns, self.expression, self.missing, self.constant, self.derive]
        if sum(origin is not None for origin in origins) != 1:
            raise ValueError("give exactly one of column, columns, expression, constant, derive or missing")
        return self

    @property
    def is_translated(self) -> bool:
        """Whether codes, of a column or given by an expression, are translated by a map or known as countries."""
        has_codes = self.column is not None or self.expression is not None
        return has_codes and (self.map is not None or self.country is not None)

    @property
    def computed(self) -> str | None:
        """The expression that gives the value itself; None where there is none, or where it gives codes."""
        return None if self.is_translated else self.expression

    def in_bands(self, codes: Mapping[str, CodeValue]) -> Variable:
        """The variable with the bands of its map as `bands`, and the kinds of missing there as `codes` and `blank`."""
        values = {code: meaning.value for code, meaning in codes.items()}
        bands = {code: band for code, value in values.items() if (band := band_of(value)) is not None}
        kinds: dict[str, MissingKind] = {
            code: kind for code, value in values.items() for kind in MISSING_KINDS if kind == value
        }
        blank = kinds.pop("", self.blank)
        return self.model_copy(update={"map": None, "bands": bands, "codes": kinds, "blank": blank})


DERIVED_FROM: dict[Rule, tuple[str, tuple[str, ...]]] = {
    "labour_force_icls19": (
        "labour_force_status",
        ("worked_for_pay_or_profit", "temporarily_absent", "absence_keeps_attachment", "sought_work",
         "available_for_work"),
    ),
    "time_related_underemployment_icls19": (
        "time_related_underemployment", ("wants_more_hours", "available_for_more_hours"),
    ),
    "potential_labour_force_icls19": (
        "potential_labour_force", ("sought_work", "available_for_work", "wanted_work"),
    ),
}  # fmt: skip
"""Rule -> the variable that it gives, and those it cannot do without."""


class VariablesInWaves(Declaration):
    """Variables that come from elsewhere in some waves, as after a new questionnaire."""

    waves: Waves = Field(
        description="one wave, a range such as `from 2024-Q4`, or a list of them", examples=["from 2024-Q4"]
    )
    variables: dict[str, Variable] = Field(
        min_length=1,
        description="the variables that differ, each as a whole",
        examples=[{"sex": {"column": "sex_new", "map": "sex"}}],
    )


class Consolidation(Declaration):
    """Longer periods made of the waves: averages over all of them, and none where one is missing."""

    to: list[Literal["quarterly", "annual"]] = Field(
        min_length=1, description="the longer periods", examples=[["annual"]]
    )
    periods: Literal["independent", "same_units", "unknown"] = Field(
        description="how the samples of the waves are related: independent; same_units, the same sampling units "
        "(or replicates) in all, so that estimates are correlated; or unknown, and then no standard "
        "error is given. independent is refused where person_id shows the same persons again, of the same "
        "sex and age, in more than 1 in 100 records",
        examples=["same_units"],
    )


class Survey(Runnable):
    """A national survey: `source.yaml` with `columns.csv` and `code_maps.csv` beside it."""

    waves_read_otherwise: ClassVar[bool] = True

    kind: Literal["survey"] = Field(description="that it is a survey", examples=["survey"])
    icls_basis: Literal["13", "19"] = Field(
        description="which resolution of the ICLS the labour force concepts follow", examples=["19"]
    )
    minimum_age: int = Field(ge=0, le=150, description="the youngest persons who are asked about work", examples=[15])
    maximum_unknown_share: float = Field(
        default=0.2,
        gt=0,
        le=1,
        description="the largest share of unknown values in a variable, among those asked, beyond which a warning "
        "is given",
        examples=[0.1],
    )
    read: Read = Field(description="how its files are laid out", examples=[{"format": "delimited", "delimiter": ";"}])
    design: Design = Field(
        description="its sample: the weight, and what standard errors follow",
        examples=[{"kind": "clustered", "weight": {"column": "weight"}, "stratum": "stratum", "psu": "psu"}],
    )
    variables: dict[str, Variable] = Field(
        description="canonical variable (schemas/concepts.yaml) -> where it comes from; one that is left out is "
        "not available",
        examples=[{"sex": {"column": "sex_code", "map": "sex"}}],
    )
    variables_in_waves: list[VariablesInWaves] = Field(
        default=[],
        description="variables that are declared differently in some waves, each as a whole; those of a wave itself "
        "take precedence over those of a range, and two ranges that share a wave do not both declare a variable",
        examples=[[{"waves": "from 2024-Q4", "variables": {"sex": {"column": "sex_new", "map": "sex"}}}]],
    )
    design_in_waves: list[DesignInWaves] = Field(
        default=[],
        description="the sample design in some waves where it is another, as a whole; that of a wave itself takes "
        "precedence over that of a range, and two ranges that share a wave do not both have one",
        examples=[
            [{"waves": "to 2016-Q4", "design": {"kind": "none", "weight": {"column": "w"}, "reason": "a sample"}}]
        ],
    )
    corrections: list[Correction] = Field(
        default=[],
        description="known errors of the producer, applied as long as they are there",
        examples=[
            [
                {
                    "wave": "2019",
                    "where": "raw.age = '200'",
                    "set": {"age": "'20'"},
                    "rows": 3,
                    "because": "erratum of May 2020",
                }
            ]
        ],
    )
    without: dict[Identifier, Text] = Field(
        default={},
        description="populations (schemas/indicators.yaml) that the source cannot identify -> why; indicators "
        "that need one are not estimated, since a zero would be read as a finding",
        examples=[{"returned_migrants": {"en": "the questionnaire does not ask of work abroad"}}],
    )
    consolidate: Consolidation | None = Field(
        default=None,
        description="longer periods made of the waves: averages over all of them, and none where one is missing",
        examples=[{"to": ["annual"], "periods": "independent"}],
    )
    hours_threshold: float | None = Field(
        default=None,
        gt=0,
        le=168,
        description="the weekly hours below which the country counts time-related underemployment, where they are "
        "not those of schemas/definitions.yaml",
        examples=[35],
    )
    guards: Guards = Field(
        default=Guards(),
        description="what is too unlikely to be published before a person has looked at it",
        examples=[{"weight_ratio": 200, "because": "some cells of the sample are very small"}],
    )
    figures: list[SurveyFigure] = Field(
        default=[],
        description="figures that others publish, which its numbers are compared with, and what becomes of those that "
        "are further away than is allowed",
        examples=[[{"beside": ["participation_rate"], "per_cent": 3}]],
    )
    wave_in_file: WaveInFile | None = Field(
        default=None,
        description="the columns in which the file says which wave it is; every record is compared",
        examples=[{"year": "raw.survey_year"}],
    )
    where: list[Selection] = Field(
        default=[],
        description="the records of the files that count, where not all do",
        examples=[[{"keep": "raw.relationship = '01'", "because": "only the reference person is asked"}]],
    )
    joins: dict[Identifier, Join] = Field(
        default={},
        description="files of households, rosters or jobs whose rows stand beside the records",
        examples=[
            {
                "household": {
                    "file": "hogar_*.csv",
                    "keys": {"household": "hh_household"},
                    "columns": ["hh_income"],
                    "records": "many",
                }
            }
        ],
    )

    @property
    def answered(self) -> tuple[str, ...]:
        """The variables that are taken from the files, neither missing nor the same for everyone."""
        return tuple(name for name, each in self.variables.items() if each.missing is None and each.constant is None)

    def wave_read(self, wave: str) -> Read:
        """How the files of that wave are laid out."""
        own = self.waves[wave].read if wave in self.waves else None
        return placed(own.over(self.read) if own else self.read, self.wave_names(wave))

    def wave_joins(self, wave: str) -> dict[str, Join]:
        """The files that are joined to the records of a wave."""
        return {name: join for name, join in self.joins.items() if wave in join.waves}

    def record_columns(self, wave: str) -> dict[str, str]:
        """Our column name -> the producer's, of the columns that stand in the files of the records themselves."""
        joined = {column for join in self.joins.values() for column in join.own_columns}
        return {column: name for column, name in self.wave_columns(wave).items() if column not in joined}

    def declared_variables(self, wave: str) -> dict[str, Variable]:
        """The variables as they are declared for a wave, whether or not it has their columns."""
        found = dict(self.variables)
        holding = [each for each in self.variables_in_waves if wave in each.waves]
        for each in sorted(holding, key=lambda each: wave in each.waves.named):
            found |= each.variables
        return found

    def wave_design(self, wave: str) -> Design:
        """The sample design of a wave."""
        own = most_particular(self.design_in_waves, wave)
        return own.design if own else self.design

    def of_wave(self, wave: str) -> Self:
        """The survey as it is in one wave."""
        changes = {"variables": self.declared_variables(wave), "variables_in_waves": []}
        design = {"design": self.wave_design(wave), "design_in_waves": []}
        return super().of_wave(wave).model_copy(update=changes | design)

    def wave_fields(self, wave: str) -> dict[str, Any]:
        """What the declaration says of one wave: its variables as the wave has them, too."""
        return {**super().wave_fields(wave), "variables": self.wave_variables(wave)}

    def expression_names(self, name: str, variable: Variable) -> set[str]:
        """What the expression of a variable may name: raw.<column>, and variables that are not computed.

        One that gives codes is itself what others are computed from, and names columns alone.
        """
        columns = {f"raw.{column}" for column in self.columns}
        if variable.is_translated:
            return columns
        mapped = {name for name, each in self.variables.items() if each.computed is None and not each.derive}
        return columns | (mapped - {name})

    def expression_sql(self, name: str) -> str:
        """The expression of a variable, written out for DuckDB. Raises DeclarationError where a part is not allowed."""
        variable = self.variables[name]
        names = self.expression_names(name, variable)
        return check_expression(str(variable.expression), columns=names, where=f"{self.id}, {name}")

    def wave_variables(self, wave: str) -> dict[str, Variable]:
        """The variables as that wave has them: one whose column the wave lacks was not asked in it."""
        present = self.wave_columns(wave)
        absent = Variable(missing="not_asked")
        return {
            name: absent
            if variable.column is not None and variable.column not in present
            else self.as_banded(name, variable, wave)
            for name, variable in self.declared_variables(wave).items()
        }

    def as_banded(self, name: str, variable: Variable, wave: str) -> Variable:
        """A variable of years whose map says what band each code stands for, with its `bands`; any other as it is."""
        if variable.map is None or name not in banded():
            return variable
        return variable.in_bands(self.wave_codes(wave).get(variable.map, {}))
