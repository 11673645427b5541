"""A mail server on this machine, with a certificate that is made for the test, and a user who must give a password."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "localhost"
USER, PASSWORD = "ilms", "a secret of 17"


@dataclass(frozen=True)
class Taken:
    """A mail that the server took in."""

    sender: str
    to: list[str]
    mail: EmailMessage
    is_encrypted: bool
    user: str


@dataclass
class MailServer:
    """What a server took in, and where it listens."""

    port: int
    taken: list[Taken] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take a mail in."""
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        assert server.transport is not None
        is_encrypted = server.transport.get_extra_info("sslcontext") is not None
        sender, user = str(envelope.mail_from), str(session.auth_data or "")
        self.taken.append(Taken(sender, envelope.rcpt_tos, mail, is_encrypted, user))
        return "250 taken"


def _let_in(server: SMTP, session: Session, envelope: Envelope, how: str, login: Any) -> AuthResult:
    assert isinstance(login, LoginPassword)
    right = (login.login.decode(), login.password.decode()) == (USER, PASSWORD)
    return AuthResult(success=right, handled=False, auth_data=USER)


@contextmanager
def receiving(security: str, folder: Path) -> Iterator[MailServer]:
    """A mail server that listens as `smtps`, `smtp+starttls` or `smtp`; its certificate is in the folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        room = MailServer(free.getsockname()[1])
    secured: dict[str, Any] = {}
    if security != "smtp":
        secured = {"authenticator": _let_in, "auth_required": True}
    if security == "smtps":
        # The connection is encrypted before aiosmtpd sees it.
        secured |= {"ssl_context": _context(folder), "auth_require_tls": False}
    if security == "smtp+starttls":
        secured |= {"tls_context": _context(folder), "require_starttls": True}
    controller = Controller(room, hostname="127.0.0.1", port=room.port, server_hostname=HOST, **secured)
    controller.start()
    try:
        yield room
    finally:
        controller.stop()


def certificate(folder: Path) -> Path:
    """A certificate for this machine, and beside it its key; made once."""
    file = folder / "certificate.pem"
    if file.exists():
        return file
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    day, now = timedelta(days=1), datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return file


def _context(folder: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate(folder), folder / "key.pem")
    return context
