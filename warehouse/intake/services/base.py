"""A question to a statistical service of any kind."""

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

    url       where the request goes, if not to the file's own address
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
        """The address kept with the file as its origin: it contains the whole question."""

    @property
    def asking(self) -> Asking:
        """How the service is asked."""

    def last_update(self, read: Read) -> str | None:
        """When the data last changed, as written by the service; None where it does not state that.

        Raises DeclarationError where the question does not fit the service, and InputError where it does not yet have
        the data.
        """

    def fault(self, answer: bytes) -> str:
        """What an answer is instead of data, from its beginning; empty where it may be data."""


def read_if_given(read: Read, address: str, headers: Mapping[str, str]) -> bytes | None:
    """The content of an address that not every service provides; None where the server refuses it."""
    try:
        return read(address, headers)
    except InputError:
        return None
