"""The command `ilms`, in an environment of its own."""

from __future__ import annotations

import os
import sys

from ilms.other_pythons import FOR_OTHER_PYTHONS


def main() -> None:
    """Run the command; nothing that the environment puts before the project's packages is taken for one of them.

    Until Python runs isolated, nothing is imported but the standard library and a constant beside this file: a
    PYTHONPATH with another `schemas` may be meant for other work on the same machine.
    """
    if not sys.flags.isolated:
        environment = {name: value for name, value in os.environ.items() if name not in FOR_OTHER_PYTHONS}
        os.execve(sys.executable, [sys.executable, "-I", "-m", "ilms", *sys.argv[1:]], environment)  # noqa: S606
    from ilms.cli import main as run

    run()


if __name__ == "__main__":
    main()
