"""Gaps between the means of two groups, raw or weighted over the classes of factors, with their linear variables.

In class k, c and r are the means of the compared and of the reference group, gap = 1 - c / r, and W is the weight of
the persons whose distribution over the classes is used. The gap G is the mean of the gaps of the classes, weighted by
W. A class has no gap where one of the groups is empty or the reference group's mean is zero. The factor-weighted gap
follows the idea of the ILO's Global Wage Report 2018/19: gaps between persons with the same factors, weighted by the
number of persons in each class.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array, eye_array, kron

from schemas.indicators import Indicator
from transforms.estimate.add_up import add_up, sum_as_number
from transforms.estimate.atoms import Atoms
from transforms.estimate.coding import Coding
from transforms.estimate.domains import Domains, Floats
from transforms.estimate.estimates import Estimates, divided
from transforms.estimate.repeated import Repeated
from transforms.estimate.rollup import Rollup, cells_of, class_rollup
from transforms.estimate.sample import Sample
from transforms.estimate.squares import Squares
from transforms.measures import Sums, measure_of

COMPARED, REFERENCE, SHARE = "compared", "reference", "share"


@dataclass(frozen=True)
class _Gaps:
    """Cells by classes, or by classes and units.

    compared, reference            weighted totals of the variable over each group
    of_compared, of_reference      the weights of these groups
    weight                         W: that of the persons whose distribution is used
    mean_compared, mean_reference  c and r, in the variable's unit; nan where nobody has a weight
    """

    compared: Floats
    reference: Floats
    of_compared: Floats
    of_reference: Floats
    weight: Floats
    mean_compared: Floats
    mean_reference: Floats

    @property
    def gap(self) -> Floats:
        """The gap of each class, as a proportion; nan where it has none."""
        is_given = (self.of_compared > 0) & (self.of_reference > 0) & (self.reference > 0) & (self.weight > 0)
        return np.where(is_given, 1 - divided(self.mean_compared, self.mean_reference), np.nan)

    @property
    def weight_of_all(self) -> Floats:
        """The weight of the classes that have a gap, per cell."""
        total: Floats = np.where(np.isnan(self.gap), 0, self.weight).sum(axis=1)
        return total

    @property
    def mean(self) -> Floats:
        """G per cell, nan where no class has a gap."""
        weighted: Floats = np.nan_to_num(self.weight * self.gap).sum(axis=1)
        return divided(weighted, self.weight_of_all)


def estimate_gap(
    atoms: Atoms, rollups: Sequence[Rollup], indicator: Indicator, repeated: Repeated | None = None
) -> Estimates:
    """The gap in per cent, as y, in every cell.

    `repeated` are the persons, where these may have several records. Cases are those of the compared group; degrees of
    freedom follow the sampling units of all persons in the classes.
    """
    coding, sample, squares = atoms.persons.coding, atoms.persons.sample, atoms.persons.squares
    classes = [class_rollup(name, coding) for name in indicator.factors or []]
    group_sums = _group_sums(coding, indicator, squares)
    where = f"({coding.in_any(sorted(indicator.populations))}) and {coding.has[str(indicator.variable)].is_set}"
    domains = add_up(atoms, group_sums, where, [*rollups, *classes])
    cells = cells_of(rollups)
    gaps = _gaps({name: total.reshape(cells, -1) for name, total in domains.totals.items()})
    linear = _of_replicates(domains, cells, sample.count) if sample.is_replicated else _linear(domains, gaps)
    if squares.are_summed:
        zz = _squares(domains, gaps, squares.weight, squares.values[str(indicator.variable)])
        linear = Domains(linear.sums, {**linear.totals, "zz": zz})
    of_all = "weight" if sample.is_replicated else None
    sums = Sums("n", "cases", y="z", x=of_all, yy="zz", is_linear=not sample.is_replicated)
    found = sample.estimate(linear, sums)
    value, variance = gaps.mean, found.variance
    if sample.is_replicated:
        value, variance = divided(found.y, found.x), divided(variance, found.x**2)
    is_estimable = _is_estimable(sample, domains, gaps, COMPARED) & _is_estimable(sample, domains, gaps, REFERENCE)
    variance = np.where(is_estimable, variance, np.nan)
    persons = None
    if repeated is not None:
        compared = measure_of(indicator).parts(indicator)[0]
        in_classes = _of_classes_with_gap(gaps) @ reduce(kron, (each.matrix for each in [*rollups, *classes])).tocsr()
        persons = repeated.count(compared, [*rollups, *classes], in_classes)
    return Estimates(found.n, 100 * value, np.ones(cells), found.degrees_of_freedom, 1e4 * variance, persons)


def _group_sums(coding: Coding, indicator: Indicator, squares: Squares) -> dict[str, str]:
    """Name and SQL of the sums that gaps are computed from: cases, weights and values of the groups."""
    named = {COMPARED: indicator.population, REFERENCE: indicator.against, SHARE: indicator.shares_of}
    is_in = {group: coding.populations[name].is_set if name else "true" for group, name in named.items()}
    total = {"n": "n", "w": "w", "y": f"wv_{indicator.variable}"}
    wanted = [("n", COMPARED), ("n", REFERENCE), *(("w", group) for group in is_in), ("y", COMPARED), ("y", REFERENCE)]
    sums = {"cases": sum_as_number("n", "sum(n)")}
    for kind, group in wanted:
        sums[f"{kind}_{group}"] = sum_as_number(kind, f"sum({total[kind]}) filter ({is_in[group]})")
    if not squares.are_summed:
        return sums
    columns = {"1": "w2", "v": f"w2v_{indicator.variable}", "vv": f"w2vv_{indicator.variable}"}
    for flags in itertools.product((False, True), repeat=len(is_in)):
        held = [sql if flag else f"not {sql}" for sql, flag in zip(is_in.values(), flags, strict=True)]
        for power, column in columns.items():
            filtered = f"sum({column}) filter ({' and '.join(held)})"
            sums[_square(flags, power)] = sum_as_number(column, filtered)
    return sums


def _square(flags: tuple[bool, ...], power: str) -> str:
    """The name of the sums of squares over the persons in exactly these groups."""
    return f"square_{power}_{''.join(str(int(flag)) for flag in flags)}"


def _gaps(sums: Mapping[str, Floats]) -> _Gaps:
    weights = [sums[f"w_{name}"] for name in (COMPARED, REFERENCE, SHARE)]
    values = [sums[f"y_{name}"] for name in (COMPARED, REFERENCE)]
    means = [divided(value, weight) for value, weight in zip(values, weights, strict=False)]
    return _Gaps(values[0], values[1], *weights, *means)


@dataclass(frozen=True)
class _Coefficients:
    """Of the linear variable z = share + compared (value - c) + reference (value - r), per cell and class."""

    share: Floats
    compared: Floats
    reference: Floats


def _coefficients(gaps: _Gaps) -> _Coefficients:
    """Taylor linearisation (Wolter, Introduction to Variance Estimation, 2007, chapter 6); zero without a gap."""
    weight_of_all = gaps.weight_of_all[:, np.newaxis]
    share = divided(gaps.gap - gaps.mean[:, np.newaxis], np.broadcast_to(weight_of_all, gaps.gap.shape))
    scale = divided(gaps.weight, np.broadcast_to(weight_of_all, gaps.gap.shape))
    compared = -divided(scale, gaps.mean_reference * gaps.of_compared)
    reference = divided(scale * gaps.mean_compared, gaps.mean_reference**2 * gaps.of_reference)
    given = ~np.isnan(gaps.gap)
    return _Coefficients(*(np.where(given, each, 0.0) for each in (share, compared, reference)))


def _linear(domains: Domains, gaps: _Gaps) -> Domains:
    """Cases, and totals of the linear variable, per cell and unit: the sums over classes."""
    factors = _coefficients(gaps)
    parts = {
        "w_share": factors.share,
        "y_compared": factors.compared,
        "w_compared": -factors.compared * np.nan_to_num(gaps.mean_compared),
        "y_reference": factors.reference,
        "w_reference": -factors.reference * np.nan_to_num(gaps.mean_reference),
    }
    together = _of_classes_with_gap(gaps)
    of_classes = [diags_array(factor.ravel()) @ domains.sums[name] for name, factor in parts.items()]
    sums = {"z": together @ reduce(operator.add, of_classes)}
    for name, cases in (("n", "n_compared"), ("cases", "cases")):
        sums[name] = together @ domains.sums[cases]
    return Domains(sums, {name: np.asarray(each.sum(axis=1)) for name, each in sums.items()})


def _is_estimable(sample: Sample, domains: Domains, gaps: _Gaps, group: str) -> NDArray[np.bool_]:
    """Whether, per cell, the sample gives the variance of both groups' means in the classes with a gap: a gap between
    two means is no more precise than either.
    """
    together = _of_classes_with_gap(gaps)
    sums = {kind: together @ domains.sums[f"{kind}_{group}"] for kind in ("n", "w", "y")}
    totals = {kind: np.asarray(each.sum(axis=1)) for kind, each in sums.items()}
    mean = sample.estimate(Domains(sums, totals), Sums(n="n", base="n", y="y", x="w"))
    return ~np.isnan(mean.variance)


def _of_classes_with_gap(gaps: _Gaps) -> csr_array:
    """Matrix of cells by cells and classes that adds up the classes of each cell that have a gap."""
    cells, classes = gaps.gap.shape
    given = (~np.isnan(gaps.gap)).astype(np.float64)
    return kron(eye_array(cells), np.ones((1, classes))).tocsr() @ diags_array(given.ravel())


def _squares(domains: Domains, gaps: _Gaps, weight: float, value: float) -> Floats:
    """The sum of squares of the linear variable over persons, per cell: it is weight x (a + b value) for persons of the
    same groups.

    `weight` and `value` are the units in which the squares were summed.
    """
    factors = _coefficients(gaps)
    result = np.zeros(len(gaps.gap))
    for flags in itertools.product((False, True), repeat=3):
        is_compared, is_reference, is_share = flags
        b = is_compared * factors.compared + is_reference * factors.reference
        a = is_share * factors.share
        a = a - is_compared * np.nan_to_num(gaps.mean_compared) * factors.compared
        a = a - is_reference * np.nan_to_num(gaps.mean_reference) * factors.reference
        ones, v, vv = (domains.totals[_square(flags, power)].reshape(gaps.gap.shape) for power in ("1", "v", "vv"))
        squares = a**2 * ones + 2 * a * b * value * v + b**2 * value**2 * vv
        result += weight**2 * squares.sum(axis=1)
    return result


def _of_replicates(domains: Domains, cells: int, units: int) -> Domains:
    """By the full weight and by each replicate: the gap times the weight of the classes that have one, and that weight,
    which is zero where there is none; and the full sample's cases.
    """
    shape = (cells, -1, units)
    gaps = _gaps({name: domains.by_unit(name).reshape(shape) for name in domains.sums})
    weight, given = gaps.weight_of_all, ~np.isnan(gaps.gap)
    values = {"z": np.nan_to_num(gaps.mean) * weight, "weight": weight}
    for name, cases in (("n", "n_compared"), ("cases", "cases")):
        values[name] = np.where(given, domains.by_unit(cases).reshape(shape), 0).sum(axis=1)
    sums = {name: csr_array(value) for name, value in values.items()}
    return Domains(sums, {name: value.sum(axis=1) for name, value in values.items()})
