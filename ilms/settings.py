"""Settings, all from the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ilms.recipients import Recipient, recipients_of
from schemas.errors import DeclarationError
from schemas.release_profiles import DEFAULT_RELEASE_PROFILE, ReleaseProfile, load_release_profile
from schemas.release_rules import DEFAULT_RELEASE_RULES, ReleaseRules, load_release_rules
from warehouse.intake.access import Access
from warehouse.layout import Layout
from warehouse.sdmx.formats import RELEASE_FORMATS, formats_of
from warehouse.store.address import checked_address


@dataclass(frozen=True)
class Settings:
    """Where things are and what may be done. Commands and the entries of stages take it apart for all others.

    home           ILMS_HOME: where everything is kept (default ./data)
    store          ILMS_STORE: what several machines share, such as s3://bucket/prefix (docs/scale.md); ILMS_HOME is the
                   scratch of one of them then
    mirror         ILMS_MIRROR: a folder that mirrors the producers' files
    online         ILMS_ONLINE=1: fetch from the producers' own addresses
    local          ILMS_LOCAL: further folders that a source with `method: local` may read, separated as in PATH
    contact        ILMS_CONTACT: page or e-mail address of the operator, sent to producers
    memory_limit   ILMS_MEMORY_LIMIT: for DuckDB, such as 2GB; partitions that run side by side share it
    jobs           ILMS_JOBS: how many partitions `ilms run` runs side by side; 0 is one per processor, if memory allows
    agency         ILMS_AGENCY: maintenance agency of the SDMX structures
    sdmx_formats   ILMS_SDMX_FORMATS: formats of SDMX in a release, by their ids (docs/sdmx.md), separated by commas
    protection_seed  ILMS_PROTECTION_SEED: secret of rounding and cell keys (schemas/protection.yaml), never published
    release_profile  ILMS_RELEASE_PROFILE: which protection applies (schemas/release_profiles.yaml), such as public
    release_rules  ILMS_RELEASE_RULES: what stands against a release (schemas/release_rules.yaml), such as careful
    notify         ILMS_NOTIFY: webhooks and mailboxes that get messages on failures, overdue waves and waiting drafts;
                   ILMS_MAIL_SERVER, ILMS_MAIL_FROM, ILMS_MAIL_PASSWORD_FILE say how mail is sent
    """

    home: Path
    mirror: Path | None = None
    online: bool = False
    local: tuple[Path, ...] = ()
    contact: str = ""
    memory_limit: str = "2GB"
    jobs: int = 1
    agency: str = "ILMS"
    sdmx_formats: tuple[str, ...] = RELEASE_FORMATS
    protection_seed: str | None = None
    release_profile: str = DEFAULT_RELEASE_PROFILE
    release_rules: str = DEFAULT_RELEASE_RULES
    notify: tuple[Recipient, ...] = ()
    store: str = ""

    @property
    def layout(self) -> Layout:
        """Paths under the home, for the release profile."""
        return Layout(self.home, self.release_profile, self.store)

    @property
    def access(self) -> Access:
        """Where the files of producers may be read."""
        return Access(self.mirror, self.online, self.local, self.contact)

    @property
    def profile(self) -> ReleaseProfile:
        """The release profile. Raises DeclarationError when there is none of that name."""
        return load_release_profile(self.release_profile)

    @property
    def rules(self) -> ReleaseRules:
        """What stands against a release. Raises DeclarationError when there is no set of rules of that name."""
        return load_release_rules(self.release_rules)


def home_folder() -> Path:
    """Where ILMS_HOME says that everything is kept."""
    return Path(os.environ.get("ILMS_HOME", "data")).expanduser().resolve()


def load_settings() -> Settings:
    """The settings of this process.

    Raises DeclarationError when ILMS_MIRROR names no folder, ILMS_RELEASE_PROFILE no release profile,
    ILMS_RELEASE_RULES no set of release rules, ILMS_CONTACT nothing that a request can name, ILMS_SDMX_FORMATS
    something that is no format, ILMS_NOTIFY somebody whom no message would reach, ILMS_JOBS no number, ILMS_STORE no
    store, or DuckDB could not keep a database under ILMS_HOME.
    """
    mirror = os.environ.get("ILMS_MIRROR", "").strip()
    folder = Path(mirror).expanduser().resolve() if mirror else None
    if folder is not None and not folder.is_dir():
        raise DeclarationError(
            f"ILMS_MIRROR names '{mirror}', which is not a folder",
            why="no source could be read from it",
            remedy="correct ILMS_MIRROR, or unset it to run the bundled synthetic sample only",
        )
    profile = os.environ.get("ILMS_RELEASE_PROFILE", "").strip() or DEFAULT_RELEASE_PROFILE
    load_release_profile(profile)
    rules = os.environ.get("ILMS_RELEASE_RULES", "").strip() or DEFAULT_RELEASE_RULES
    load_release_rules(rules)
    return Settings(
        home=_usable(home_folder()),
        mirror=folder,
        online=os.environ.get("ILMS_ONLINE", "") == "1",
        local=tuple(
            Path(part).expanduser().resolve() for part in os.environ.get("ILMS_LOCAL", "").split(os.pathsep) if part
        ),
        contact=_contact(os.environ.get("ILMS_CONTACT", "").strip()),
        memory_limit=os.environ.get("ILMS_MEMORY_LIMIT", "2GB"),
        jobs=_jobs(os.environ.get("ILMS_JOBS", "").strip()),
        agency=os.environ.get("ILMS_AGENCY", "ILMS"),
        sdmx_formats=_formats(os.environ.get("ILMS_SDMX_FORMATS", "")),
        protection_seed=os.environ.get("ILMS_PROTECTION_SEED") or None,
        release_profile=profile,
        release_rules=rules,
        notify=recipients_of(),
        store=checked_address(os.environ.get("ILMS_STORE", "")),
    )


def _formats(text: str) -> tuple[str, ...]:
    wanted = [part.strip() for part in text.split(",") if part.strip()]
    return tuple(each.id for each in formats_of(wanted or RELEASE_FORMATS))


def _jobs(text: str) -> int:
    if text and not (text.isascii() and text.isdigit()):
        raise DeclarationError(
            f"ILMS_JOBS is '{text}', which is no number",
            why="it says how many partitions run side by side",
            remedy="write a number such as 4, or unset it: one per processor",
        )
    return int(text or 0)


def _contact(text: str) -> str:
    """What the header of a request can hold."""
    if not (text.isascii() and text.isprintable()) or set(text) & set("() "):
        raise DeclarationError(
            "ILMS_CONTACT is neither the address of a page nor one of mail",
            why="each request tells producers how to contact the operator",
            remedy="write it as https://www.example.org/statistics or mail@example.org, without blanks",
        )
    return text


def _usable(home: Path) -> Path:
    if "\\" in str(home):
        raise DeclarationError(
            f"the folder ILMS_HOME, '{home}', has a backslash in its name",
            why="DuckDB takes a backslash for the end of a folder's name, so nobody could open a release there",
            remedy="keep it in a folder of another name",
        )
    return home
