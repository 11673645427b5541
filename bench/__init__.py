"""Comparisons with published figures and other packages, and measurements. Nothing in the pipeline imports them."""
