"""Great Expectations as the gate uses it: without output and without sending usage reports."""

from __future__ import annotations

import logging
import os
from functools import cache
from typing import Any


@cache
def great_expectations() -> Any:
    """The package, imported when first needed (it takes a second or more)."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    before = logging.root.manager.disable
    logging.disable(logging.INFO)  # it logs hundreds of lines while it loads, each of them slow under Airflow
    try:
        import great_expectations as gx
    finally:
        logging.disable(before)

    for name in [name for name in logging.root.manager.loggerDict if name.startswith("great_expectations.")]:
        logging.getLogger(name).setLevel(logging.NOTSET)  # some of its loggers set INFO themselves
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    return gx
