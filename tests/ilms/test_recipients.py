"""Messages by mail reach a mail server encrypted, from whom and to whom they should, or are reported as undelivered."""

from __future__ import annotations

from pathlib import Path

import pytest
from mail_server import HOST, PASSWORD, USER, MailServer, certificate, receiving

from ilms.notifier import notify
from ilms.recipients import Mailbox, Recipient, recipients_of
from schemas.errors import DeclarationError

TO, FROM = "operators@example.org", "ilms@example.org"
ENCRYPTED = ["smtps", "smtp+starttls"]
# aiosmtpd does not know that the connection was encrypted before it saw it.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


def mailbox(server: MailServer, security: str, tmp_path: Path, password: str = PASSWORD) -> tuple[Recipient, ...]:
    """Who is told, as the environment names them."""
    secret = tmp_path / "password"
    secret.write_text(f"{password}\n")
    user = "" if security == "smtp" else f"{USER}@"
    return recipients_of(
        {
            "ILMS_NOTIFY": f"mailto:{TO}",
            "ILMS_MAIL_FROM": FROM,
            "ILMS_MAIL_SERVER": f"{security}://{user}{HOST}:{server.port}",
            "ILMS_MAIL_PASSWORD_FILE": str(secret),
        }
    )


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's certificate is one of those that this machine trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate(tmp_path)))


@pytest.mark.parametrize("security", [*ENCRYPTED, "smtp"])
@pytest.mark.usefixtures("trusted")
def test_a_failed_partition_is_told_by_mail(security: str, tmp_path: Path) -> None:
    with receiving(security, tmp_path) as server:
        told = mailbox(server, security, tmp_path)
        assert notify(told, "ABC.lfs|2024 failed", ["stage harmonise"], more="ilms sources")
    (taken,) = server.taken
    assert (taken.sender, taken.to, taken.is_encrypted) == (FROM, [TO], security in ENCRYPTED)
    assert taken.user == (USER if security in ENCRYPTED else "")
    assert (taken.mail["Subject"], taken.mail["From"], taken.mail["To"]) == ("ILMS: ABC.lfs|2024 failed", FROM, TO)
    assert taken.mail.get_content().splitlines() == ["ABC.lfs|2024 failed", "- stage harmonise", "See: ilms sources"]


@pytest.mark.parametrize("security", ENCRYPTED)
def test_nothing_is_said_to_a_server_whose_certificate_nobody_vouches_for(
    security: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with receiving(security, tmp_path) as server:
        assert not notify(mailbox(server, security, tmp_path), "ABC.lfs|2024 failed", [], more="ilms sources")
    assert server.taken == []
    assert "'ABC.lfs|2024 failed' could not be sent by mail: SSLCertVerificationError" in capsys.readouterr().err


@pytest.mark.usefixtures("trusted")
def test_a_wrong_password_is_reported_and_not_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with receiving("smtps", tmp_path) as server:
        wrong = mailbox(server, "smtps", tmp_path, password="wrong-41")
        assert not notify(wrong, "ABC.lfs|2024 failed", [], more="ilms sources")
    said = capsys.readouterr().err
    assert "could not be sent by mail: SMTPAuthenticationError" in said
    assert "wrong-41" not in said + repr(wrong)


def test_nobody_who_listens_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with receiving("smtp", tmp_path) as server:
        told = mailbox(server, "smtp", tmp_path)
    assert not notify(told, "ABC.lfs|2024 failed", [], more="ilms sources")
    assert "could not be sent by mail: ConnectionRefusedError" in capsys.readouterr().err


MAIL = {"ILMS_NOTIFY": f"mailto:{TO}", "ILMS_MAIL_FROM": FROM, "ILMS_MAIL_PASSWORD": PASSWORD}


def test_a_server_without_a_port_is_asked_on_the_usual_one() -> None:
    (told,) = recipients_of({**MAIL, "ILMS_MAIL_SERVER": "smtp+starttls://ilms%40example.org@mail.example.org"})
    assert isinstance(told, Mailbox)
    server = told.server
    assert (server.host, server.port, server.user) == ("mail.example.org", 587, FROM)


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"ILMS_NOTIFY": TO}, "ILMS_NOTIFY names something that is neither"),
        ({"ILMS_NOTIFY": "mailto:operators"}, "ILMS_NOTIFY names something that is neither"),
        ({"ILMS_MAIL_FROM": ""}, "ILMS_MAIL_FROM is no address"),
        ({"ILMS_MAIL_SERVER": ""}, "ILMS_MAIL_SERVER names no mail server"),
        ({"ILMS_MAIL_SERVER": "mail.example.org"}, "ILMS_MAIL_SERVER names no mail server"),
        ({"ILMS_MAIL_SERVER": "smtps://mail.example.org:x"}, "ILMS_MAIL_SERVER names no mail server"),
        ({"ILMS_MAIL_SERVER": "smtps://u:secret@mail.example.org"}, "ILMS_MAIL_SERVER names no mail server"),
        ({"ILMS_MAIL_SERVER": "smtp://ilms@mail.example.org"}, "would send a password unencrypted"),
        ({"ILMS_MAIL_PASSWORD": ""}, "no password is set"),
        ({"ILMS_MAIL_PASSWORD_FILE": "/nowhere"}, "cannot be read: FileNotFoundError"),
    ],
)
def test_what_would_reach_nobody_is_refused_before_anything_happens(changed: dict[str, str], wrong: str) -> None:
    usual = {**MAIL, "ILMS_MAIL_SERVER": "smtps://ilms@mail.example.org"}
    assert len(recipients_of(usual)) == 1
    with pytest.raises(DeclarationError, match=wrong):
        recipients_of({**usual, **changed})
