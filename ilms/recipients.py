"""Where messages to the operators go: a webhook, or an address of mail."""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from schemas.errors import DeclarationError

SECONDS = 10
UNREACHED = "messages on failures, overdue waves and waiting drafts would reach nobody"


class Undelivered(Exception):
    """A message did not reach its recipient; the text says by which way and why, without any address or password."""


class Recipient(Protocol):
    """Somebody, or a program, that is told what happened."""

    def send(self, title: str, text: str) -> None:
        """Deliver a message. Raises Undelivered."""


@dataclass(frozen=True)
class Webhook:
    """A web address that takes `{"text": ...}`, as the incoming webhooks of team chats and many gateways do."""

    address: str = field(repr=False)

    def send(self, title: str, text: str) -> None:  # noqa: ARG002 - the text begins with the title
        """Post the message. Raises Undelivered."""
        import httpx

        try:
            httpx.post(self.address, json={"text": text}, timeout=SECONDS).raise_for_status()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Undelivered(f"to the webhook: {type(error).__name__}") from None


@dataclass(frozen=True)
class MailServer:
    """A server that takes mail (SMTP).

    security   `smtps`: encrypted from the start; `smtp+starttls`: encrypted before anything is said; `smtp`: not at all
    """

    security: str
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)

    def connection(self) -> AbstractContextManager[smtplib.SMTP]:
        """A connection that is encrypted and let in. Raises OSError and SMTPException."""
        return SECURITIES[self.security].connect(self)


def _open(server: MailServer) -> smtplib.SMTP:
    return smtplib.SMTP(server.host, server.port, timeout=SECONDS)


def _encrypted(server: MailServer) -> smtplib.SMTP:
    return smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=ssl.create_default_context())


def _then_encrypted(server: MailServer) -> smtplib.SMTP:
    smtp = _open(server)
    try:
        smtp.starttls(context=ssl.create_default_context())
    except BaseException:
        smtp.close()
        raise
    return smtp


@dataclass(frozen=True)
class Security:
    """How a connection to a mail server is made, its usual port, and whether a password may go through it."""

    connect: Callable[[MailServer], smtplib.SMTP]
    port: int
    is_closed: bool = True


SECURITIES: Mapping[str, Security] = {
    "smtps": Security(_encrypted, 465),
    "smtp+starttls": Security(_then_encrypted, 587),
    "smtp": Security(_open, 25, is_closed=False),
}
"""How an ILMS_MAIL_SERVER begins -> what is meant."""


@dataclass(frozen=True)
class Mailbox:
    """An address of mail, and the server that takes mail for it."""

    address: str
    sender: str
    server: MailServer

    def send(self, title: str, text: str) -> None:
        """Hand the mail to the server. Raises Undelivered."""
        mail = EmailMessage()
        mail["Subject"], mail["From"], mail["To"] = f"ILMS: {title}", self.sender, self.address
        mail["Date"], mail["Message-ID"] = formatdate(), make_msgid(domain="ilms")
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(text)
        try:
            with self.server.connection() as smtp:
                if self.server.user:
                    smtp.login(self.server.user, self.server.password)
                smtp.send_message(mail)
        except (OSError, smtplib.SMTPException) as error:
            raise Undelivered(f"by mail: {type(error).__name__}") from None


def recipients_of(environment: Mapping[str, str] = os.environ) -> tuple[Recipient, ...]:
    """Those that ILMS_NOTIFY names, separated by blanks; none if it names none.

    Raises DeclarationError when one is neither a web address nor one of mail, or mail cannot be sent for want of a
    server, a sender or a password.
    """
    return tuple(_recipient(address, environment) for address in environment.get("ILMS_NOTIFY", "").split())


def _recipient(address: str, environment: Mapping[str, str]) -> Recipient:
    if address.startswith(("https://", "http://")):
        return Webhook(address)
    kind, _, mailbox = address.partition(":")
    if kind != "mailto" or not _is_mail(mailbox):
        raise DeclarationError(
            "ILMS_NOTIFY names something that is neither a web address nor one of mail",
            why=UNREACHED,
            remedy="give incoming webhooks (https://...) and mailboxes (mailto:name@example.org), separated by blanks, "
            "or unset it",
        )
    sender = environment.get("ILMS_MAIL_FROM", "").strip()
    if not _is_mail(sender):
        raise DeclarationError(
            "ILMS_MAIL_FROM is no address of mail", why=UNREACHED, remedy="write it as ilms@example.org"
        )
    return Mailbox(mailbox, sender, _server(environment))


def _is_mail(text: str) -> bool:
    name, _, domain = text.partition("@")
    return bool(name and domain) and text.isascii() and text.isprintable() and not set(text) & set(' ,;<>"')


def _server(environment: Mapping[str, str]) -> MailServer:
    """The server of ILMS_MAIL_SERVER, with its password."""
    named = urlsplit(environment.get("ILMS_MAIL_SERVER", "").strip())
    security = SECURITIES.get(named.scheme)
    try:
        port = named.port
    except ValueError:
        security = None
    if security is None or not named.hostname or named.password:
        raise DeclarationError(
            "ILMS_MAIL_SERVER names no mail server",
            why=UNREACHED,
            remedy="write it as smtps://user@mail.example.org:465, smtp+starttls://user@mail.example.org:587 or "
            "smtp://localhost:25, and the password into the file that ILMS_MAIL_PASSWORD_FILE names",
        )
    user = unquote(named.username or "")
    if user and not security.is_closed:
        raise DeclarationError(
            "ILMS_MAIL_SERVER would send a password unencrypted",
            why="whoever sees the network could read it",
            remedy="write smtps:// or smtp+starttls://, or leave the user out",
        )
    return MailServer(named.scheme, named.hostname, port or security.port, user, _password(environment) if user else "")


def _password(environment: Mapping[str, str]) -> str:
    """The password of the mail server, from a file or from the environment."""
    file = environment.get("ILMS_MAIL_PASSWORD_FILE", "").strip()
    try:
        password = Path(file).read_text(encoding="utf-8").strip() if file else environment.get("ILMS_MAIL_PASSWORD", "")
    except (OSError, UnicodeDecodeError) as error:
        raise DeclarationError(
            f"ILMS_MAIL_PASSWORD_FILE names a file that cannot be read: {type(error).__name__}",
            why=UNREACHED,
            remedy="correct the name, or let this user read the file",
        ) from None
    if not password:
        raise DeclarationError(
            "ILMS_MAIL_SERVER names a user, and no password is set",
            why=UNREACHED,
            remedy="name a file with it in ILMS_MAIL_PASSWORD_FILE, or leave the user out",
        )
    return password
