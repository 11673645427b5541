"""Answers with data: the observations that a request asks for, in the format that the client wants."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

import duckdb
import pyarrow as pa
from starlette.requests import Request

from warehouse.sdmx.agency import Agency
from warehouse.sdmx.formats import DATA_FORMATS
from warehouse.sdmx.formats.base import ALL_DIMENSIONS, DataFormat, DataMessage, Labels
from warehouse.sdmx.query import Slice, changed_rows, gone_rows, select_rows
from warehouse.sdmx.rows import Component, FlowRows
from warehouse.sdmx.served import TIME, Components, ServedFlow
from warehouse.service.addresses import read_keys
from warehouse.service.answers import ALWAYS, Prepared, compressed, is_unchanged, message_id, release_headers
from warehouse.service.data_request import ATTRIBUTE_GROUPS, DataRequest, FlowAddress, Shown
from warehouse.service.errors import no_results, semantic_error, shown, syntax_error, too_large
from warehouse.service.negotiation import accepted, choose_encoding, choose_format, choose_language
from warehouse.service.shelf import OpenRelease
from warehouse.service.work import Job

MOST_RELEASES, MOST_OF_HISTORY = 50, 20_000
"""Through how many releases a history goes, with how many observations of each."""
FEW = 5_000
"""Observations up to this number are read at once."""
LABELS: tuple[Labels, ...] = ("id", "name", "both")


@dataclass(frozen=True)
class Representation:
    """What of the formats, languages and compressions the client gets."""

    form: DataFormat
    labels: Labels
    language: str | None
    encoding: str | None

    @property
    def marks(self) -> tuple[str | None, ...]:
        """All that one representation differs from another in."""
        return self.form.content_type, self.labels, self.language, self.encoding

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers that say so."""
        said = {"Content-Type": self.form.content_type + ("; charset=utf-8" if self.form.suffix == ".csv" else "")}
        if self.language:
            said["Content-Language"] = self.language
        return said | ({"Content-Encoding": self.encoding} if self.encoding else {})


def representation(request: Request, asked: DataRequest) -> Representation:
    """What the client gets. Raises RequestError (406) where nothing that it accepts is there."""
    form, said = choose_format(accepted(request), preferred(asked))
    labels = said.get("labels", "id")
    return Representation(
        form,
        labels if labels in LABELS else "id",
        choose_language(request.headers.get("accept-language")),
        choose_encoding(request.headers.get("accept-encoding")),
    )


def preferred(asked: DataRequest) -> Sequence[DataFormat]:
    """The formats of data; those of SDMX 3.0 first, JSON before all, where a request is written in its syntax."""
    if asked.syntax == "1.5":
        return DATA_FORMATS
    newest_first = DATA_FORMATS[::-1]
    return sorted(newest_first, key=lambda each: "json" not in each.media_type)


def prepare_data(job: Job, request: Request, asked: DataRequest) -> Prepared:
    """Answer a request for data. Raises RequestError for what cannot be answered."""
    chosen = representation(request, asked)
    held = job.hold(asked.as_of)
    headers = {**ALWAYS, **release_headers(held, request, *chosen.marks)}
    if is_unchanged(request, headers["ETag"], held.since):
        return Prepared(headers, status=304)
    flow = find_flow(held.release, asked.address)
    message = DataMessage(
        id=message_id(headers),
        prepared=held.release.moment,
        sender=held.release.agency,
        datasets=_datasets(job, held.release, flow, asked),
        at_observation=asked.at_observation,
        with_observations=asked.shown.with_observations,
        labels=chosen.labels,
        language=chosen.language or "en",
    )
    body = cast(Generator[bytes], chosen.form.chunks(message))
    if chosen.encoding:
        body = compressed(job.keep(body))
    name = f'attachment; filename="{flow.id}{chosen.form.suffix}"'
    return Prepared({**headers, **chosen.headers, "Content-Disposition": name}, body)


def find_flow(release: OpenRelease, address: FlowAddress) -> ServedFlow:
    """The dataflow that is meant. Raises RequestError (404) where there is none, 422 where there are several."""
    named = [each for each in release.served.values() if _is_meant(address, each, release.agency)]
    if not named:
        raise no_results(f"No {address.context} with data fits. The dataflows are listed at dataflow/all.")
    if not address.providers.has(release.agency.id):
        raise no_results(f"The only provider of data is {release.agency.id}.")
    if len(named) > 1:
        raise semantic_error(f"{len(named)} dataflows fit: ask for one at a time.")
    return named[0]


def _is_meant(address: FlowAddress, flow: ServedFlow, agency: Agency) -> bool:
    here = flow.structure(agency) if address.context == "datastructure" else agency.reference(flow.id)
    return address.agency.has(here.agency) and address.ids.has(here.id) and address.version.has(here.version)


def wanted_rows(
    job: Job, release: OpenRelease, flow: ServedFlow, asked: DataRequest, *, most: int | None = None
) -> FlowRows:
    """The observations asked for, with the components asked for. With `most`, so many are read at once into memory.

    Raises RequestError (400).
    """
    wanted, components = _slice(flow, asked), _components(flow.components, asked.shown)
    earlier = _earlier(job, asked)
    rows = _selected(job, release, flow, wanted, components, most=most if earlier is None else None)
    if earlier is None:
        return rows
    whole = replace(wanted, first=None, last=None)
    changed = changed_rows(rows, _selected(job, earlier, flow, whole, components))
    return changed if most is None else replace(changed, rows=changed.rows.limit(most).to_arrow_table())


