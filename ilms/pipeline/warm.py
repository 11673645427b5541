"""What is read once in a process, read ahead: a process that does so before it forks others spares each of them.

Only what comes with the software is read, and no declaration of a source: they may change while the process lives.
"""

from __future__ import annotations

import gc

import ilms.pipeline.preloaded  # noqa: F401 - so that the libraries are shared too
from expectations.suites import list_suites, load_suite
from ilms.kinds import running_kinds
from ilms.pipeline.fingerprints import rooms_hash
from schemas.catalogue import known_indicators
from schemas.classifications import load_classifications, load_versions
from schemas.concepts import load_concepts
from schemas.countries import load_countries, load_unsettled
from schemas.flows import load_flow_variables
from schemas.indicators import load_catalogue
from schemas.plausibility import load_plausibility
from schemas.register_indicators import load_register_catalogue
from schemas.reliability import load_reliability
from schemas.statuses import load_status_map
from transforms.country_names import find_country

UNKNOWN = "no country is called so"


def warm_up() -> None:
    """Read what every partition reads."""
    running_kinds()
    rooms_hash()
    for read in (
        known_indicators, load_catalogue, load_register_catalogue, load_concepts, load_classifications, load_versions,
        load_countries, load_unsettled, load_flow_variables, load_plausibility, load_reliability, load_status_map,
    ):  # fmt: skip
        read()
    for suite in list_suites():
        load_suite(suite)
    # The names of countries in all languages are looked through for a word that is none of the usual ones.
    find_country(UNKNOWN, "name")
    gc.collect()
    gc.freeze()
