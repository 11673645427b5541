"""What a question to a statistical service is, whichever service it goes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from schemas.errors import InputError

Read = Callable[[str, Mapping[str, str]], bytes]
"""Gives the content of an address, asked for with headers. Raises InputError where the server does not give it."""


@dataclass(frozen=True)
class Asking:
    """How a server is asked for a file.

    url       where it is asked, if not at the file's own address
    body      what is posted there; a plain request without one
    remedies  status of a refusal -> what to do about it
    """

    headers: Mapping[str, str] = field(default_factory=dict)
    url: str = ""
    body: bytes | None = None
    remedies: Mapping[int, str] = field(default_factory=dict)


class Question(Protocol):
    """One question to a service, whose answer is a file."""

    @property
    def address(self) -> str:
        """What is kept with the file as the place that it came from: it tells the whole question."""

    @property
    def asking(self) -> Asking:
        """How the service is asked."""

    def last_update(self, read: Read) -> str | None:
        """When the data last changed, in the service's words; None where it does not tell.

        Raises DeclarationError where the service says that the question cannot be asked so, and InputError where it
        does not have what is asked for yet.
        """

    def fault(self, answer: bytes) -> str:
        """What the beginning of an answer is instead of data; empty where it may be data."""


def read_if_given(read: Read, address: str, headers: Mapping[str, str]) -> bytes | None:
    """The content of an address that not every service gives; None where the server refuses it."""
    try:
        return read(address, headers)
    except InputError:
        return None
