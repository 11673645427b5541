"""Estimates of every indicator by all its cells, with cases, standard errors, intervals, status and notes."""

from transforms.estimate.engine import estimate

__all__ = ["estimate"]
