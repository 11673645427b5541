"""Readers of the releases of a store: what they serve is brought to their scratch, and the pointer is followed."""

from __future__ import annotations

import logging
import threading

from schemas.errors import StoreError
from warehouse.layout import Layout
from warehouse.store.kept import follow_releases

logger = logging.getLogger(__name__)

LOOK_SECONDS = 15.0


def follow_in_background(layout: Layout, *, held: bool = False, seconds: float = LOOK_SECONDS) -> None:
    """Bring the releases now, and again for as long as this process lives; `held` brings drafts too.

    Raises StoreError when they cannot be brought now; later, what was brought goes on being served meanwhile.
    """
    if not layout.store:
        return
    follow_releases(layout, held=held)
    threading.Thread(target=_follow, args=(layout, held, seconds), daemon=True).start()


def _follow(layout: Layout, held: bool, seconds: float) -> None:
    pause = threading.Event()
    while not pause.wait(seconds):
        try:
            follow_releases(layout, held=held)
        except StoreError as error:
            logger.warning("the releases of the store are not brought: %s", error.message)
