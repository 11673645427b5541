"""Every comparison with figures published or computed by others, one after the other: `make bench`."""

from __future__ import annotations

import sys

from bench import agreement, cluster, end_to_end, estimation, explorer, regional, sdmx_formats, service
from bench.disclosure import methods


def main(arguments: list[str]) -> int:
    """Run them all, also when one of them fails; 0 when all hold. The arguments are those of `bench.estimation`."""
    of_files = [
        sdmx_formats.main([]),
        service.main([]),
        explorer.main([]),
        methods.main([]),
        end_to_end.main([]),
        cluster.main([]),
    ]
    return max([agreement.main(), regional.main(), *of_files, estimation.main(arguments)])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
