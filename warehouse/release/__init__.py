"""Releases: how one is built, described, compared, pointed to."""
