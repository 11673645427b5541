"""The kinds of sampling units, and the sample of a partition by the kind of its design."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from schemas.partition import Partition
from schemas.survey import Survey
from transforms.estimate.sample import Sample
from transforms.estimate.sample_of_persons import read_persons
from transforms.estimate.sample_of_psus import read_psus
from transforms.estimate.sample_of_replicates import read_replicates
from transforms.relation import Relation

SAMPLES: Mapping[str, Callable[[Relation, Survey, Partition], Sample]] = MappingProxyType(
    {"psus": read_psus, "replicates": read_replicates, "persons": read_persons}
)
"""How the sample is read, by the units of the declared design."""


def read_sample(core: Relation, source: Survey, partition: Partition) -> Sample:
    """The sample of the person records. Raises InputError where the variance cannot be computed from it."""
    return SAMPLES[source.design.rules.units](core, source, partition)
