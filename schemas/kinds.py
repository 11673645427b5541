"""The kinds of source there are. The model and faults of each are in files of its own; KINDS lists them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from schemas.benchmark import BENCHMARK
from schemas.corridors import CORRIDORS
from schemas.events import EVENTS
from schemas.published import PUBLISHED
from schemas.register_faults import REGISTER
from schemas.source import Source
from schemas.source_kind import SourceKind
from schemas.survey_faults import SURVEY

_ALL: tuple[SourceKind[Source], ...] = (
    SURVEY,
    REGISTER,
    EVENTS,
    CORRIDORS,
    PUBLISHED,
    BENCHMARK,
)

KINDS: Mapping[str, SourceKind[Source]] = MappingProxyType({kind.name: kind for kind in _ALL})
"""The values of `kind` in a source.yaml -> that kind of source."""
