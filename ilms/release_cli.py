"""The commands `ilms release ...`: look at releases, decide on drafts, go back, compare, check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ilms.commands.at_work import doing, waiting
from ilms.commands.console import say
from ilms.settings import load_settings
from schemas.errors import PublishError
from warehouse.layout import Layout
from warehouse.store.kept import follow_releases, publishing
from warehouse.withdrawal import user_name

release_app = typer.Typer(help="Look at releases, decide on drafts, go back to one, check files.", no_args_is_help=True)

Id = Annotated[str | None, typer.Argument(help="The release; the draft in review when left out.")]
Why = Annotated[str, typer.Option(help="The reason, which the log of releases keeps.")]
By = Annotated[str | None, typer.Option(help="Who decides; the user of this machine when left out.")]


def _layout() -> Layout:
    """The home, with the releases that the store has, where several machines share one."""
    layout = load_settings().layout
    follow_releases(layout, held=True)
    return layout


@release_app.command("list")
def list_() -> None:
    """List the releases, newest first, with the release profile and the state of each, who gave it, when and why."""
    from ilms.commands.releases import log_lines, release_lines

    layout = _layout()
    for line in (*release_lines(layout), *log_lines(layout)):
        say(line)


@release_app.command("review")
def review(release_id: Id = None) -> None:
    """Show what stands against a draft, and how it differs from the current release."""
    from ilms.commands.releases import review_lines
    from ilms.release.decisions import waiting

    layout = _layout()
    for line in review_lines(layout, waiting(layout, release_id)):
        say(line)


@release_app.command("approve")
def approve(
    why: Why,
    release_id: Id = None,
    by: By = None,
    embargo: Annotated[
        str | None, typer.Option(help="When it becomes current, such as 2026-12-01T09:00+01:00; UTC without a zone.")
    ] = None,
) -> None:
    """Approve the draft in review: it becomes current now, or at the end of its embargo."""
    from ilms.release.decisions import approve_draft

    found = approve_draft(_layout(), release_id, by=by or user_name(), why=why, embargo=embargo)
    say(f"Release {found.id} is {found.last.sentence}.")


@release_app.command("reject")
def reject(why: Why, release_id: Id = None, by: By = None) -> None:
    """Decide that the draft in review does not go out; its numbers go out by no later run unseen."""
    from ilms.release.decisions import reject_draft

    found = reject_draft(_layout(), release_id, by=by or user_name(), why=why)
    say(f"Release {found.id} is {found.last.sentence}.")


@release_app.command("withdraw")
def withdraw(
    why: Why,
    release_id: Annotated[str | None, typer.Argument(help="The release; the current one when left out.")] = None,
    by: By = None,
) -> None:
    """Take a release back, so that nobody can read it any more; the one before it is current again."""
    from ilms.release.decisions import withdraw_release

    now = withdraw_release(_layout(), release_id, by=by or user_name(), why=why)
    say(f"It is withdrawn. The current release is {now.id}." if now else "It is withdrawn. No release is current now.")


@release_app.command("due")
def due() -> None:
    """Let releases out whose embargo has ended."""
    from ilms.release.decisions import publish_due

    done = publish_due(_layout())
    for release in done:
        say(f"The current release is now {release.id}.")
    if not done:
        say("No embargo has ended.")


@release_app.command("use")
def use(
    release_id: str,
    why: Annotated[str, typer.Option(help="The reason, which the log keeps.")] = "gone back to, or forward again",
    by: By = None,
) -> None:
    """Make a release that was current the current one again: to go back to it, or forward again."""
    from warehouse.release.life import point_to

    release = point_to(_layout(), release_id, by=by or user_name(), why=why)
    say(f"The current release is now {release.id}.")


@release_app.command("diff")
def diff(
    earlier: Annotated[
        str | None, typer.Argument(help="Id or folder; the release before `later` when left out.")
    ] = None,
    later: Annotated[str | None, typer.Argument(help="Id or folder; the current release when left out.")] = None,
    parquet: Annotated[Path | None, typer.Option(help="Also write every differing observation to this file.")] = None,
    page: Annotated[Path | None, typer.Option(help="Also write what is shown to this file, as an HTML page.")] = None,
) -> None:
    """Compare two releases, observation by observation: new, gone, revised, flagged or with other notes."""
    from ilms.commands.releases import chosen_release
    from warehouse.files import replacing
    from warehouse.release.diff import compare_releases
    from warehouse.release.report import SAME, as_page, as_text, sections
    from warehouse.release.states import require_shown

    layout = _layout()
    after = chosen_release(layout, later)
    before = chosen_release(layout, earlier, before=after)
    for folder in (before, after):
        require_shown(layout, folder)
    title = f"{before.resolve().name} -> {after.resolve().name}"
    doing(f"comparing {title}, observation by observation")
    difference = compare_releases(before, after, parquet=parquet)
    found = sections(difference)
    say(title)
    if difference.is_empty:
        say(SAME)
    for line in as_text(found):
        say(line)
    if page is not None:
        with replacing(page, for_everybody=True) as draft:
            draft.write_text(as_page(title, found), encoding="utf-8")


@release_app.command("history")
def history(
    indicators: Annotated[list[str] | None, typer.Argument(help="Ids of indicators; all when left out.")] = None,
    area: Annotated[list[str] | None, typer.Option(help="Only this area; may be given several times.")] = None,
    as_of: Annotated[str | None, typer.Option(help="As it was at a time (2026-12-01T09:00) or in a release.")] = None,
    parquet: Annotated[Path | None, typer.Option(help="Also write all of it to this file.")] = None,
) -> None:
    """Show every value that numbers ever had, from when to when, or the numbers of any time or release."""
    from ilms.commands.releases import history_lines, moment_of
    from warehouse.release.history import history_rows

    layout = _layout()
    moment = None if as_of is None else moment_of(layout, as_of)
    rows = history_rows(layout, indicators=indicators or (), areas=area or (), as_of=moment, parquet=parquet)
    for line in history_lines(rows):
        say(line)


@release_app.command("workbook")
def workbook(
    area: Annotated[str, typer.Argument(help="The country or region, such as ARG.")],
    to: Annotated[Path | None, typer.Option(help="The file; the area and the release when left out.")] = None,
    language: Annotated[Literal["en", "fr", "es"], typer.Option(help="Of labels and notes.")] = "en",
    release_id: Annotated[str | None, typer.Option("--release", help="The current release when left out.")] = None,
    every_version: Annotated[
        bool, typer.Option("--every-version", help="Numbers of every version of a classification.")
    ] = False,
) -> None:
    """Write the numbers of a country to an Excel workbook, with notes, sources, statuses and definitions."""
    from ilms.commands.releases import chosen_release
    from warehouse.files import replacing
    from warehouse.release.states import require_shown
    from warehouse.release.workbook import write_country_workbook

    layout = _layout()
    folder = chosen_release(layout, release_id).resolve()
    require_shown(layout, folder)
    file = to or Path(f"{area}-{folder.name}.xlsx")
    doing(f"writing {file.name}")
    with replacing(file, for_everybody=True) as draft:
        made = write_country_workbook(folder, area, draft, language=language, every_version=every_version)
    say(f"{file}: {made.numbers:,} numbers, {made.to_heed:,} of them with a status to heed")


@release_app.command("pull")
def pull() -> None:
    """Bring the current release, and those before it, from the store that several machines share."""
    from warehouse.release.pointer import current_release

    settings = load_settings()
    if not settings.store:
        raise PublishError(
            "there is no store to bring releases from",
            why="they are kept in ILMS_HOME itself",
            remedy="name the store in ILMS_STORE, such as s3://bucket/prefix",
        )
    follow_releases(settings.layout)
    release = current_release(settings.layout)
    say(f"The current release is {release.id}: {release.folder}" if release else "No release is current.")


@release_app.command("prune")
def prune_(
    really: Annotated[bool, typer.Option("--really", help="Remove them; without it they are only listed.")] = False,
) -> None:
    """Remove releases that are older than schemas/release_rules.yaml keeps them; their numbers stay in the history."""
    from schemas.release_rules import load_keep
    from warehouse.release.prune import prunable, prune

    layout, keep = _layout(), load_keep()
    found = prune(layout, keep, by=user_name()) if really else prunable(layout, keep)
    for each in found:
        say(f"{each.id}  {each.last.sentence}")
    say(f"{len(found)} release(s) {'were' if really else 'would be'} removed.")


@release_app.command("sign")
def sign(
    key: Annotated[Path, typer.Option(help="The private key, Ed25519 in PEM.")],
    release_id: Annotated[str | None, typer.Argument(help="The current release when left out.")] = None,
) -> None:
    """Sign a release: whoever has the public key can tell that it is as it was signed."""
    from ilms.commands.releases import chosen_release
    from warehouse.release.signature import is_encrypted, sign_release

    layout = _layout()
    folder = chosen_release(layout, release_id).resolve()
    waiting()
    passphrase = typer.prompt("Passphrase of the key", hide_input=True) if is_encrypted(key) else None
    with publishing(layout):
        say(f"{folder.name} is signed: {sign_release(layout, folder, key, passphrase)}")


@release_app.command("verify")
def verify(
    release_id: Annotated[str | None, typer.Argument(help="The current release when left out.")] = None,
    signature: Annotated[
        Path | None, typer.Option(help="Also check its signature, by this public key (Ed25519 in PEM).")
    ] = None,
    schemas: Annotated[
        bool, typer.Option("--schemas", help="Also check every file of SDMX by the official schemas.")
    ] = False,
) -> None:
    """Check the files of a release against its manifest, the log of releases, and if asked signature and schemas."""
    from ilms.commands.releases import chosen_release, validity_lines
    from warehouse.release.manifest import verify_release
    from warehouse.release.signature import verify_signature
    from warehouse.release.states import log_faults

    layout = _layout()
    folder = chosen_release(layout, release_id).resolve()
    doing(f"computing every checksum of {folder.name} again")
    verify_release(folder)
    say(f"{folder.name}: every file is as it was published.")
    if signature is not None:
        verify_signature(layout, folder, signature)
        say(f"{folder.name}: it is as it was signed with the key of {signature}.")
    if schemas:
        doing("checking every file of SDMX by the official schemas")
        for line in validity_lines(folder):
            say(line)
    if faults := log_faults(layout):
        raise PublishError(
            f"the log of releases is not as it was written: {'; '.join(faults)}",
            where=str(layout.release_log()),
            why="who approved what cannot be relied on",
            remedy="compare it with a copy",
        )
