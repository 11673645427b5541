"""Check a source before it runs: its declaration, and the golden waves beside it."""

from __future__ import annotations

from collections.abc import Iterator

from ilms.authoring.golden import golden_waves, require_golden
from ilms.kinds import kind_of
from schemas.loader import load_runnable, source_folder
from schemas.marks import UNFILLED, lines_in_words, unfilled
from schemas.release_profiles import EXPERIMENTAL, UNPROTECTED
from schemas.series import what_comes_next


def check_source(source_id: str) -> Iterator[str]:
    """Check a source and say, line by line, what was found. Raises DeclarationError for the first thing wrong."""
    source = load_runnable(source_id)
    kind = kind_of(source)
    yield f"{source.id}: {source.title.en} ({source.producer})"
    yield f"{len(source.waves)} wave(s): {', '.join(source.waves)}; {kind.described(source)}"
    if source.protection != UNPROTECTED:
        yield f"its protection is '{source.protection}'. {EXPERIMENTAL}"
    yield from (what_comes_next(source, series) for series in source.series)
    if lines := unfilled(source_folder(source_id)):
        yield f"still to be filled in, marked {UNFILLED}: {lines_in_words(lines)} of source.yaml"
    waves = golden_waves(source_id)
    for wave in waves:
        require_golden(source, wave)
        met = "person and cell" if wave.persons.exists() else "cell"
        yield f"golden wave {wave.partition.wave}: every expected {met} is met"
    if not waves:
        yield f"it has no golden wave yet: add golden/<wave>/ with {kind.golden_files} and cells.csv"
