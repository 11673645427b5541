"""What stands against a release is declared, and a wrong declaration names its line."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ilms.settings import load_settings
from schemas import release_rules
from schemas.errors import DeclarationError
from schemas.release_rules import RELEASE_RULES_FILE, load_release_rules
from warehouse.release.rules import EVERY_RELEASE, RULES


def test_every_rule_that_can_be_declared_is_looked_into() -> None:
    declared = set(release_rules.ReleaseRules.model_fields) - {"name", "label"}
    assert declared == {rule.name for rule in RULES} | {EVERY_RELEASE}


def test_who_tries_the_software_switches_all_rules_off() -> None:
    rules = load_release_rules("none")
    assert [getattr(rules, rule.name) for rule in RULES] == [None] * len(RULES)


def test_the_sets_of_rules_are_named_when_another_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ILMS_RELEASE_RULES", "lazy")
    with pytest.raises(DeclarationError, match="no set of release rules 'lazy'.*careful, every_release, none"):
        load_settings()


def forget() -> None:
    release_rules._load.cache_clear()
    load_release_rules.cache_clear()


@pytest.fixture
def forgotten() -> Iterator[None]:
    """The rules are read anew in the test and after it."""
    forget()
    yield
    forget()


@pytest.mark.usefixtures("forgotten")
@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ("relative: 10 ", "relativ: 10 ", r"sets\.careful\.revision\.relativ"),
        ("share: 5 ", "share: 105 ", r".*share: .*less than 100"),
        ("once_current_days: 1095", "once_current_days: 0", ".*once_current_days: .*greater than or equal to 1"),
    ],
)
def test_a_wrong_limit_is_told_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, right: str, wrong: str, fault: str
) -> None:
    text = RELEASE_RULES_FILE.read_text(encoding="utf-8")
    assert right in text
    file = tmp_path / "release_rules.yaml"
    file.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    monkeypatch.setattr(release_rules, "RELEASE_RULES_FILE", file)
    line = text[: text.index(right)].count("\n") + 1
    with pytest.raises(DeclarationError, match=f"line {line}: {fault}"):
        load_release_rules()
