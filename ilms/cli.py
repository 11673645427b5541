"""The command `ilms`: what people and scripts use besides Airflow. It calls the same stage functions as the DAGs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ilms.cluster_cli import cluster_app
from ilms.commands.at_work import shown_at_work, waiting
from ilms.commands.console import console, say
from ilms.logs import log_warnings
from ilms.pipeline.faults import in_words, require_home
from ilms.release_cli import release_app
from ilms.settings import home_folder, load_settings
from schemas.errors import DeclarationError, IlmsError
from schemas.partition import Partition
from warehouse.intake.access import Access
from warehouse.layout import Layout
from warehouse.store.kept import at_work, follow, follow_releases, follow_statuses
from warehouse.store.reader import follow_in_background
from warehouse.withdrawal import Act, decide, user_name

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp

app = typer.Typer(
    help="International labour-migration statistics: from national sources to a release.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(release_app, name="release")
app.add_typer(cluster_app, name="cluster")


def main() -> None:
    """Run the command; an error of ours is reported in words and ends with exit code 1."""
    log_warnings()
    command = ["ilms", *sys.argv[1 : 3 if sys.argv[1:2] == ["release"] else 2]]
    try:
        with in_words(Layout(home_folder()), " ".join(command[:2]), "the command"), shown_at_work(" ".join(command)):
            app(prog_name="ilms")
    except IlmsError as error:
        Console(stderr=True, highlight=False).print(
            f"[bold red]{error.kind} error[/] {escape(error.message)}", soft_wrap=True
        )
        raise SystemExit(1) from error


@app.command()
def run(
    source: Annotated[list[str] | None, typer.Option(help="Run only this source; may be given several times.")] = None,
    wave: Annotated[list[str] | None, typer.Option(help="Run only this wave; may be given several times.")] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="How many partitions to run side by side; one per processor if left out.")
    ] = None,
) -> None:
    """Fetch, harmonise, estimate and publish, without Airflow."""
    from ilms.commands.report import print_summary, warning_lines
    from ilms.pipeline.awaited import awaited_lines
    from ilms.run import run_all

    settings = load_settings()
    outcome = run_all(settings, sources=source or (), waves=wave or (), jobs=jobs or settings.jobs, say=say)
    print_summary(console, settings.layout, outcome.publication)
    for line in (*warning_lines(outcome.warnings), *awaited_lines(outcome.awaited)):
        say(line)
    raise typer.Exit(1 if outcome.failed else 0)


@app.command()
def doctor() -> None:
    """Say what is wrong with this installation, why it matters and what to do; the exit code is 1 if anything is."""
    from ilms.commands.doctor import finding_lines, summary_line
    from ilms.doctor.checks import examine
    from ilms.doctor.finding import Installation

    try:
        settings = load_settings()
        at = Installation(settings.layout, settings.access)
    except DeclarationError as error:
        at = Installation(Layout(home_folder()), Access(), refused=error)
    found = []
    for name, finding in examine(at):
        found.append(finding)
        for line in finding_lines(name, finding):
            say(line)
    say(summary_line(found))
    raise typer.Exit(1 if any(each.state == "wrong" for each in found) else 0)


@app.command()
def sources(
    state: Annotated[
        str | None, typer.Option(help="Only waves in this state, such as failed, stands, awaited or overdue.")
    ] = None,
) -> None:
    """List every declared source and wave, with the state of each."""
    from ilms.commands.report import partition_states

    settings = load_settings()
    follow(settings.layout)
    follow_statuses(settings.layout)
    table = Table("source", "wave", "state", "vintage", "persons", "numbers", "reason", box=None, pad_edge=False)
    for row in partition_states(settings.layout, settings.profile, settings.protection_seed, state=state):
        table.add_row(*map(escape, row))
    console.print(table)


Waves = Annotated[list[str], typer.Argument(help="One wave or several, such as 2024.")]
Why = Annotated[str, typer.Option(help="The reason, which readers of the release will see.")]
By = Annotated[str | None, typer.Option(help="Who decides; the user of this machine when left out.")]


@app.command()
def withdraw(source: str, waves: Waves, why: Why, by: By = None) -> None:
    """Take the numbers of some waves out of releases until they are restored, whatever is run in the meantime."""
    _decide(source, waves, "withdrawn", why, by)


@app.command()
def restore(source: str, waves: Waves, why: Why, by: By = None) -> None:
    """Let the numbers of withdrawn waves, those accepted last, into releases again."""
    _decide(source, waves, "restored", why, by)


def _decide(source: str, waves: list[str], act: Act, why: str, by: str | None) -> None:
    """Keep a person's decision on some waves, and publish what follows from it."""
    from ilms.commands.report import print_summary
    from ilms.pipeline.adoption import adopt_published
    from ilms.release.publish import publish_release

    settings = load_settings()
    adopt_published(settings.layout, settings.profile)
    for wave in waves:
        with at_work(settings.layout, Partition(source, wave)):
            decision = decide(settings.layout, Partition(source, wave), act, by=by or user_name(), why=why)
        say(f"{source}|{wave}: {decision.sentence}")
    print_summary(console, settings.layout, publish_release(settings))


