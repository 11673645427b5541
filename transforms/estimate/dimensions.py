"""The classifications by which indicators are broken down, as available in the records of one wave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schemas.classifications import Classification, load_classifications
from schemas.indicators import Catalogue
from schemas.partition import Partition
from schemas.survey import Survey
from schemas.survey_gives import may_hold
from transforms.estimate.aggregates import IN_AGGREGATES, aggregates_note, aggregates_of, supported_versions
from transforms.estimate.bands import IN_BANDS, bands_note, only_totals_left
from transforms.estimate.profile import Profile
from transforms.estimate.rollup import absent_kind

ONE_CLASS = "one_class"


@dataclass(frozen=True)
class Dimensions:
    """Classifications by name, and what is lacking of them in the records.

    absent    of those whose variable the source has for nobody, its kind of missing: as declared where it is, or
              `in_bands` or `in_aggregates` where the variable is known in such as leave no class; `one_class` where the
              source covers only the class that then stands alone
    in_bands  of those whose variable is known in bands that lie across some class, what a table says of it
    in_groups of those whose variable is known in groups of values that some version does not support, the same
    """

    classifications: Mapping[str, Classification]
    absent: Mapping[str, str]
    in_bands: Mapping[str, str]
    in_groups: Mapping[str, str]

    def absent_variables(self, names: Iterable[str]) -> dict[str, str]:
        """The variables of some classifications that the source has for nobody, with their kind of missing."""
        return {self._variable(name): self.absent[name] for name in names if name in self.absent}

    def variables_in_bands(self, names: Iterable[str]) -> dict[str, str]:
        """The variables of some classifications that are known in bands or groups, with what a table says of it."""
        said = {**self.in_bands, **self.in_groups}
        return {self._variable(name): said[name] for name in names if name in said}

    def variables_in_groups(self, names: Iterable[str]) -> dict[str, str]:
        """The variables of some classifications of which some version is not given, with what a table says of it."""
        return {self._variable(name): self.in_groups[name] for name in names if name in self.in_groups}

    def by_country(self, names: Iterable[str]) -> set[str]:
        """Those of some classifications whose codes are countries."""
        return {name for name in names if self.classifications[name].countries is not None}

    def _variable(self, name: str) -> str:
        return str(self.classifications[name].variable)


def dimensions_of(catalogue: Catalogue) -> dict[str, Classification]:
    """The classifications that the indicators of a catalogue are broken down by."""
    declared = load_classifications()
    return {name: declared[name] for each in catalogue.indicators.values() for name in each.dimensions}


def read_dimensions(
    source: Survey, partition: Partition, classifications: Mapping[str, Classification], profile: Profile
) -> Dimensions:
    """What the profile of a wave's records has of some classifications."""
    absent: dict[str, str] = {}
    in_bands: dict[str, str] = {}
    in_groups: dict[str, str] = {}
    aggregates = aggregates_of(profile)
    for name, each in classifications.items():
        bands = profile.bands.get(str(each.variable), ())
        kind = absent_kind(each, profile, partition.ref_area)
        if kind is not None:
            declared = source.wave_variables(partition.wave).get(str(each.variable))
            absent[name] = (declared.missing if declared is not None else None) or kind
        elif each.alone is not None and not _is_divided(source, partition, each, profile):
            absent[name] = ONE_CLASS
        elif only_totals_left(each, bands):
            absent[name] = IN_BANDS
        elif not supported_versions(each, aggregates.get(str(each.variable), ())):
            absent[name] = IN_AGGREGATES
        if said := bands_note(name, each, bands):
            in_bands[name] = said
        if said := aggregates_note(name, each, aggregates.get(str(each.variable), ())):
            in_groups[name] = said
    return Dimensions(classifications, absent, in_bands, in_groups)


def may_have(source: Survey, partition: Partition, profile: Profile, variable: str, value: str) -> bool:
    """Whether persons of a wave may have a value of a category: some do, or its declaration has it."""
    return value in profile.values.get(variable, ()) or may_hold(source, partition.wave, variable, value)


def _is_divided(source: Survey, partition: Partition, classification: Classification, profile: Profile) -> bool:
    """Whether persons may be in another class than that which stands alone where there is no other."""
    others = [each for each in classification.codes if each != classification.alone]
    values = {value for each in others for value in classification.values_of(each)}
    return any(may_have(source, partition, profile, str(classification.variable), each) for each in values)
