"""The commands `ilms cluster ...`: start, stop and look at a cluster."""

from __future__ import annotations

from typing import Annotated

import typer

from ilms.commands.console import console, say
from ilms.settings import load_settings

cluster_app = typer.Typer(
    help="PostgreSQL, Redis, Airflow and several workers on this machine, each worker as if on its own.",
    no_args_is_help=True,
)


@cluster_app.command("up")
def up(
    workers: Annotated[int, typer.Option(min=1, max=50, help="How many workers.")] = 2,
    processors: Annotated[
        int, typer.Option(min=0, help="How many processors each worker has; an equal part of all if 0.")
    ] = 0,
    bucket: Annotated[
        bool, typer.Option(help="With a bucket of its own; without, workers share ILMS_STORE, or the home.")
    ] = False,
    schedules: Annotated[bool, typer.Option(help="Also ingest each source on the schedule that it declares.")] = False,
) -> None:
    """Start a cluster and leave it running; `make run` then goes through it."""
    from ilms.airflow.home import AirflowHome
    from ilms.airflow.progress import Progress
    from ilms.cluster.control import Wanted, how_to_reach, start_cluster, status_lines

    settings = load_settings()
    home = AirflowHome(settings.layout, settings.access)
    with Progress(console) as progress:
        start_cluster(
            home, progress, Wanted(workers, schedules, settings.memory_limit, processors, bucket and not settings.store)
        )
    for line in (*status_lines(home), how_to_reach(home)):
        say(line)
    if bucket and not settings.store:
        say('Everything is kept in its bucket: set where with `eval "$(.venv/bin/ilms cluster env)"`.')
    say("`make run` then runs whatever is new through it; `make cluster ARGS=down` stops it.")


@cluster_app.command("env")
def env() -> None:
    """Print what a shell is to be told so that other commands find what the cluster keeps: its bucket, with its key."""
    from shlex import quote

    from ilms.airflow.home import AirflowHome
    from ilms.cluster.control import store_variables

    settings = load_settings()
    for name, value in store_variables(AirflowHome(settings.layout, settings.access)).items():
        print(f"export {name}={quote(value)}")


@cluster_app.command("down")
def down(
    forget: Annotated[bool, typer.Option("--forget", help="Also remove Airflow's history of runs.")] = False,
) -> None:
    """Stop the cluster; what it keeps stays."""
    from ilms.airflow.home import AirflowHome
    from ilms.cluster.control import stop_cluster

    settings = load_settings()
    ended = stop_cluster(AirflowHome(settings.layout, settings.access), forget=forget)
    say(f"The cluster is stopped ({ended} processes)." if ended else "The cluster was not up.")


@cluster_app.command("status")
def status() -> None:
    """Show each part and whether it answers; the exit code is 1 unless all do."""
    from ilms.airflow.home import AirflowHome
    from ilms.cluster.control import status_lines

    settings = load_settings()
    lines = status_lines(AirflowHome(settings.layout, settings.access))
    for line in lines:
        say(line)
    raise typer.Exit(1 if any("NOT" in line or "not up" in line for line in lines) else 0)