def _slice(flow: ServedFlow, asked: DataRequest) -> Slice:
    """Which observations are asked for. Raises RequestError (400)."""
    *series, _ = keys = flow.keys
    if asked.at_observation not in (*keys, ALL_DIMENSIONS):
        raise syntax_error(f"dimensionAtObservation={shown(asked.at_observation)} is no dimension of {flow.id}.")
    return Slice(
        read_keys(asked.key, series, may_be_short=asked.syntax == "2.x"),
        *(asked.start, asked.end, asked.conditions, asked.first, asked.last),
    )


def _earlier(job: Job, asked: DataRequest) -> OpenRelease | None:
    """The release that was current when the client asked last, where it says when that was."""
    before = job.shelf.earlier(asked.updated_after.isoformat()) if asked.updated_after else None
    return job.hold(before.id).release if before else None


def _selected(
    job: Job,
    release: OpenRelease,
    flow: ServedFlow,
    wanted: Slice,
    components: Sequence[str],
    *,
    most: int | None = None,
) -> FlowRows:
    try:
        return select_rows(
            job.cursor(release),
            flow,
            wanted,
            agency=release.agency,
            names=release.names,
            components=components,
            most=most,
        )
    except (ValueError, duckdb.BinderException) as error:
        raise syntax_error(f"The observations cannot be compared as asked: {shown(str(error))}") from error


def _components(parts: Components, wanted: Shown) -> list[str]:
    """The ids of the components that an answer has."""
    unknown = set(wanted.attributes) - set(ATTRIBUTE_GROUPS) - {each.id for each in parts.attributes}
    if unknown:
        raise syntax_error(f"There is no attribute '{shown(min(unknown))}'.")
    kept = [each.id for each in parts.attributes if _is_wanted(each, wanted.attributes)]
    return [*parts.keys, *([parts.measure.id] if wanted.with_value else []), *kept]


def _is_wanted(attribute: Component, wanted: Sequence[str]) -> bool:
    of_series = bool(attribute.attached) and TIME not in attribute.attached
    return bool({"dsd", "all", attribute.id, "series" if of_series else "obs"} & set(wanted))


def _datasets(job: Job, release: OpenRelease, flow: ServedFlow, asked: DataRequest) -> tuple[FlowRows, ...]:
    """What an answer holds: the observations; with `updatedAfter` those that were new or revised, and the keys of those
    that are gone; with history those that were new or revised in each release.

    Raises RequestError (404, 413).
    """
    if asked.with_history:
        found = _history(job, release, flow, asked)
    elif asked.updated_after is None:
        found = _read(job, release, flow, asked)
    else:
        changed = [replace(each, action="Replace") for each in _read(job, release, flow, asked)]
        found = [*changed, *_gone(job, release, flow, asked)]
    if not found:
        raise no_results("No observation fits the key and the periods.")
    return tuple(found)


def _gone(job: Job, release: OpenRelease, flow: ServedFlow, asked: DataRequest) -> list[FlowRows]:
    """The keys of observations that are there no more, as data to delete; none where nothing is gone.

    One that has another value, so that it no longer meets a condition, is not gone. Raises RequestError (413).
    """
    earlier = _earlier(job, asked)
    if earlier is None:
        return []
    keys = flow.keys
    then = replace(_slice(flow, asked), first=None, last=None)
    now = replace(then, conditions=tuple(each for each in then.conditions if each.component in keys))
    gone = gone_rows(_selected(job, release, flow, now, keys), _selected(job, earlier, flow, then, keys))
    read = _in_memory(gone)
    return [replace(gone, rows=read)] if len(read) else []


def _in_memory(rows: FlowRows) -> pa.Table:
    """Rows read at once. Raises RequestError (413) where they are too many for that."""
    read = rows.rows.limit(MOST_OF_HISTORY + 1).to_arrow_table()
    if len(read) > MOST_OF_HISTORY:
        raise too_large(f"A history has {MOST_OF_HISTORY:,} observations of a release at most: name codes.")
    return read


def _history(job: Job, release: OpenRelease, flow: ServedFlow, asked: DataRequest) -> list[FlowRows]:
    """The observations that were new or revised in each release. Raises RequestError (413)."""
    moments = [each for each in job.shelf.current_since() if each[1] <= release.id]
    if len(moments) > MOST_RELEASES:
        raise too_large(f"A history goes through {MOST_RELEASES} releases, and there are {len(moments)}: use asOf.")
    datasets: list[FlowRows] = []
    before: FlowRows | None = None
    for moment, name in moments:
        opened = job.hold(name).release
        if flow.id not in opened.served:
            continue
        rows = wanted_rows(job, opened, flow, asked)
        changed = rows if before is None else changed_rows(rows, before)
        read = _in_memory(changed)
        if len(read):
            datasets.append(replace(rows, rows=read, valid_from=moment.isoformat()))
        before = rows
    return datasets


def _read(job: Job, release: OpenRelease, flow: ServedFlow, asked: DataRequest) -> list[FlowRows]:
    """The observations of an answer: read already when they are few, and else left to whoever writes them.

    None where there are none. Raises RequestError (413) where there are too many.
    """
    try:
        rows = wanted_rows(job, release, flow, asked, most=FEW + 1)
        count = len(rows.rows)
        if count > FEW:
            rows = wanted_rows(job, release, flow, asked)
            count = int(rows.rows.count("*").fetchall()[0][0])
    except duckdb.ConversionException as error:
        raise syntax_error("A component is compared with what is no value of it.") from error
    if count > job.limits.observations:
        raise too_large(
            f"{count:,} observations fit, and an answer has {job.limits.observations:,} at most: name codes or periods."
        )
    return [rows] if count else []
