"""The sample design of a survey: its weight, and the strata and sampling units or replicate weights of its errors."""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from schemas.column_ranges import expand_name
from schemas.declaration import Declaration, Identifier
from schemas.periods import Waves

Factor = Annotated[float, Field(gt=0)]


class Weight(Declaration):
    """What each record stands for: a column, or the same number for all, and the factor that brings it to persons."""

    column: Identifier | None = Field(default=None, description="our name of the weight's column", examples=["weight"])
    constant: float | None = Field(
        default=None,
        gt=0,
        description="the weight of every record, where all weigh the same: 1 in a census, 20 in a sample of one in 20",
        examples=[20],
    )
    scale: Factor | dict[str, Factor] = Field(
        default=1.0,
        description="the factor that brings the sum of weights to persons, such as 0.25 where four quarters are pooled;"
        " or one for each of some waves, such as {to 2019: 0.25, from 2020: 1}",
        examples=[0.25],
    )

    @model_validator(mode="after")
    def _one_origin(self) -> Weight:
        if (self.column is None) == (self.constant is None):
            raise ValueError("give the weight's `column`, or the `constant` that every record weighs")
        if isinstance(self.scale, dict):
            for waves in self.scale:
                Waves(waves)
        return self

    def scale_in(self, wave: str) -> float:
        """The factor of a wave. Raises ValueError where none, or several, are declared for it."""
        if not isinstance(self.scale, dict):
            return self.scale
        found = [factor for waves, factor in self.scale.items() if wave in Waves(waves)]
        if len(found) != 1:
            raise ValueError(f"`weight.scale` has {len(found) or 'no'} factor(s) for wave {wave}, and needs one")
        return found[0]


class Replicates(Declaration):
    """Replicate weights, the sampling weight included in each, and how the producer made them."""

    columns: str | list[Identifier] = Field(
        description="our names of them in columns.csv: a list, or one name with a range; the sampling weight is "
        "included in each",
        examples=["replicate_{1-80}"],
    )
    method: Literal["brr", "fay", "jackknife_1", "jackknife_n", "bootstrap", "sdr"] = Field(
        description="how the producer made them: brr, fay, jackknife_1, jackknife_n, bootstrap, or sdr "
        "(successive differences)",
        examples=["sdr"],
    )
    centre: Literal["full_estimate", "mean"] = Field(
        description="what the replicates' estimates are compared with: full_estimate, or mean (of theirs)",
        examples=["full_estimate"],
    )
    fay: float | None = Field(
        default=None, ge=0, lt=1, description="Fay's factor, for method fay alone", examples=[0.5]
    )
    factors: list[float] | None = Field(
        default=None,
        description="one for each replicate (R's rscales); for jackknife_n, (n - 1) / n with n the PSUs of the "
        "stratum that has lost one",
        examples=[[0.5, 0.5]],
    )
    scale: float | None = Field(
        default=None,
        gt=0,
        description="in place of the method's own factor for all replicates (R's scale)",
        examples=[0.05],
    )
    degrees_of_freedom: int | None = Field(
        default=None,
        ge=1,
        description="as the producer gives them; the rank of the replicate weights less one where left out",
        examples=[79],
    )

    @model_validator(mode="after")
    def _complete(self) -> Replicates:
        if len(self.names) < 2:
            raise ValueError("a variance needs two replicate weights at least")
        if (self.method == "fay") != (self.fay is not None):
            raise ValueError("method fay, and no other, needs Fay's factor in `fay`")
        if self.method == "jackknife_n" and self.factors is None:
            raise ValueError("method jackknife_n needs the `factors` of its replicates")
        if self.factors is not None and (len(self.factors) != len(self.names) or min(self.factors) < 0):
            raise ValueError(f"`factors` holds one number for each of the {len(self.names)} replicates, none negative")
        return self

    @property
    def names(self) -> list[str]:
        """Our names of the columns, in order."""
        return expand_name(self.columns) if isinstance(self.columns, str) else self.columns

    @property
    def label(self) -> str:
        """The method in words."""
        words = {
            "brr": "balanced repeated replication",
            "fay": f"balanced repeated replication with Fay's factor {self.fay:g}" if self.fay is not None else "",
            "jackknife_1": "jackknife of one group at a time",
            "jackknife_n": "stratified jackknife",
            "bootstrap": "bootstrap",
            "sdr": "successive differences",
        }
        return words[self.method]

    @property
    def variance_factors(self) -> list[float]:
        """What the squared deviation of each replicate is multiplied by."""
        count = len(self.names)
        own = {
            "brr": 1 / count,
            "fay": 1 / (count * (1 - (self.fay or 0)) ** 2),
            "jackknife_1": (count - 1) / count,
            "jackknife_n": 1.0,
            "bootstrap": 1 / (count - 1),
            "sdr": 4 / count,
        }[self.method]
        scale = own if self.scale is None else self.scale
        return [scale * factor for factor in self.factors or [1.0] * count]


