"""Where everything is under ILMS_HOME."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from schemas.partition import Partition
from schemas.release_profiles import DEFAULT_RELEASE_PROFILE

PROFILES = "release_profiles"
"""The folder of what is kept apart for each release profile."""


@dataclass(frozen=True)
class Layout:
    """Paths of one home, under one release profile. Nothing is created here; partition parts are safe by construction
    (Partition checks them).

    What the producers sent and the releases are the same under every profile. All that is made in between depends on
    it, and each profile but `public` keeps that apart, so that nothing of one reaches a release of another.

    `store` is the address of what several machines share (warehouse/store): the home is then the scratch of one of
    them. Without one, everything is kept in the home.
    """

    home: Path
    release_profile: str = DEFAULT_RELEASE_PROFILE
    store: str = ""

    @property
    def own(self) -> Path:
        """Where everything is that depends on the release profile."""
        if self.release_profile == DEFAULT_RELEASE_PROFILE:
            return self.home
        return self.home / PROFILES / self.release_profile

    def raw(self, partition: Partition) -> Path:
        """Folder of the vintages of a partition; each vintage is a folder that never changes."""
        return self.home / "raw" / partition.source / partition.wave

    def core(self, partition: Partition) -> Path:
        """Harmonised person records (Parquet)."""
        return self.own / "core" / partition.source / f"{partition.wave}.parquet"

    def cells(self, partition: Partition) -> Path:
        """Estimates (Parquet, the columns of `observation`)."""
        return self.own / "cells" / partition.source / f"{partition.wave}.parquet"

    def availability(self, partition: Partition) -> Path:
        """Decisions of the estimate stage on every indicator (Parquet, the fields of schemas.availability.Decision)."""
        return self.own / "cells" / partition.source / f"{partition.wave}.availability.parquet"

    def detail(self, partition: Partition) -> Path:
        """Tables by country with every country (Parquet, the columns of `observation`); only where they are given."""
        return self.own / "cells" / partition.source / f"{partition.wave}.detail.parquet"

    def scores(self, partition: Partition) -> Path:
        """Scores by sampling unit of the numbers that are compared (transforms.estimate.scores); of surveys alone."""
        return self.own / "cells" / partition.source / f"{partition.wave}.scores.parquet"

    def quality(self, partition: Partition, stage: str) -> Path:
        """Results of the gate on `core` or `cells` (Parquet, the columns of `quality_result`)."""
        return self.own / "quality" / partition.source / f"{partition.wave}.{stage}.parquet"

    def data_docs(self) -> Path:
        """Data Docs: one static site."""
        return self.own / "data_docs"

    def status(self, partition: Partition) -> Path:
        """The last outcome of the partition (JSON): stage, state, reason, vintage, fingerprints."""
        return self.own / "status" / partition.source / f"{partition.wave}.json"

    def overdue_sent(self) -> Path:
        """The overdue waves that the last message to ILMS_NOTIFY was about (JSON)."""
        return self.own / "status" / "overdue_sent.json"

    def profile(self, partition: Partition) -> Path:
        """Totals of the accepted records of a partition, by the values of each variable (JSON)."""
        return self.own / "profiles" / partition.source / f"{partition.wave}.json"

    def soundness(self, source_id: str) -> Path:
        """Whether a declaration gave the results of its golden waves when last checked (JSON)."""
        return self.home / "golden" / f"{source_id}.json"

    def faults(self, place: str) -> Path:
        """Where the pipeline itself last failed (text): lines of code, nothing from records."""
        return self.home / "faults" / f"{place}.txt"

    def accepted_folder(self) -> Path:
        """The accepted numbers: one folder per partition, and one per edition of the regional estimates."""
        return self.own / "accepted"

    def accepted(self, partition: Partition) -> Path:
        """The accepted numbers of a partition (warehouse/accepted.py)."""
        return self.accepted_folder() / partition.source / partition.wave

    def withdrawn(self, partition: Partition) -> Path:
        """What a person decided on a partition, under every profile (JSON; warehouse/withdrawal.py)."""
        return self.home / "accepted" / partition.source / partition.wave / "withdrawn.json"

    def accepted_edition(self, edition: str) -> Path:
        """The accepted numbers of an edition of the regional estimates."""
        return self.accepted_folder() / "editions" / edition

    def work(self) -> Path:
        """Scratch space; anything in it may be deleted when nothing runs."""
        return self.home / "work"

    def releases(self) -> Path:
        """One folder per release that is or was current, named by its id."""
        return self.home / "releases"

    def held(self) -> Path:
        """Releases that only the owner may read: drafts, those under embargo, those rejected or withdrawn."""
        return self.home / "held"

    def reviews(self) -> Path:
        """One folder per draft: how it compares with the release before it."""
        return self.home / "reviews"

    def review(self, release_id: str) -> Path:
        """What stands against a draft, and all that differs: as JSON, Parquet and a page."""
        return self.reviews() / release_id

    def vintage_key(self) -> Path:
        """The secret on which what releases say of the files of protected partitions depends (text)."""
        return self.home / "vintage.key"

    def disclosed(self, partition: Partition) -> Path:
        """Every number of a protected partition that a release for everybody gave or withheld (Parquet)."""
        return self.disclosed_folder() / partition.source / f"{partition.wave}.parquet"

    def records_told(self, partition: Partition) -> Path:
        """Folder of the records behind the numbers of a protected partition that releases for everybody told, by the
        release that told them first (Parquet)."""
        return self.disclosed_folder() / partition.source / f"{partition.wave}.records"

    def disclosed_folder(self) -> Path:
        """What releases for everybody have told of protected partitions; nothing is ever taken out of it."""
        return self.home / "disclosed"

    def attacked(self, partition: Partition) -> Path:
        """What the last attack on the protected numbers of a partition in a release found (JSON)."""
        return self.attacks_folder() / partition.source / f"{partition.wave}.json"

    def attacks_folder(self) -> Path:
        """What attacks found, so that what has not changed is not attacked again."""
        return self.own / "attacks"

    def history(self) -> Path:
        """Every number that was ever current in a release that the profile may show, with its time (Parquet)."""
        named = "" if self.release_profile == DEFAULT_RELEASE_PROFILE else f".{self.release_profile}"
        return self.releases() / f"history{named}.parquet"

    def signature(self, release_id: str) -> Path:
        """The signature of a release's manifest (64 bytes)."""
        return self.home / "signatures" / f"{release_id}.sig"

    def release_log(self) -> Path:
        """Who gave which release which state, when and why (JSON lines, only ever appended to)."""
        return self.releases() / "log.jsonl"

    def current(self) -> Path:
        """Pointer to the current release: a symbolic link, replaced atomically."""
        return self.home / "current"

    def benchmark(self, partition: Partition, table: str) -> Path:
        """One table of a benchmark in long form (Parquet); benchmarks hold nothing to protect."""
        return self.home / "core" / partition.source / f"{partition.wave}.{table}.parquet"

    def regional(self, edition: str, table: str) -> Path:
        """One table of an edition of the regional estimates (Parquet), such as observation or regional_input."""
        return self.own / "regional" / edition / f"{table}.parquet"
