"""The last outcome of each partition, where `ilms sources`, Airflow and people look for it."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any, Literal

from schemas.partition import Partition
from warehouse.files import write_json
from warehouse.layout import Layout
from warehouse.store.kept import bring_status, put_status

logger = logging.getLogger(__name__)

State = Literal["running", "failed", "skipped", "ready", "published", "awaited", "overdue", "not expected"]


@dataclass(frozen=True)
class Status:
    """One partition's last outcome.

    state       running (between its start and its end, whatever the stage), failed, skipped, ready or published; of a
                wave of a series that is not there: awaited, overdue or not expected
    stage       the stage seen last: fetch, harmonise, estimate, or consolidate for a period made of waves
    reason      why it failed or was skipped, in words a statistician can act on
    error_kind  kind of the error (input, gate, network, ...), empty when there was none
    worked      the stages that had something new to do when it was run last
    lacking     of a wave that is awaited or overdue: what was looked for and not found
    looked      what it was looked for in, where its files hold other waves: a mark of these and of the declaration
    """

    source: str
    wave: str
    state: State = "running"
    stage: str = ""
    reason: str = ""
    error_kind: str = ""
    vintage: str = ""
    persons: int | None = None
    cells: int | None = None
    worked: tuple[str, ...] = ()
    lacking: str = ""
    looked: str = ""
    changed_at: str = ""

    @property
    def age_seconds(self) -> float:
        """How long ago it was written."""
        return (datetime.now(UTC) - datetime.fromisoformat(self.changed_at)).total_seconds()


def read_status(layout: Layout, partition: Partition) -> Status | None:
    """The last outcome of a partition, as it is known here; None when it was never run, or its file is damaged."""
    file = layout.status(partition)
    known = {field.name for field in fields(Status)}
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        found = {name: value for name, value in content.items() if name in known}
        return Status(**{**found, "worked": tuple(found.get("worked", ()))})
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, TypeError, AttributeError) as error:
        logger.warning("The status file %s is damaged and counts as missing: %s", file, error)
        return None


def write_status(layout: Layout, partition: Partition, **changes: Any) -> Status:
    """Change some fields of a partition's status and keep the others; readers see the old or the new one, whole."""
    bring_status(layout, partition)
    before = read_status(layout, partition) or Status(partition.source, partition.wave)
    after = replace(before, **changes, changed_at=datetime.now(UTC).isoformat(timespec="milliseconds"))
    write_json(layout.status(partition), asdict(after))
    put_status(layout, partition)
    return after
