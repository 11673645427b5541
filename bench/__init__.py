"""Comparisons with what others publish, and measurements. Nothing in the pipeline imports them."""
