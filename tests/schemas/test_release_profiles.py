"""Release profiles: what applies to a source that declares a protection, and to one that declares none."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_register import SmallRegister
from small_source import Declare

from ilms.settings import load_settings
from schemas import release_profiles
from schemas.errors import DeclarationError
from schemas.partition import Partition
from schemas.release_profiles import load_release_profile, under_profile
from transforms.notes import source_note


def test_public_takes_what_each_source_declares(declare: Declare) -> None:
    assert under_profile(declare(), load_release_profile("public")).protection == "none"
    assert under_profile(declare(protection="cell_key"), load_release_profile("public")).protection == "cell_key"


def test_guarded_lets_no_source_go_without(declare: Declare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert under_profile(declare(), load_release_profile("guarded")).protection == "suppression"
    assert under_profile(declare(protection="cell_key"), load_release_profile("guarded")).protection == "cell_key"
    assert under_profile(declare(synthetic=True), load_release_profile("guarded")).protection == "none"
    register = SmallRegister(tmp_path, monkeypatch).declare()
    assert under_profile(register, load_release_profile("guarded")).protection == "suppression_of_registers"


def test_internal_shows_everything_and_says_so_with_every_number(declare: Declare) -> None:
    source = under_profile(declare(protection="suppression"), load_release_profile("internal"))
    assert source.protection == "none"
    assert "Confidentiality: not for publication" in source_note(source, Partition("ZZZ.small", "2024"))
    public_use = under_profile(declare(), load_release_profile("internal"))
    assert "Confidentiality" not in source_note(public_use, Partition("ZZZ.small", "2024"))


def test_an_unknown_profile_is_reported_with_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ILMS_RELEASE_PROFILE", "hidden")
    with pytest.raises(DeclarationError, match="public, guarded, internal"):
        load_settings()


def test_a_profile_is_called_by_its_key_and_by_no_other_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_release_profile("guarded").name == "guarded"
    text = release_profiles.RELEASE_PROFILES_FILE.read_text(encoding="utf-8")
    renamed = tmp_path / "release_profiles.yaml"
    renamed.write_text(text.replace("guarded:\n", "guarded:\n  name: safe\n"), encoding="utf-8")
    monkeypatch.setattr(release_profiles, "RELEASE_PROFILES_FILE", renamed)
    with pytest.raises(DeclarationError, match="line 21: a profile is called by its key, 'guarded'"):
        load_release_profile.__wrapped__("public")
