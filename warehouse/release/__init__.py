"""Releases: how they are built, described, compared and made current."""