@app.command()
@app.command("coverage", hidden=True)  # its earlier name
def availability(
    indicator: Annotated[str | None, typer.Option(help="Only this indicator; older and newer ids will do.")] = None,
    source: Annotated[str | None, typer.Option(help="Only this source.")] = None,
    wave: Annotated[str | None, typer.Option(help="Only this wave.")] = None,
) -> None:
    """Show which indicators the current release gives from which source and wave, and why not the others."""
    from ilms.commands.availability import availability_lines
    from warehouse.release.states import shown_release

    layout = load_settings().layout
    follow_releases(layout)
    shown = shown_release(layout)
    for line in availability_lines(
        shown.folder if shown else layout.current(), indicator=indicator, source=source, wave=wave
    ):
        say(line)


@app.command()
def check(
    source: str,
    file: Annotated[
        list[Path] | None, typer.Option(help="Check it on this file of a wave, too; may be given several times.")
    ] = None,
    wave: Annotated[
        str | None, typer.Option(help="Which wave the files are of; told by their names if left out.")
    ] = None,
) -> None:
    """Check a source's declaration and its golden waves, and on a file every fault at once; nothing is kept."""
    from ilms.authoring.check import check_source
    from ilms.authoring.check_file import check_file
    from ilms.commands.checked import checked_lines

    if not file:
        for line in check_source(source):
            say(line)
        return
    settings = load_settings()
    checked = check_file(
        source,
        file,
        wave=wave,
        layout=settings.layout,
        mirror=settings.mirror,
        memory_limit=settings.memory_limit,
    )
    for line in checked_lines(checked):
        say(line)
    raise typer.Exit(0 if checked.is_ready else 1)


