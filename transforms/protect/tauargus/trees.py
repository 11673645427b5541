"""Hierarchies for tau-argus: overlapping sets are separated into trees in which any two sets are nested or disjoint."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item", bound=Hashable)


@dataclass(frozen=True)
class Tree(Generic[Item]):
    """The whole (first) and its parts, each before its own parts. What no part covers is a further part."""

    nodes: tuple[frozenset[Item], ...]
    depth: tuple[int, ...]

    @property
    def levels(self) -> int:
        """How many levels there are below the whole."""
        return max(self.depth)


def trees(whole: frozenset[Item], parts: Iterable[frozenset[Item]]) -> list[Tree[Item]]:
    """A small number of trees, chosen greedily, such that each part is in at least one of them."""
    wanted = sorted({part for part in parts if part and part != whole}, key=_order)
    left = list(wanted)
    result: list[Tree[Item]] = []
    while left or not result:
        chosen: list[frozenset[Item]] = []
        for part in [*left, *wanted]:
            if part not in chosen and all(_nested_or_disjoint(part, other) for other in chosen):
                chosen.append(part)
        left = [part for part in left if part not in chosen]
        result.append(_tree(whole, chosen))
    return result


def _order(part: frozenset[Item]) -> tuple[int, list[str]]:
    return -len(part), sorted(str(item) for item in part)


def _nested_or_disjoint(one: frozenset[Item], other: frozenset[Item]) -> bool:
    return not one & other or one <= other or other <= one


def _tree(whole: frozenset[Item], chosen: list[frozenset[Item]]) -> Tree[Item]:
    nodes: list[frozenset[Item]] = []
    depths: list[int] = []

    def add(node: frozenset[Item], inside: list[frozenset[Item]], depth: int) -> None:
        nodes.append(node)
        depths.append(depth)
        children = [part for part in inside if not any(part < other for other in inside)]
        rest = node.difference(*children)
        for child in sorted(children, key=_order):
            add(child, [part for part in inside if part < child], depth + 1)
        if children and rest:
            add(rest, [], depth + 1)

    add(whole, chosen, 0)
    return Tree(tuple(nodes), tuple(depths))
