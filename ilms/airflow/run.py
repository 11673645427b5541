"""The pipeline through Airflow on this machine, with nothing to configure: what `make run`, `up` and `down` call."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console

from ilms.airflow.api import AirflowApi
from ilms.airflow.batch import WORKING_DAGS, BatchResult, Watched, nothing_ran, run_batch, run_regional
from ilms.airflow.database import prepare_database
from ilms.airflow.home import AT_A_TIME, USER, AirflowError, AirflowHome
from ilms.airflow.pending import what_is_pending
from ilms.airflow.ports import reserved_port
from ilms.airflow.processes import PATIENCE_SECONDS, Servers, end_all, marked, only_driver
from ilms.airflow.progress import Progress
from ilms.airflow.timetables import PARTITIONS, fetch_pools
from ilms.pipeline.batches import begin, plan_batch
from ilms.pipeline.faults import in_words, require_home
from ilms.pipeline.stage_list import PUBLISH
from ilms.regional.inputs import awaited_benchmarks
from ilms.settings import home_folder, load_settings
from schemas.errors import IlmsError
from schemas.periods import today
from schemas.wave import DEFAULT_POOL
from warehouse.files import write_json
from warehouse.layout import Layout

DAGS = ("ingest", *WORKING_DAGS)
USUAL_PORT = 8080
START_SECONDS = 300.0
ANSWER_SECONDS = 60.0
IN_A_HURRY = 1.0
INTERRUPTED = 130

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
console = Console(highlight=False)
Choice = Annotated[list[str] | None, typer.Option(help="Only this one; may be given several times.")]


@app.command()
def run(source: Choice = None, wave: Choice = None) -> None:
    """Run every source that has anything new, wait until the release is published, and end Airflow again.

    When nothing is new, Airflow is not started.
    """
    settings = load_settings()
    layout, access = settings.layout, settings.access
    batch = plan_batch(layout, access, source or (), wave or ())
    if not batch.keys:
        console.print("There is nothing to run.")
        begin(layout, settings.profile, batch)
        nothing = BatchResult(None, failed=batch.broken, skipped=batch.skipped, awaited=batch.awaited)
        raise typer.Exit(print_result(layout, nothing))
    require_home(layout)
    home = AirflowHome(layout, access)
    home.create()
    everything = not source and not wave
    with only_driver(home), Progress(console) as progress:
        progress.say("checking what is new")
        pending = what_is_pending(settings, batch, everything=everything)
        if pending.is_empty:
            result = nothing_ran(pending)
        else:
            with reachable(home, progress) as (api, servers):
                conf = {"sources": source or [], "waves": wave or []}
                result = run_batch(layout, pending, api, servers, progress, conf=conf)
                if everything:
                    result = run_regional(layout, access, settings.profile, result, api, servers, progress)
    if everything:
        result = replace(result, awaited={**result.awaited, **awaited_benchmarks(layout, today())})
    raise typer.Exit(print_result(layout, result))


@app.command()
def up() -> None:
    """Start Airflow and leave it running, with every source on its own schedule."""
    settings = load_settings()
    home = AirflowHome(settings.layout, settings.access)
    home.create()
    with only_driver(home), Progress(console) as progress:
        if left_running(home) is None:
            end_all(home, IN_A_HURRY)
            servers = Servers(home)
            try:
                port = start(servers, progress, preferred=USUAL_PORT, schedules=True)
            except BaseException:
                end_all(home, IN_A_HURRY)
                raise
            write_json(home.service, {"port": port, **choices(home)})
    port = json.loads(home.service.read_text(encoding="utf-8"))["port"]
    console.print(
        f"Airflow runs at http://127.0.0.1:{port}\n"
        f"The password of user {USER} is kept in {home.passwords}, which nobody but you can read.",
        markup=False,
        soft_wrap=True,
    )
    console.print(
        "Every source is ingested on its own schedule. `make run` runs whatever is new now, `make down` stops it."
    )


@app.command()
def down() -> None:
    """Stop what `up` started."""
    settings = load_settings()
    home = AirflowHome(settings.layout, settings.access)
    home.create()
    with only_driver(home):
        home.service.unlink(missing_ok=True)
        ended = end_all(home)
    console.print(f"Airflow is stopped ({ended} processes)." if ended else "Airflow was not running.")


@contextmanager
def reachable(home: AirflowHome, progress: Progress) -> Iterator[tuple[AirflowApi, Servers]]:
    """Airflow, ready for a batch: the one left running by `make up`, or one for this run only.

    Whatever an earlier run left behind when it was killed is ended first. Raises AirflowError.
    """
    servers = Servers(home)
    service = left_running(home)
    if service is not None:
        if {name: service.get(name) for name in choices(home)} != choices(home):
            raise AirflowError(
                "Airflow was left running with another ILMS_MIRROR, ILMS_ONLINE, ILMS_RELEASE_PROFILE or ILMS_STORE",
                why="it would read other files than you ask for, protect them in another way, or keep them elsewhere",
                remedy="stop it with `make down`, then run again; of a cluster with a bucket of its own, "
                '`eval "$(ilms cluster env)"` sets what it needs',
            )
        with closing(AirflowApi(service["port"], home.password())) as api:
            yield api, servers
        return
    patience = IN_A_HURRY
    try:
        if end_all(home, IN_A_HURRY):
            progress.say("ended what an earlier run had left behind")
        port = start(servers, progress, schedules=False)
        with closing(AirflowApi(port, home.password())) as api:
            yield api, servers
        patience = PATIENCE_SECONDS
    finally:
        with _undisturbed():
            try:
                progress.say("stopping Airflow")
            finally:
                # Also when this output is no longer read.
                end_all(home, patience)


def start(servers: Servers, progress: Progress, *, preferred: int = 0, schedules: bool) -> int:
    """Start Airflow and wait until it is ready for a batch; returns its port. Raises AirflowError."""
    progress.say("preparing Airflow's database")
    prepare_database(servers.home)
    with reserved_port(preferred) as port:
        _start_at(port, servers, progress, schedules=schedules)
    return port


def _start_at(port: int, servers: Servers, progress: Progress, *, schedules: bool) -> None:
    """Start Airflow's servers and wait until they are ready for a batch."""
    begun = datetime.now(UTC).isoformat()
    progress.say("starting Airflow")
    servers.start(port, schedules=schedules)
    wait_until_ready(servers.home, port, begun, servers)


