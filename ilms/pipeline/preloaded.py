"""Importing this loads what every partition needs: a process that does so once can fork others that need not.

What is loaded is taken out of the reach of the garbage collector, so that the memory of it stays shared.
"""

from __future__ import annotations

import atexit
import gc

import pandas  # noqa: F401

import ilms.authoring.golden
import ilms.pipeline.stages  # noqa: F401
from expectations.quiet import great_expectations

great_expectations()
gc.collect()
gc.freeze()
atexit.register(gc.unfreeze)  # DuckDB would report what stays in memory when the process ends
