"""Every comparison with what others publish or compute, one after the other: `make bench`."""

from __future__ import annotations

from bench import agreement, regional


def main() -> int:
    """Run them all, also when one of them fails; 0 when all hold."""
    return max([each.main() for each in (agreement, regional)])


if __name__ == "__main__":
    raise SystemExit(main())
