"""When each source is ingested and through which pool, read cheaply: DAG files are read again and again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml
from croniter import croniter

from schemas.loader import list_runnable, source_folder

DEFAULT_POOL = "default"
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Timetable:
    """What scheduling needs to know of a source. `cron` is None when it declares no schedule that can be understood."""

    source: str
    cron: str | None
    pool: str


def timetables() -> list[Timetable]:
    """One per declared source, sorted by source.

    Only two lines of each declaration are looked at. A declaration that cannot be read has no schedule here and keeps
    no other source from having one; `ilms check` and the next run say what is wrong with it.
    """
    return [_timetable(source_id, _content(source_id)) for source_id in list_runnable()]


def fetch_pools() -> list[str]:
    """Every pool that a source fetches through, sorted."""
    return sorted({DEFAULT_POOL, *(timetable.pool for timetable in timetables())})


def _content(source_id: str) -> dict[str, Any]:
    try:
        text = (source_folder(source_id) / "source.yaml").read_text(encoding="utf-8")
        content = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader
    except (OSError, ValueError, yaml.YAMLError):
        return {}
    return content if isinstance(content, dict) else {}


def _timetable(source_id: str, content: dict[str, Any]) -> Timetable:
    cron = str(content.get("schedule", "")).strip()
    fetch = content.get("fetch")
    pool = str(fetch.get("pool", DEFAULT_POOL)) if isinstance(fetch, dict) else DEFAULT_POOL
    return Timetable(
        source_id, cron if croniter.is_valid(cron) else None, pool if pool.isidentifier() else DEFAULT_POOL
    )