@app.command("describe")
def describe_(
    file: Annotated[Path, typer.Argument(help="A producer's file; zip and gzip are unwrapped.")],
    layouts: Annotated[
        list[Path] | None,
        typer.Argument(help="A file that describes it: a SAS program, a DDI codebook, a workbook, CSVW metadata."),
    ] = None,
    member: Annotated[str | None, typer.Option(help="Which file of a zip: its name, or a pattern of it.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Which sheet of a workbook.")] = None,
    every: Annotated[bool, typer.Option("--all", help="List every value of every category.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what a file holds: its columns, labels, values, ranges, and what each column looks like."""
    from ilms.authoring.describe import describe
    from ilms.commands.described import described_json, described_lines

    described = describe([file], layouts or (), member=member, sheet=sheet)
    for line in [described_json(described)] if as_json else described_lines(described, every=every):
        say(line)


@app.command()
def regional(
    edition: Annotated[
        list[str] | None, typer.Option(help="Estimate only this edition; may be given several times.")
    ] = None,
) -> None:
    """Estimate migrants in the labour force of regions, income groups and the world."""
    from ilms.regional.stage import regional_edition
    from schemas.editions import load_editions

    settings = load_settings()
    require_home(settings.layout)
    for name in edition or load_editions().profiles:
        console.print(regional_edition(settings, name).message)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address that is listened at; 0.0.0.0 for every one.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port.")] = 8480,
    mcp: Annotated[
        bool,
        typer.Option("--mcp", help="Answer one assistant by the Model Context Protocol instead, over standard input."),
    ] = False,
    mcp_http: Annotated[
        bool, typer.Option("--mcp-http", help="Answer assistants too, at /mcp of the address.")
    ] = False,
    curators: Annotated[
        bool, typer.Option("--curators", help="Let curators sign in, as users of Airflow, and decide on drafts.")
    ] = False,
) -> None:
    """Answer with pages (docs/explorer.md) and SDMX REST (docs/service.md) over the releases that were current."""
    from ilms.commands.curators import with_curators
    from warehouse.explorer.routes import add_pages
    from warehouse.service.limits import Limits
    from warehouse.service.serve import serve as serve_releases

    waiting()
    settings = load_settings()
    follow_in_background(settings.layout, held=curators)
    limits = Limits(memory=settings.memory_limit)
    if mcp:
        from warehouse.assistants.server import serve_assistant

        # Nothing is said here: standard output is the assistant's.
        serve_assistant(settings.layout, limits)
        return
    say(f"Pages at http://{host}:{port}, SDMX REST at http://{host}:{port}/rest; end it with Ctrl-C.")

    def around(service: FastAPI) -> ASGIApp:
        with_pages = with_curators(service, settings.layout) if curators else add_pages(service, settings.layout)
        if curators:
            say(f"Curators sign in at http://{host}:{port}/en/curators.")
        if not mcp_http:
            return with_pages
        from warehouse.assistants.beside import PATH, with_assistants

        say(f"Assistants at http://{host}:{port}{PATH}.")
        return with_assistants(with_pages, host=host)

    serve_releases(settings.layout, host=host, port=port, limits=limits, around=around)


@app.command()
def questionnaire(
    area: Annotated[str, typer.Argument(help="The country, by the three letters of ISO 3166-1.")],
    period: Annotated[str, typer.Argument(help="A year, or another period as in the release: 2024, 2024Q1.")],
    output: Annotated[Path | None, typer.Option(help="The workbook to write; named after both if left out.")] = None,
    language: Annotated[Literal["en", "fr", "es"], typer.Option(help="The language of its words.")] = "en",
) -> None:
    """Write the questionnaire on international labour migration, filled from the current release, as a workbook."""
    from warehouse.release.questionnaire import write_questionnaire

    file = output or Path(f"questionnaire_{area}_{period}.xlsx")
    layout = load_settings().layout
    follow_releases(layout)
    filled = write_questionnaire(layout.current(), area, period, file, language=language)
    with_numbers = [count for count in filled.numbers.values() if count]
    say(f"{filled.file}: {sum(with_numbers):,} numbers in {len(with_numbers)} of {len(filled.numbers)} tables")


@app.command("new-source")
def new_source_(
    source: str, wave: str, kind: Annotated[str, typer.Option(help="survey, register or questionnaire")] = "survey"
) -> None:
    """Lay out a new source as a folder of files to fill in, such as: ilms new-source ABC.lfs 2024."""
    from ilms.authoring.new_source import new_source

    for file in new_source(source, wave, kind=kind):
        console.print(str(file), soft_wrap=True)
    console.print(f"Fill them in, then run: ilms check {source}")


@app.command()
def example(
    folder: Annotated[Path, typer.Argument(help="Where the files go, such as a mirror of your own.")],
    year: Annotated[int | None, typer.Option(help="The year they are of; the first one when left out.")] = None,
) -> None:
    """Write a made-up survey and register to learn with (docs/tutorial.md)."""
    from ilms.authoring.example import write_example

    for file in write_example(folder, year):
        say(str(file))


@app.command("propose")
def propose_(
    source: str,
    wave: str,
    files: Annotated[
        list[Path], typer.Argument(help="The files of the wave, and what says more of them: layouts, codebooks.")
    ],
    member: Annotated[str | None, typer.Option(help="Which file of a zip: its name, or a pattern of it.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Which sheet of a workbook.")] = None,
    kind: Annotated[Literal["survey", "register"], typer.Option(help="What the files are of.")] = "survey",
) -> None:
    """Propose a source from its files: ilms propose ABC.lfs 2024 FILE... writes its folder, with marks to decide."""
    from ilms.commands.proposed import PROPOSERS

    for line in PROPOSERS[kind](source, wave, files, mirror=load_settings().mirror, member=member, sheet=sheet):
        say(line)