def wait_until_ready(home: AirflowHome, port: int, begun: str, servers: Watched, *, at_a_time: int = AT_A_TIME) -> None:
    """Wait until Airflow has read the DAGs since it began to start (ISO 8601, UTC), and make the pools.

    `at_a_time` is how many partitions may be at work at a time.

    Raises AirflowError when it ends meanwhile, takes too long, or cannot read a DAG.
    """
    with closing(AirflowApi(port, home.password())) as api:
        deadline = time.monotonic() + START_SECONDS
        while not (api.is_healthy() and api.parsed_since(DAGS, begun)):
            servers.check()
            _refuse_import_errors(api)
            if time.monotonic() > deadline:
                raise AirflowError(
                    f"Airflow was not ready after {START_SECONDS:.0f} seconds",
                    where=str(home.server_logs),
                    remedy="see the end of the files there; on a busy machine, try again",
                )
            time.sleep(1)
        for pool in {"batches", PUBLISH.name, *fetch_pools()} - {DEFAULT_POOL}:
            api.ensure_pool(pool, slots=1)
        api.ensure_pool(PARTITIONS, slots=at_a_time)


def left_running(home: AirflowHome) -> dict[str, Any] | None:
    """How to reach the Airflow that `make up` left running; None when there is none.

    Raises AirflowError when there is one that does not answer: it may be working, so it is not ended here.
    """
    if not home.service.exists() or not marked(home):
        home.service.unlink(missing_ok=True)
        return None
    service: dict[str, Any] = json.loads(home.service.read_text(encoding="utf-8"))
    with closing(AirflowApi(service["port"], home.password())) as api:
        deadline = time.monotonic() + ANSWER_SECONDS
        while not api.is_healthy():
            if time.monotonic() > deadline:
                raise AirflowError(
                    "the Airflow that `make up` left running is not working properly",
                    where=str(home.server_logs),
                    remedy="see the end of the files there; stop it with `make down`, then run again",
                )
            time.sleep(0.5)
    return service


def print_result(layout: Layout, result: BatchResult) -> int:
    """Print what was published and what was not, and why; returns the exit code: 1 when anything failed."""
    from ilms.commands.report import print_summary
    from ilms.pipeline.awaited import awaited_lines

    if result.publication is None:
        for name, reason in result.skipped.items():
            console.print(f"skipped  {name}: {reason}", markup=False, soft_wrap=True)
    else:
        print_summary(console, layout, result.publication)
    if result.regional:
        console.print(f"regional estimates: {result.regional}", markup=False, soft_wrap=True)
    for line in awaited_lines(result.awaited):
        console.print(line, markup=False, soft_wrap=True)
    console.print()
    for name, reason in result.failed.items():
        console.print(f"FAILED   {name}: {reason}", markup=False, soft_wrap=True, style="red")
    done = len(result.succeeded)
    console.print(f"{done} succeeded, {len(result.failed)} failed, {len(result.skipped)} skipped.")
    stands = result.publication is not None and not result.publication.is_new
    if done and stands and not result.worked and not result.failed:
        console.print("Nothing was new: no stage had any work to do.")
    if result.failed:
        console.print("`make up` shows each run and its log; correct what is named above, then `make run` again.")
    return 1 if result.failed else 0


def choices(home: AirflowHome) -> dict[str, Any]:
    """What a run and the Airflow that it goes through must agree on."""
    access = home.access
    layout = home.layout
    return {
        "mirror": str(access.mirror or ""),
        "online": access.online,
        "profile": layout.release_profile,
        "store": layout.store,
    }


def _refuse_import_errors(api: AirflowApi) -> None:
    errors = api.import_errors() if api.is_healthy() else []
    if errors:
        raise AirflowError(
            "a DAG file cannot be read: " + "; ".join(errors), remedy="correct it, or restore the project's own"
        )


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ignore Ctrl-C, so that the last steps of a shutdown are completed."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, frame: object) -> None:  # noqa: ARG001 - a signal handler's arguments
    raise KeyboardInterrupt


def main() -> None:
    """Run a command; IlmsErrors and Ctrl-C are reported in words."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        with in_words(Layout(home_folder()), f"make {' '.join(sys.argv[1:2])}".strip(), "the command"):
            app()
    except IlmsError as error:
        console.print(f"[bold red]{error.kind} error[/] ", end="")
        console.print(error.message, markup=False, soft_wrap=True)
        sys.exit(1)
    except SystemExit as end:
        if end.code == INTERRUPTED:
            console.print("Stopped. What was finished is kept; `make run` continues from there.")
        raise


if __name__ == "__main__":
    main()
