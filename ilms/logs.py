"""Warnings of this process on its error output."""

from __future__ import annotations

import logging


def log_warnings() -> None:
    """Write warnings, and nothing below them, unless the process writes a log already."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
