"""One call of tau-argus, run as a separate program in its own folder: its native code writes files beside its input.

Reads batch.arb in the current folder, suppresses, audits, and writes audit.json: how many cells the audit finds unsafe.
"""

import json
from pathlib import Path

from pytauargus.engine import run_batch


def main() -> None:
    """Run the batch and write the result of its audit."""
    engine = run_batch("batch.arb")
    rows = engine.audit(0)
    Path("audit.json").write_text(json.dumps({"unsafe": sum(bool(row["unsafe"]) for row in rows)}), encoding="utf-8")


if __name__ == "__main__":
    main()
