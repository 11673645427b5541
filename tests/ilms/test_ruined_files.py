"""A ruined file stops its own partition, whose last numbers stand, until it is mended: two small surveys."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable

import pytest
from small_source import Declare
from two_surveys import (
    GOOD,
    OTHER,
    numbers_of,
    published_areas,
    received,
    run,
    state_of,
    status_of,
    survey_file,
)

from ilms.settings import Settings
from schemas.partition import Partition

pytestmark = pytest.mark.slow


def truncated(text: str) -> bytes:
    return text[: len(text) // 2 - 3].encode()


def wrong_delimiter(text: str) -> bytes:
    return text.replace(",", ";").encode()


def unknown_code(text: str) -> bytes:
    lines = text.splitlines()
    fields = lines[5].split(",")
    fields[4] = "7"
    lines[5] = ",".join(fields)
    return ("\n".join(lines) + "\n").encode()


def missing_column(text: str) -> bytes:
    return "\n".join(line.rsplit(",", 1)[0] for line in text.splitlines()).encode()


def wrong_encoding(text: str) -> bytes:
    return text.replace("p1,", "piña,").encode("latin-1")


def zip_bomb(text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        member = zipfile.ZipInfo("lfs.csv")
        member.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(member, text + "0" * 60_000_000)
    return buffer.getvalue()


def empty(text: str) -> bytes:
    return b""


def cut_gzip(text: str) -> bytes:
    return gzip.compress(text.encode(), mtime=0)[:-40]


def employed_children(text: str) -> bytes:
    """A file that reads well and is wrong: the gate stops it."""
    rows = [line.split(",") for line in text.splitlines()]
    for row in rows[1:]:
        if int(row[5]) < 15:
            row[7] = "1"
    return ("\n".join(",".join(row) for row in rows) + "\n").encode()


RUINS: dict[Callable[[str], bytes], str] = {
    truncated: "",
    wrong_delimiter: "delimiter",
    unknown_code: "code",
    missing_column: "act",
    wrong_encoding: "encoding",
    zip_bomb: "unpacks",
    empty: "empty",
    cut_gzip: "",
    employed_children: "employed",
}


@pytest.mark.parametrize("ruin", RUINS, ids=lambda ruin: ruin.__name__)
def test_a_ruined_file_stops_its_own_partition_only_and_its_last_numbers_stand(
    released: Settings, ruin: Callable[[str], bytes]
) -> None:
    before = numbers_of(released, GOOD)
    good = survey_file(0)
    received(released, GOOD).write_bytes(ruin(good))
    outcome = run(released)

    assert set(outcome.failed) == {f"{GOOD}|2024"}
    reason = outcome.failed[f"{GOOD}|2024"]
    assert RUINS[ruin] in reason.casefold()
    assert "What to do: " in reason
    assert status_of(released, GOOD).reason == reason

    assert outcome.publication.is_new
    assert numbers_of(released, GOOD) == before
    (state, since, why) = state_of(released, GOOD)
    assert (state, why) == ("published", reason)
    assert since is not None
    assert state_of(released, OTHER) == ("published", None, "")
    kept = [
        path
        for path in released.layout.raw(Partition(GOOD, "2024")).rglob("lfs.csv")
        if path.read_bytes() == ruin(good)
    ]
    assert kept, "the ruined file is kept as received"


def test_beside_a_ruined_file_another_source_gives_its_new_numbers(released: Settings) -> None:
    before, stood = numbers_of(released, OTHER), numbers_of(released, GOOD)
    received(released, GOOD).write_bytes(truncated(survey_file(0)))
    received(released, OTHER).write_text(survey_file(2))
    assert set(run(released).failed) == {f"{GOOD}|2024"}
    assert numbers_of(released, GOOD) == stood
    assert numbers_of(released, OTHER) != before
    assert state_of(released, OTHER) == ("published", None, "")


def test_a_mended_file_is_published_again(released: Settings) -> None:
    good = received(released, GOOD).read_bytes()
    received(released, GOOD).write_bytes(b"")
    run(released)
    received(released, GOOD).write_bytes(good)
    outcome = run(released)
    assert outcome.failed == {}
    assert published_areas(released) == {"ZZZ", "LIE"}


def test_a_size_that_cannot_be_believed_stops_the_partition(released: Settings, declare: Declare) -> None:
    declare(GOOD, waves={"2024": {"files": [{"name": "lfs.csv", "mirror": f"{GOOD}/lfs.csv"}]}})
    received(released, GOOD).write_text(survey_file(0, records=100))
    before = numbers_of(released, GOOD)
    outcome = run(released)
    assert "-75%" in outcome.failed[f"{GOOD}|2024"]
    assert numbers_of(released, GOOD) == before
