"""The stages of the house: what each is called, and what it leaves behind.

`ilms.pipeline.stages` does their work. DAG files read this list, so nothing heavy is imported here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Stage:
    """One stage on the way to accepted numbers.

    name         as the status of a partition has it
    at_work      what a partition in it is said to be doing
    gives        what it leaves behind for the next one: an asset of Airflow
    description  what it does, in a line
    """

    name: str
    at_work: str
    gives: str
    description: str


FETCH = Stage("fetch", "fetching", "raw", "Fetch the files of a partition as a vintage")
HARMONISE = Stage("harmonise", "harmonising", "core", "Harmonise a vintage to records and pass them through the gate")
ESTIMATE = Stage(
    "estimate", "estimating", "cells", "Estimate the indicators of a partition and pass them through the gate"
)
CONSOLIDATE = Stage("consolidate", "pooling", "cells", "Pool the accepted waves of a survey to a longer period")
REGIONAL = Stage("regional", "estimating", "regional", "Estimate migrants in the labour force of regions and the world")
PUBLISH = Stage("publish", "publishing", "release", "Publish the accepted numbers of every partition as one release")
STAGES = (FETCH, HARMONISE, ESTIMATE)
"""Those that every partition goes through before publishing, in their order."""