class Design(Declaration):
    """The survey design that standard errors follow."""

    kind: Literal["clustered", "replicate", "persons", "none"] = Field(
        description="clustered: strata and PSUs, linearised, PSUs taken as drawn with replacement; replicate: "
        "replicate weights; persons: no design variables in the file, persons as units, times a "
        "declared design effect; none: no standard error can be given",
        examples=["clustered"],
    )
    weight: Weight = Field(description="what each record stands for", examples=[{"column": "weight"}])
    replicates: Replicates | None = Field(
        default=None,
        description="the replicate weights of kind replicate",
        examples=[{"columns": "replicate_{1-80}", "method": "sdr", "centre": "full_estimate"}],
    )
    stratum: Identifier | None = Field(
        default=None, description="our column of the stratum; one for all where left out", examples=["stratum"]
    )
    psu: Identifier | None = Field(
        default=None, description="our column of the primary sampling unit", examples=["psu"]
    )
    psu_digits: int | None = Field(
        default=None,
        ge=1,
        description="how many characters at the beginning of the column are those of the PSU, where the number of a "
        "dwelling or household begins with it",
        examples=[8],
    )
    single_psu: Literal["error", "average", "adjust", "remove", "certainty"] = Field(
        default="error",
        description="what a stratum of a single PSU adds to the variance, as survey.lonely.psu of R's package "
        "survey does: adjust, the square of the PSU's own total (of its linear variable for rates and "
        "means), which errs on the safe side; average, the mean of the other strata; remove and "
        "certainty, nothing; error stops the partition",
        examples=["adjust"],
    )
    design_effect: float = Field(
        default=1, gt=0, description="kind persons: what variances are multiplied by", examples=[1.8]
    )
    design_effect_reference: str | None = Field(
        default=None, description="where the design effect is published", examples=["Quality report 2023, table 4"]
    )
    reason: str | None = Field(
        default=None,
        description="kinds persons and none: why strata and PSUs are not used",
        examples=["the public file holds no design variables"],
    )

    @model_validator(mode="after")
    def _complete(self) -> Design:
        if fault := next(self.rules.faults(self), None):
            raise ValueError(fault)
        if (self.replicates is not None) != (self.rules.units == "replicates"):
            raise ValueError("a replicate design, and no other, declares its `replicates`")
        if self.psu_digits is not None and not self.psu:
            raise ValueError("`psu_digits` is about the column that `psu` names")
        if self.design_effect != 1 and not self.design_effect_reference:
            raise ValueError("a design effect needs a `design_effect_reference`")
        return self

    @property
    def rules(self) -> DesignRules:
        """The object of its kind, which holds all that differs between designs."""
        return DESIGNS[self.kind]

    @property
    def psus_are_units(self) -> bool:
        """Whether the variance is taken between the PSUs of the records, within their strata."""
        return self.rules.units == "psus"

    @property
    def gives_errors(self) -> bool:
        """Whether numbers have standard errors."""
        return self.rules.gives_errors

    @property
    def discloses_squares(self) -> bool:
        """Whether published standard errors reveal the squares of weights: those of independent persons do."""
        return self.rules.units == "persons" and self.gives_errors

    @property
    def how_errors(self) -> str | None:
        """How standard errors are made, or why there are none; nothing where that is as usual."""
        return self.rules.how_errors(self)

    @property
    def replicate_names(self) -> list[str]:
        """Our names of the columns of replicate weights; none where the design has no replicates."""
        return self.replicates.names if self.replicates else []

    @property
    def columns(self) -> list[str]:
        """Our names of all columns that the design needs."""
        return [name for name in (self.weight.column, self.stratum, self.psu, *self.replicate_names) if name]


class DesignInWaves(Declaration):
    """Another sample design in some waves, such as those of which the file is a sample of the producer's."""

    waves: Waves = Field(
        description="one wave, a range such as `to 2016-Q4`, or a list of them", examples=["to 2016-Q4"]
    )
    design: Design = Field(
        description="the design of these waves, as a whole",
        examples=[{"kind": "none", "weight": {"column": "w"}, "reason": "a sample of the file"}],
    )


class DesignRules(ABC):
    """One kind of sample design.

    units             what the variance is taken between: psus, replicates or persons
    gives_errors      whether numbers have standard errors
    has_common_units  whether several periods may have their units in common (`consolidate`, periods: same_units)
    has_own_units     whether several periods may have units of their own (periods: independent)
    """

    units: ClassVar[Literal["psus", "replicates", "persons"]]
    gives_errors: ClassVar[bool] = True
    has_common_units: ClassVar[bool] = True
    has_own_units: ClassVar[bool] = True

    def faults(self, design: Design) -> Iterator[str]:
        """What its declaration lacks."""
        yield from ()

    def how_errors(self, design: Design) -> str | None:
        """How standard errors are made, or why there are none; nothing where that is as usual."""
        return None


SINGLE_PSU = {
    "adjust": "a stratum of a single PSU adds the square of its total, as with `adjust` of R's package survey",
    "average": "a stratum of a single PSU adds the mean of the others, as with `average` of R's package survey",
    "remove": "a stratum of a single PSU adds nothing",
    "certainty": "a stratum of a single PSU adds nothing: the PSU was certain to be drawn",
}


class _Clustered(DesignRules):
    units = "psus"

    def faults(self, design: Design) -> Iterator[str]:
        if not design.psu:
            yield "a clustered design needs a `psu` column"

    def how_errors(self, design: Design) -> str | None:
        return f"linearised; {SINGLE_PSU[design.single_psu]}" if design.single_psu in SINGLE_PSU else None


class _Replicate(DesignRules):
    units = "replicates"
    has_own_units = False

    def how_errors(self, design: Design) -> str | None:
        label = design.replicates.label if design.replicates else ""
        return f"{len(design.replicate_names)} replicate weights, {label}"


class _Persons(DesignRules):
    units = "persons"
    has_common_units = False

    def faults(self, design: Design) -> Iterator[str]:
        if not design.reason:
            yield "say in `reason` why strata and PSUs are not used"

    def how_errors(self, design: Design) -> str | None:
        return f"persons as independent units, design effect {design.design_effect:g}: {design.reason}"


class _NoErrors(_Persons):
    """As with persons as units, except that no standard error is published."""

    gives_errors = False

    def how_errors(self, design: Design) -> str | None:
        return f"not given: {design.reason}"


DESIGNS: Mapping[str, DesignRules] = MappingProxyType(
    {"clustered": _Clustered(), "replicate": _Replicate(), "persons": _Persons(), "none": _NoErrors()}
)
