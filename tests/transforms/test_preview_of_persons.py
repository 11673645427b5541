"""The preview of person records: the largest countries, quantiles that are nobody's own, and what would be added."""

from __future__ import annotations

from pathlib import Path

from core_records import write_core
from small_source import Declare

from schemas.availability import Decision
from schemas.partition import Partition
from schemas.survey_without import changed_columns, lost_columns, survey_without
from schemas.with_unknown import variables_with_unknown
from transforms.preview.indicators import one_more_variable
from transforms.preview.persons import preview_persons
from transforms.preview.previewed import Distribution

PARTITION = Partition("ZZZ.small", "2024")
COUNTRIES = [f"{first}{second}A" for first in "ABC" for second in "ABCDEFGHIJ"]  # 30 that are in no list


def distributions(declare: Declare, core: Path) -> dict[str, Distribution]:
    """What the variables of a core table hold, by name."""
    return {each.name: each for each in preview_persons(declare(), PARTITION, core).distributions}


def test_of_many_countries_the_ten_largest_are_listed_and_the_others_counted(tmp_path: Path, declare: Declare) -> None:
    persons = [
        {"person_id": f"{country}{n}", "weight": 1.0, "country_of_birth": country}
        for place, country in enumerate(COUNTRIES, 1)
        for n in range(place)
    ]
    write_core(persons, tmp_path / "core.parquet")
    found = distributions(declare, tmp_path / "core.parquet")["country_of_birth"]
    assert [each.records for each in found.values] == list(range(30, 20, -1))
    assert found.others is not None
    assert (found.others.label, found.others.records) == ("20 others", sum(range(1, 21)))
    assert round(found.others.share or 0, 2) == round(100 * 210 / 465, 2)


def test_a_quantile_is_shown_where_five_records_lie_beyond_it(tmp_path: Path, declare: Declare) -> None:
    def spread(records: int) -> dict[float, float]:
        persons = [{"person_id": str(n), "weight": 1.0, "age": n + 1} for n in range(records)]
        write_core(persons, tmp_path / "core.parquet")
        found = distributions(declare, tmp_path / "core.parquet")["age"].spread
        assert found is not None
        return dict(found.quantiles)

    assert spread(100) == {0.05: 5, 0.5: 50, 0.95: 95}
    assert spread(99) == {0.5: 50}
    assert spread(9) == {}


def test_what_one_more_variable_would_add_needs_no_other() -> None:
    decisions = [
        Decision("MST_NCTE_SEX_CCT_NB", "not_produced", "variable_not_asked", "citizenship_status"),
        Decision("EAR_FGPC_AGE_RT", "not_produced", "variable_not_asked", "citizenship_status monthly_earnings"),
        Decision("MST_TEMP_SEX_AGE_CCT_NB", "totals_only", "classification_not_asked", "citizenship_status"),
        Decision("MST_TEMP_SEX_AGE_CBR_NB"),
    ]
    (found,) = one_more_variable(decisions)
    assert (found.variable, found.added, found.in_full) == (
        "citizenship_status",
        ("MST_NCTE_SEX_CCT_NB",),
        ("MST_TEMP_SEX_AGE_CCT_NB",),
    )


def test_what_is_made_of_a_lost_variable_is_lost_too(declare: Declare) -> None:
    """An expression that names it, whatever it is itself named by; and what follows from it is not judged."""
    variables = declare().model_dump(exclude_unset=True)["variables"]
    computed = "case when birth_status = 'native' then 'citizen' else 'non_citizen' end"
    source = declare(variables=variables | {"citizenship_status": {"expression": computed}}).of_wave("2024")
    lesser = survey_without(source, "2024", [("columns", "born")])
    assert source.variables.keys() - lesser.variables.keys() == {"birth_status", "citizenship_status"}
    assert lost_columns(source, lesser) == {"birth_status", "citizenship_status"}
    assert changed_columns(source, lesser) == set()


def test_a_code_that_is_unknown_already_takes_its_variable_away(declare: Declare) -> None:
    """Else the same fault would be met for ever."""
    source = declare().of_wave("2024")
    part = ("variables", "sex", "codes", "7")
    once = survey_without(source, "2024", [part])
    assert once.code_maps[str(once.variables["sex"].map)]["7"].value == "unknown"
    assert source.code_maps["sex"].keys() == {"1", "2"}
    assert variables_with_unknown(once, [part]).lost == {"sex"}
