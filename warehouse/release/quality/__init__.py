"""The quality report of a release: `quality/index.html`, made from its own tables by queries.

In French and Spanish it is beside that, with the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from schemas.declaration import Language

REPORT = "quality/index.html"
"""Where the page in English is in a release."""
REPORTS: Mapping[Language, str] = MappingProxyType(
    {"en": REPORT, "fr": "quality/index.fr.html", "es": "quality/index.es.html"}
)
"""Where the page in each language is."""
