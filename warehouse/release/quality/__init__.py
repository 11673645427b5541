"""The quality report of a release: `quality/index.html`, made from its own tables by queries."""

REPORT = "quality/index.html"
"""Where the page is in a release."""
