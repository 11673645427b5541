"""How a task of Airflow ends that met an error which the pipeline foresees: its log says the reason once, and nothing
of the code that it came through.

Airflow logs a traceback for every exception but those that ask the process to end.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule
from airflow.sdk.exceptions import AirflowSkipException

from schemas.errors import AwaitedWave, IlmsError, SourceUnavailable

logger = logging.getLogger(__name__)


class Failed(SystemExit):
    """A task failed for a reason that its log says; trying again would not help."""

    def __init__(self, error: IlmsError) -> None:
        self.error = error
        super().__init__(1)


class MayPass(Failed):
    """A task failed for a fault of the network or the machine, which may have passed when it is tried again."""


# A wrong file, declaration or number is as wrong the next time. A killed process is retried the usual number of times.
RETRY_POLICY = ExceptionRetryPolicy(
    rules=[
        RetryRule(MayPass, RetryAction.RETRY, reason="The network, the server or the machine failed."),
        RetryRule(Failed, RetryAction.FAIL, reason="Trying again would not help."),
    ]
)


@contextmanager
def in_the_log(keep: Callable[[str], None] | None = None) -> Iterator[None]:
    """Say the reason of an error of ours in the task's log, and end the task with it: skipped where there is nothing to
    do, otherwise failed.

    `keep` takes the reason too. Raises AirflowSkipException, Failed and MayPass.
    """
    try:
        yield
    except (AwaitedWave, SourceUnavailable) as error:
        if keep:
            keep(error.message)
        raise AirflowSkipException(error.message) from None
    except IlmsError as error:
        if keep:
            keep(error.message)
        fail(error)


def fail(error: IlmsError) -> NoReturn:
    """Say the reason of an error in the task's log, and end the task as failed with it. Raises Failed or MayPass."""
    logger.error(error.message)
    raise (MayPass if error.retryable else Failed)(error) from None
