"""Fetch the files of one wave and keep them as a vintage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from schemas.errors import DeclarationError, FetchError, IlmsError, InputError
from schemas.partition import Partition
from schemas.source import Source
from schemas.wave import Wave
from warehouse.files import sha256
from warehouse.intake.access import Access
from warehouse.intake.addresses import fill, wave_values
from warehouse.intake.client import Patience, open_client
from warehouse.intake.download import download
from warehouse.intake.drafts import Draft, Remembered
from warehouse.intake.drift import find_faults
from warehouse.intake.earlier import Earlier, what_came_before
from warehouse.intake.kept import copy_hashed, reuse
from warehouse.intake.listings import addresses_in
from warehouse.intake.origins import Plan, Wanted, declared_wave, origin_by, plan_fetch
from warehouse.intake.services.bring import Answers
from warehouse.intake.vintage import Shelf, Vintage, VintageFile, latest_vintage, remove_folder, vintage_id
from warehouse.layout import Layout


def fetch_wave(
    source: Source,
    partition: Partition,
    layout: Layout,
    access: Access,
    *,
    patience: Patience | None = None,
) -> Vintage:
    """The files of a wave as a vintage: from the producer when online, else from the mirror, or generated.

    Raises SourceUnavailable when no place of the files is available (the source is skipped), FetchError when the
    network failed (bytes received are kept, and the next fetch continues from there), InputError when the files are not
    as declared (they are set aside under `rejected/`), DeclarationError when the declaration contradicts itself.
    """
    wave = declared_wave(source, partition)
    generated, origin = source.fetch.method == "generator", origin_by(source, partition, access)
    plan = None if generated else plan_fetch(source, partition, access)
    if plan and not plan.wanted:
        raise _stopped(partition, plan.missing)
    shelf = Shelf(source, partition, layout.raw(partition))
    with shelf.incoming() as staged, _ending_clean(staged, partition):
        previous, earlier = latest_vintage(layout, partition), what_came_before(layout, source, partition, origin)
        if plan and previous and _brings_the_same(source, plan, previous, earlier):
            return shelf.stand(staged, previous)
        if plan:
            patience = patience or Patience(silence_seconds=source.fetch.timeout_seconds)
            with _client_for(plan, source, access, patience) as client:
                files = _gather(partition, plan, staged, previous, client, patience)
            missing = list(plan.missing)
        else:
            files, missing = _generate(source, partition, wave, staged)
        faults = find_faults(source, files, missing, earlier)
        if faults:
            folder = shelf.reject(staged, files, "\n".join(faults))
            raise _stopped(partition, faults, folder.relative_to(layout.home))
        return shelf.keep(staged, files)


def fetched_already(
    source: Source,
    partition: Partition,
    layout: Layout,
    access: Access,
) -> Vintage | None:
    """The vintage fetched last, when `fetch_wave` would find the same files; nothing is downloaded or written.

    None when it would not, or when only the producer's server can answer that. Raises as `fetch_wave` does before it
    fetches.
    """
    wave, origin = declared_wave(source, partition), origin_by(source, partition, access)
    previous, earlier = latest_vintage(layout, partition), what_came_before(layout, source, partition, origin)
    if previous is None:
        return None
    if source.fetch.method != "generator":
        plan = plan_fetch(source, partition, access)
        return previous if _brings_the_same(source, plan, previous, earlier) else None
    with TemporaryDirectory() as folder:
        files, missing = _generate(source, partition, wave, Path(folder) / "generated")
        return previous if _same(source, files, missing, previous, earlier) else None


def _brings_the_same(source: Source, plan: Plan, previous: Vintage, earlier: Earlier) -> bool:
    """Whether all files of a plan are on this machine, and are those of the previous vintage."""
    here = {item.name: item.path for item in plan.wanted if item.path}
    if len(here) < len(plan.wanted):
        return False
    try:
        if {name: path.stat().st_size for name, path in here.items()} != {f.name: f.bytes for f in previous.files}:
            return False
        files = [
            VintageFile(item.name, item.role, path, path.stat().st_size, sha256(path), item.address)
            for item, path in zip(plan.wanted, here.values(), strict=True)
        ]
    except OSError:
        # The error is raised when they are copied.
        return False
    return _same(source, files, plan.missing, previous, earlier)


def _same(
    source: Source,
    files: Sequence[VintageFile],
    missing: Sequence[str],
    previous: Vintage,
    earlier: Earlier,
) -> bool:
    """Whether files are those of the previous vintage, in the same roles, and still as declared."""
    roles = {file.name: file.role for file in files} == {file.name: file.role for file in previous.files}
    return roles and vintage_id(files) == previous.id and not find_faults(source, files, missing, earlier)


@contextmanager
def _ending_clean(staged: Path, partition: Partition) -> Iterator[None]:
    """Keep the bytes received when another try may continue from them; leave nothing behind if the failure is final."""
    try:
        yield
    except IlmsError as error:
        if not error.retryable:
            remove_folder(staged)
        raise
    except OSError as error:
        raise FetchError(
            f"the files could not be stored: {error.strerror or error}",
            where=f"{partition.key}, {error.filename or staged}",
            remedy="check free space and permissions of ILMS_HOME, then run again",
        ) from error


def _stopped(partition: Partition, faults: Sequence[str], kept: Path | None = None) -> InputError:
    return InputError(
        "the files are not as declared: " + "; ".join(faults),
        where=partition.key + (f"; the files are kept in {kept.as_posix()} for inspection" if kept else ""),
        why="estimates from them would be wrong or partial",
        remedy="correct the files or the declaration, then run again",
    )


def _client_for(
    plan: Plan, source: Source, access: Access, patience: Patience
) -> AbstractContextManager[httpx.Client | None]:
    """A client, only where a file has to be downloaded: it loads certificates, which takes time."""
    online = any(item.path is None for item in plan.wanted)
    return open_client(patience, source.fetch, access.contact) if online else nullcontext()


def _gather(
    partition: Partition,
    plan: Plan,
    staged: Path,
    previous: Vintage | None,
    client: httpx.Client | None,
    patience: Patience,
) -> list[VintageFile]:
    """Copy or download every file of the plan into the staged folder."""
    files = []
    for item in plan.wanted:
        where = f"{partition.key}, file {item.name}"
        if item.path:
            files.append(_copied(item, item.path, staged / item.name, where))
        elif client and item.question:
            answers = Answers(client, staged, previous, patience)
            files.append(answers.bring(item.question, item.name, item.role, where))
        elif client:
            there = _addressed(client, item, staged, patience, where)
            draft = Draft(there.address, staged / there.name)
            reuse(draft, previous)
            said = download(client, draft, patience=patience, where=where)
            files.append(_received(there, draft.target, said))
    return files


def _addressed(client: httpx.Client, item: Wanted, staged: Path, patience: Patience, where: str) -> Wanted:
    """The file with its own address, found on the page that links to it. Raises InputError unless exactly one link
    fits."""
    if not item.link:
        return item
    page = Draft(item.address, staged / f".{item.name}.listing")
    download(client, page, patience=patience, where=where)
    found = addresses_in(page.target.read_bytes(), item.address, item.link)
    if len(found) == 1:
        return replace(item, address=found[0], link="")
    raise InputError(
        f"{item.address} names {len(found) or 'no'} files called {item.link}"
        + (f": {', '.join(found[:10])}" if found else ""),
        where=where,
        why="it is not known which of them is the wave" if found else "",
        remedy="correct `link` in source.yaml, so that exactly one link fits it",
    )


def _received(item: Wanted, path: Path, said: Remembered) -> VintageFile:
    size, digest = path.stat().st_size, sha256(path)
    return VintageFile(item.name, item.role, path, size, digest, item.address, said.etag, said.last_modified)


def _copied(item: Wanted, path: Path, target: Path, where: str) -> VintageFile:
    """Copy a file, and check that it was not changed meanwhile."""
    before = path.stat()
    try:
        digest = copy_hashed(path, target)
    except PermissionError as error:
        raise InputError("the file may not be read", where=where, remedy="allow this user to read it") from error
    after = path.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise FetchError("the file changed while it was copied", where=where, remedy="run again when it is complete")
    return VintageFile(item.name, item.role, target, after.st_size, digest, item.address)


def _generate(source: Source, partition: Partition, wave: Wave, staged: Path) -> tuple[list[VintageFile], list[str]]:
    """Files made by the source's generator, and in words those it should have made but did not."""
    # The generator's libraries are slow to load, and no other source needs them.
    from transforms.synthetic import generate

    name = source.fetch.generator
    if name is None:
        raise DeclarationError(
            "the source is generated, but does not name the generator",
            where=f"{source.id}, source.yaml, fetch",
            remedy="declare `generator`",
        )
    remove_folder(staged)
    staged.mkdir()
    made, files, missing = sorted(generate(name, partition, staged)), [], []
    for file in wave.files:
        pattern = fill(file.name, wave_values(source, partition, wave.settings), f"{partition.key}, file {file.name}")
        called_so = [path for path in made if fnmatchcase(path.name, pattern)]
        if len(called_so) != (file.many or 1):
            missing.append(f"the generator made {len(called_so)} files called {pattern}, {file.many or 1} declared")
        files += [
            VintageFile(path.name, file.role, path, path.stat().st_size, sha256(path), f"generator:{name}")
            for path in called_so
        ]
    return files, missing
