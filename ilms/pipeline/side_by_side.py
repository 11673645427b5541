"""The partitions of a batch side by side in worker processes, each with its share of memory and processors.

The waves of a source are run in their order, one after the other; sources with most bytes to read begin first. A
partition that the machine fails, or whose process is lost, is run again alone, with all memory and processors.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ilms.pipeline.batches import LOST, record_failure
from ilms.pipeline.one_partition import Say, Work, run_one
from ilms.pipeline.shares import share_of
from ilms.pipeline.stages import is_settled
from ilms.pipeline.workers import Ended, Said, Worker, answers, crew
from ilms.settings import Settings
from schemas.errors import IlmsError, MachineError
from schemas.loader import load_runnable
from schemas.partition import Partition
from schemas.wave import DEFAULT_POOL
from warehouse.intake.access import Access
from warehouse.intake.origins import plan_fetch
from warehouse.intake.vintage import latest_vintage
from warehouse.layout import Layout
from warehouse.store.kept import put_status


def run_keys(settings: Settings, keys: Sequence[str], jobs: int, say: Say) -> Iterator[tuple[str, IlmsError | None]]:
    """Run partitions, so many at a time, and give each as it ends, with the error that stopped it, if any.

    Sources that have nothing to do are run by this process, ahead of the others: a process more would cost more.
    """
    chains = {key: chain_of(settings.access, key) for key in keys}
    busy = {chains[key] for key in keys if not is_settled(settings, key)}
    jobs = min(jobs, len(busy))
    for key in keys:
        if chains[key] not in busy:
            # Nothing of it is made, so that there is nothing to bring from a store, nor to put there but its status.
            error = run_one(replace(settings, store=""), key, say)
            put_status(settings.layout, Partition.parse(key))
            yield key, error
        elif jobs <= 1:
            yield key, run_one(settings, key, say)
    if jobs <= 1:
        return
    weights = {key: bytes_to_read(settings.layout, settings.access, key) for key in keys}
    chains = {key: chain for key, chain in chains.items() if chain in busy}
    yield from side_by_side(settings, Waiting.of(chains, weights), jobs, say, run_one)


def side_by_side(
    settings: Settings, waiting: Waiting, jobs: int, say: Say, work: Work
) -> Iterator[tuple[str, IlmsError | None]]:
    """Do the work of partitions, so many at a time; gives each as it ends, with the error that stopped it, or None."""
    with crew() as workers:
        while waiting.any() or any(worker.key for worker in workers):
            _start(settings, waiting, workers, jobs, work)
            for worker, answer in answers(workers):
                if isinstance(answer, Said):
                    say(answer.line)
                    continue
                if answer.lost:
                    workers.remove(worker)
                    worker.end()
                if not waiting.again(answer):
                    error = _lost(settings.layout, answer.key) if answer.lost else answer.error
                    yield answer.key, error


@dataclass
class Waiting:
    """The partitions that are not yet run.

    chains   those that are run one after the other, in their order, by the name of the chain
    weights  the bytes that each of them reads
    busy     the chain of each partition at work
    alone    partitions that are run while no other is
    """

    chains: dict[str, list[str]]
    weights: Mapping[str, int]
    busy: dict[str, str] = field(default_factory=dict)
    alone: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, chain_of: Mapping[str, str], weights: Mapping[str, int]) -> Waiting:
        """All of a batch, by the name of the chain of each."""
        chains: dict[str, list[str]] = defaultdict(list)
        for key, chain in chain_of.items():
            chains[chain].append(key)
        return cls(dict(chains), weights)

    def any(self) -> bool:
        """Whether one is left to begin."""
        return any(self.chains.values())

    def unfinished(self) -> int:
        """How many chains are not finished."""
        return len({*self.busy.values(), *(chain for chain, keys in self.chains.items() if keys)})

    def next(self) -> str | None:
        """The one to begin now: the first of the chain with most bytes left, of those that are not at work.

        None when there is none, or one has to be alone and others are still at work.
        """
        if self.busy and self.alone:
            return None
        free = {chain: keys for chain, keys in self.chains.items() if keys and chain not in self.busy.values()}
        if lonely := {chain: keys for chain, keys in free.items() if keys[0] in self.alone}:
            free = lonely
        if not free:
            return None
        chain = max(free, key=lambda each: sum(self.weights[key] for key in free[each]))
        key = free[chain].pop(0)
        self.busy[key] = chain
        return key

    def again(self, ended: Ended) -> bool:
        """Take note that a partition has ended; whether it is to be run again, alone."""
        chain = self.busy.pop(ended.key)
        if ended.key in self.alone:
            self.alone.discard(ended.key)
            return False
        if not (ended.lost or isinstance(ended.error, MachineError)):
            return False
        self.alone.add(ended.key)
        self.chains[chain].insert(0, ended.key)
        return True


def chain_of(access: Access, key: str) -> str:
    """What a partition is run one after the other with: the waves of its source, since each is compared with those
    before; when downloading, all that is fetched through its pool, for the sake of the producer."""
    source = load_runnable(Partition.parse(key).source)
    is_shared = access.online and source.fetch.pool != DEFAULT_POOL
    return source.fetch.pool if is_shared else source.id


def bytes_to_read(layout: Layout, access: Access, key: str) -> int:
    """The size of a partition's files, where they are on this machine; 0 where that is not known."""
    partition = Partition.parse(key)
    if kept := latest_vintage(layout, partition):
        return kept.bytes
    try:
        source = load_runnable(partition.source).of_wave(partition.wave)
        if source.fetch.method == "generator":
            return 0
        wanted = plan_fetch(source, partition, access.for_source(source.id)).wanted
        return sum(each.path.stat().st_size for each in wanted if each.path)
    except (IlmsError, OSError):
        # Its run meets the same error, and records it where people look for it.
        return 0


def _start(settings: Settings, waiting: Waiting, workers: list[Worker], jobs: int, work: Work) -> None:
    """Give work to those that have none, as long as there is any."""
    while sum(bool(worker.key) for worker in workers) < jobs:
        key = waiting.next()
        if key is None:
            return
        share = share_of(settings.memory_limit, 1 if key in waiting.alone else min(jobs, waiting.unfinished()))
        idle = next((worker for worker in workers if not worker.key), None)
        if idle is None:
            idle = Worker()
            workers.append(idle)
        idle.start(settings, key, share, work)


def _lost(layout: Layout, key: str) -> IlmsError:
    """Record that the process of a partition ended silently, also when it ran alone."""
    record_failure(layout, key, None)
    return MachineError(LOST)
