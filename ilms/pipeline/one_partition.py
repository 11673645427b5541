"""All stages of one partition before publishing, whoever runs them: this process, or one of several workers."""

from __future__ import annotations

from collections.abc import Callable

from ilms.pipeline.faults import in_words
from ilms.pipeline.stages import run_partition
from ilms.settings import Settings
from schemas.errors import IlmsError

Say = Callable[[str], None]
Work = Callable[[Settings, str, Say], IlmsError | None]
"""What is done for a partition, by its key; gives the error that stopped it. A function that any process can import."""


def run_one(settings: Settings, key: str, say: Say) -> IlmsError | None:
    """Run the stages of a partition and say what each of them did; gives the error that stopped it, if any."""
    try:
        with in_words(settings.layout, key, "the run of this partition"):
            for result in run_partition(settings, key):
                say(result.message)
    except IlmsError as error:
        return error
    return None
