"""Suppression: what is unsafe, what tau-argus withholds, and what the attack has withheld besides."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from protection_examples import crossed, group, groups, three_by_three

from schemas.errors import IlmsError
from schemas.protection import Dominance, PPercent, Suppression, load_protection
from transforms.protect.attack.attack import Attack
from transforms.protect.attack.system import Publication
from transforms.protect.primary import is_dominated, needs_of, unsafe_groups
from transforms.protect.structure.groups import Structure
from transforms.protect.suppression import Search, find_pattern
from transforms.protect.tauargus import calls
from transforms.protect.tauargus.calls import Calls
from transforms.protect.tauargus.rounds import table_by_table
from transforms.protect.tauargus.tables import hierarchical_tables, suppress
from transforms.protect.tauargus.trees import trees

COUNTS = [[2, 20, 30], [15, 25, 40], [30, 35, 45]]
SEXES = {"T": frozenset("mf"), "M": frozenset("m"), "F": frozenset("f")}
AGES = {
    "all": frozenset("abcd"),
    "under_65": frozenset("abc"),
    "15-24": frozenset("a"),
    "25+": frozenset("bcd"),
    "25-54": frozenset("b"),
    "55-64": frozenset("c"),
    "65+": frozenset("d"),
}
BIRTHS = {"all": frozenset("nx"), "native": frozenset("n"), "foreign": frozenset("x")}


@pytest.fixture
def profile() -> Suppression:
    declared = load_protection("suppression_of_registers")
    assert isinstance(declared, Suppression)
    return declared


def linked(seed: int = 1, ages: Mapping[str, frozenset[str]] = AGES) -> Structure:
    """Sex by age in two versions that overlap, by place of birth."""
    draw = random.Random(seed)
    cases: dict[tuple[str, ...], int] = {
        (s, a, b): draw.choice([1, 2, 6, 20, 60] if b == "x" else [30, 80]) for s in "mf" for a in "abcd" for b in "nx"
    }
    return crossed({"SEX": SEXES, "AGE": ages, "BIRTH": BIRTHS}, cases)


def test_few_cases_are_unsafe_and_zero_is_not(profile: Suppression) -> None:
    table = three_by_three([[2, 20, 30], [3, 0, 40], [30, 35, 1]])
    assert unsafe_groups(table, profile) == groups(table, ("north", "farm"), ("south", "plant"))


@pytest.mark.parametrize(
    ("contributions", "unsafe"),
    [
        # 80 + 12 = 92 of 100: two largest above 90 per cent
        ((80, 12, 8), True),
        # 70 + 20 = 90 of 100 exactly is allowed, and 10 are left over: more than 10 per cent of 70
        ((70, 20, 10), False),
        # 86 + 4 = 90, the other 10 are more than 10 per cent of 86
        ((86, 4, 4, 3, 3), False),
    ],
)
def test_dominance_worked_by_hand(profile: Suppression, contributions: tuple[int, ...], unsafe: bool) -> None:
    rules = profile.model_copy(
        update={
            "dominance": Dominance(largest=2, percent=90),
            "p_percent": PPercent(percent=10),
            "contributions": "weight",
        }
    )
    assert is_dominated(contributions, sum(contributions), rules) is unsafe


def test_p_percent_alone_worked_by_hand(profile: Suppression) -> None:
    rules = profile.model_copy(update={"p_percent": PPercent(percent=15), "contributions": "weight"})
    # the second (45) knows that the largest is at most 108 - 45 = 63, within 5 per cent of its 60: less than 15
    assert is_dominated((60, 45, 3), 108, rules)
    # the remainder of 10 leaves the largest between 60 and 70: more than 15 per cent
    assert not is_dominated((60, 45, 10), 115, rules)


def test_three_by_three_withholds_a_rectangle(profile: Suppression, tmp_path: Path) -> None:
    table = three_by_three(COUNTS)
    pattern = find_pattern(table, profile, squares=False, workdir=tmp_path)
    hidden = {key: group(table, *key) in pattern.withheld for key in (("north", "farm"), ("all", "all"))}
    assert hidden == {("north", "farm"): True, ("all", "all"): False}
    inner = [(r, b) for r in ("north", "middle", "south") for b in ("farm", "shop", "plant")]
    withheld = {key for key in inner if group(table, *key) in pattern.withheld}
    assert all(sum(key[0] == row for key in withheld) != 1 for row in ("north", "middle", "south"))
    assert all(sum(key[1] == column for key in withheld) != 1 for column in ("farm", "shop", "plant"))
    assert len(pattern.withheld) == 4


def test_trees_keep_overlapping_versions_apart() -> None:
    whole = frozenset("abcd")
    parts = [part for part in AGES.values() if part != whole]
    made = trees(whole, parts)
    assert len(made) == 2
    assert {node for tree in made for node in tree.nodes} >= set(parts)
    for tree in made:
        assert all(not one & other or one <= other or other <= one for one in tree.nodes for other in tree.nodes)


def test_a_remainder_that_is_not_published_has_a_cell_of_its_own() -> None:
    table = crossed({"SEX": {"T": frozenset("mfu"), "M": frozenset("m"), "F": frozenset("f")}}, {("m",): 9, ("u",): 4})
    (made,) = hierarchical_tables(table)
    assert sorted(cell.cases for cell in made.cells if cell.group is None) == [4]


def test_linked_versions_are_protected_together(profile: Suppression, tmp_path: Path) -> None:
    table = linked()
    pattern = find_pattern(table, profile, squares=False, workdir=tmp_path)
    attack = Attack(table, Publication.without(table, pattern.withheld, squares=False))
    assert pattern.unsafe
    assert attack.too_close(needs_of(table, set(pattern.unsafe), set(pattern.withheld), profile)) == []


def test_the_same_input_gives_the_same_pattern(profile: Suppression, tmp_path: Path) -> None:
    first, second = (find_pattern(linked(3), profile, squares=False, workdir=tmp_path) for _ in range(2))
    assert first == second


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_any_linked_table_is_protected(profile: Suppression, tmp_path: Path, seed: int) -> None:
    table = linked(seed)
    pattern = find_pattern(table, profile, squares=False, workdir=tmp_path)
    attack = Attack(table, Publication.without(table, pattern.withheld, squares=False))
    assert attack.too_close(needs_of(table, set(pattern.unsafe), set(pattern.withheld), profile)) == []


def test_tables_that_are_too_large_for_tau_argus_are_left_to_the_attack(profile: Suppression, tmp_path: Path) -> None:
    table = linked()
    pattern = find_pattern(table, profile.model_copy(update={"largest_table": 20}), squares=False, workdir=tmp_path)
    assert pattern.calls == 0
    assert pattern.unsafe < pattern.withheld
    attack = Attack(table, Publication.without(table, pattern.withheld, squares=False))
    assert attack.too_close(needs_of(table, set(pattern.unsafe), set(pattern.withheld), profile)) == []


def test_one_hierarchy_alone_is_left_to_the_attack(profile: Suppression, tmp_path: Path) -> None:
    """Permits by activity, in sections and divisions: tau-argus finds no variables in such a table."""
    table = crossed({"AGE": AGES}, {("a",): 2, ("b",): 30, ("c",): 9, ("d",): 40})
    pattern = find_pattern(table, profile, squares=False, workdir=tmp_path)
    assert pattern.calls == 0
    assert pattern.unsafe < pattern.withheld
    attack = Attack(table, Publication.without(table, pattern.withheld, squares=False))
    assert attack.too_close(needs_of(table, set(pattern.unsafe), set(pattern.withheld), profile)) == []


def test_tau_argus_is_not_called_again_once_it_withholds_as_much_as_the_attack_does(
    profile: Suppression, tmp_path: Path
) -> None:
    """Three trees of ages are three tables; what one withholds, the others are called for again."""
    table = linked(ages={**AGES, "first_and_last": frozenset("ad")})
    unsafe = unsafe_groups(table, profile)
    whole = table_by_table(table, profile, unsafe, fewer_than=1000, workdir=tmp_path)
    ended = table_by_table(table, profile, unsafe, fewer_than=len(unsafe) + 1, workdir=tmp_path)
    assert (ended.calls, whole.calls) == (3, 6)
    assert unsafe < ended.withheld < whole.withheld


def test_gaps_that_a_solver_leaves_are_closed(profile: Suppression) -> None:
    """Whatever was withheld before: an unsafe number alone, or with one other, is not protected."""
    table = three_by_three(COUNTS)
    unsafe = groups(table, ("north", "farm"))
    for before in (unsafe, groups(table, ("north", "farm"), ("north", "shop"))):
        closed = Search(table, profile, unsafe, squares=False).close_gaps(before)
        assert before < closed
        attack = Attack(table, Publication.without(table, closed, squares=False))
        assert attack.too_close(needs_of(table, unsafe, closed, profile)) == []


def replace_child(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str) -> None:
    """Calls run another program in place of tau-argus."""
    child = tmp_path / "child.py"
    child.write_text(program, encoding="utf-8")
    monkeypatch.setattr(calls, "CHILD", child)


def run_child(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str, time_out: float = 20) -> IlmsError:
    """The error of a call whose child process is another program."""
    replace_child(monkeypatch, tmp_path, program)
    (table,) = hierarchical_tables(three_by_three(COUNTS))
    with Calls(time_out) as calls, pytest.raises(IlmsError) as caught:
        suppress(table, {}, calls=calls, workdir=tmp_path)
    return caught.value


def test_a_crash_of_tau_argus_is_reported_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    crash = f"import os, signal; os.kill(os.getpid(), {int(signal.SIGSEGV)})"
    error = run_child(monkeypatch, tmp_path, crash)
    assert "tau-argus crashed with exit status 139 (SIGSEGV)" in error.message
    assert [path.name for path in tmp_path.iterdir()] == ["child.py"]


def test_other_failures_of_tau_argus_are_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert "exit status 3" in run_child(monkeypatch, tmp_path, "raise SystemExit(3)").message
    assert "without a result" in run_child(monkeypatch, tmp_path, "").message
    slow = run_child(monkeypatch, tmp_path, "import time; time.sleep(30)", time_out=0.5)
    assert "did not finish within 0.5 seconds" in slow.message


def test_a_call_that_still_runs_when_nobody_needs_it_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    replace_child(monkeypatch, tmp_path, "import pathlib, time; pathlib.Path('begun').touch(); time.sleep(60)")
    (table,) = hierarchical_tables(three_by_three(COUNTS))
    with Calls(100) as calls:
        job = calls.pool.submit(suppress, table, {}, calls=calls, workdir=tmp_path)
        while not list(tmp_path.glob("tauargus-*/begun")):
            time.sleep(0.01)
        left = time.monotonic()
    assert time.monotonic() - left < 10
    with pytest.raises(IlmsError, match="could not be called"):
        job.result()
    assert [path.name for path in tmp_path.iterdir()] == ["child.py"]


def test_after_one_call_failed_the_next_is_made_in_a_folder_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The child fails where it finds what another left behind."""
    replace_child(monkeypatch, tmp_path, "import pathlib; pathlib.Path('left').touch(exist_ok=False); exit(7)")
    (table,) = hierarchical_tables(three_by_three(COUNTS))
    with Calls(20) as calls:
        for _ in range(3):
            with pytest.raises(IlmsError, match="exit status 7"):
                suppress(table, {}, calls=calls, workdir=tmp_path)


def test_a_failure_quotes_no_number(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    error = run_child(monkeypatch, tmp_path, "raise ValueError(open('table.tab').read())")
    assert "242" not in error.message  # the grand total, which the child printed


def test_what_is_withheld_without_need_is_reported_again(profile: Suppression) -> None:
    """Two people farm in the north: four corners hide them, and the plants of the south hide nobody."""
    table = three_by_three(COUNTS)
    unsafe = groups(table, ("north", "farm"))
    corners = groups(table, ("north", "farm"), ("north", "shop"), ("middle", "farm"), ("middle", "shop"))
    others = groups(table, ("south", "plant"), ("south", "all"), ("all", "plant"), ("middle", "plant"))
    found = Search(table, profile, unsafe, squares=False).open_needless(corners | others)
    assert len(found) == len(corners)
    assert unsafe < found
    needs = needs_of(table, unsafe, found, profile)
    assert Attack(table, Publication.without(table, found, squares=False)).too_close(needs) == []
