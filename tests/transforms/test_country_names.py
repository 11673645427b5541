"""Countries by name and by code: known exactly or not at all, in every language of the CLDR."""

from __future__ import annotations

import pytest
from babel import localedata

from schemas.countries import load_countries, load_country_names, load_unsettled
from transforms.country_names import find_country, folded, suggested_countries


def named(word: str) -> str | None:
    return find_country(word, "name").code


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("Canada", "CAN"),
        ("  CÔTE  D\u2019IVOIRE ", "CIV"),
        ("Cote d'Ivoire", "CIV"),
        ("Guinea Bissau", "GNB"),
        ("Guinea", "GIN"),
        ("The Gambia", "GMB"),
        ("Bahamas (the)", "BHS"),
        ("St Lucia", "LCA"),
        ("Trinidad & Tobago", "TTO"),
        ("Korea, Republic of", "KOR"),
        ("Korea (South)", "KOR"),
        ("Congo, The Democratic Republic of the", "COD"),
        ("Congo - Brazzaville", "COG"),
        ("Iran (Islamic Republic of)", "IRN"),
        ("Virgin Islands (British)", "VGB"),
        ("Swaziland", "SWZ"),
        ("République dominicaine", "DOM"),
        ("Sudán del Sur", "SSD"),
        ("Sudan del Sur", "SSD"),
        ("Guinea Ecuatorial", "GNQ"),
        ("Afrique du Sud", "ZAF"),
        ("Österreich", "AUT"),
        ("Vereinigtes Königreich", "GBR"),
        ("Αυστρια", "AUT"),  # capitals in Greek have no accents
        ("Türki̇ye", "TUR"),
        ("Соединенные Штаты", "USA"),
        ("南非", "ZAF"),
        ("جنوب السودان", "SSD"),
    ],
)
def test_a_country_is_known_by_its_whole_name_in_any_language(word: str, code: str) -> None:
    assert named(word) == code


@pytest.mark.parametrize(
    "word",
    [
        "Born outside Canada",
        "Sweden except Stockholm",
        "New Mexico",
        "UK and Ireland",
        "Southern Africa",
        "Sudan and South Sudan",
        "Guinea and Guinea-Bissau",
        "not Brazil",
        "Other than France",
        "Korea",
        "Congo",
        "Europe",
        "America",
        "Northern Ireland or Ireland",
        "Indian subcontinent",
        "",
    ],
)
def test_a_part_of_a_name_a_group_and_a_negation_are_no_country(word: str) -> None:
    assert named(word) is None


@pytest.mark.parametrize(
    "word", ["Czechoslovakia", "ex-Yugoslavia", "USSR", "U.S.S.R.", "Serbia and Montenegro", "Tchécoslovaquie",
             "Netherlands Antilles", "East Germany", "Yugoslavia, Socialist Federal Republic of"]
)  # fmt: skip
def test_a_former_country_is_asked_for_and_never_chosen(word: str) -> None:
    found = find_country(word, "name")
    assert found.code is None
    assert "a former country" in found.remark
    assert "state in the map what it counts as" in found.remark


def test_what_resembles_or_contains_a_name_is_suggested() -> None:
    assert suggested_countries("Germny", "name").startswith(" (nearest: Germany")
    assert "Canada" in suggested_countries("Born outside Canada", "name")
    assert find_country("Korea", "name").remark == (
        " (a name of several (Korea; today KOR, PRK): state in the map what it counts as)"
    )


def test_a_name_of_two_places_in_different_languages_is_neither() -> None:
    assert "NER, NGA" in find_country("Nigeri", "name").remark
    assert "a group of countries" in find_country("Amerika", "name").remark


def test_no_name_of_the_cldr_is_taken_for_another_country() -> None:
    countries = {alpha2: country.code for country in load_countries().values() for alpha2 in country.alpha2}
    wrong, unknown, seen = [], set(), set()
    for locale in localedata.locale_identifiers():
        for territory, name in localedata.load(locale, merge_inherited=False).get("territories", {}).items():
            code = named(name)
            seen.add(name)
            if code is None and territory in countries:
                unknown.add(name)
            # Wolof calls Southern Africa what French calls South Africa, and the code list's own names come first.
            elif code != countries.get(territory) and (locale, territory) != ("wo", "018"):
                wrong.append((locale, territory, name, code))
    assert wrong == []
    assert len(seen) > 40_000
    assert len(unknown) < 60  # names of several countries, or of a country here and a group there


def test_no_known_name_means_two_countries_and_none_is_unsettled() -> None:
    meanings: dict[str, set[str]] = {}
    for name, code in load_country_names():
        meanings.setdefault(folded(name), set()).add(code)
    assert {name: codes for name, codes in meanings.items() if len(codes) > 1} == {}
    assert {name for name, _ in load_country_names() if named(name) is None} == {"Congo"}


@pytest.mark.parametrize(
    ("code", "scheme", "country"),
    [
        ("FR", "iso2", "FRA"),
        ("na", "iso2", "NAM"),
        ("UK", "iso2", "GBR"),
        ("EL", "iso2", "GRC"),
        ("DEU", "iso3", "DEU"),
        ("XKX", "iso3", "XKX"),
        ("4", "m49", "AFG"),
        ("004", "m49", "AFG"),
        ("4.0", "m49", "AFG"),
        ("516", "m49", "NAM"),
        ("ZZ", "iso2", None),
        ("GER", "iso3", None),
        ("ROM", "iso3", None),
        ("CSK", "iso3", None),
        ("0004", "m49", None),
        ("200", "m49", None),
        ("France", "iso2", None),
    ],
)
def test_codes_of_countries_are_exact(code: str, scheme: str, country: str | None) -> None:
    assert find_country(code, scheme).code == country


def test_a_wrong_code_says_what_it_may_be() -> None:
    assert suggested_countries("GER", "iso3") == " (nearest: DEU)"
    assert "a former country (Czechoslovakia; today CZE, SVK)" in find_country("CSK", "iso3").remark
    assert "a former country (Czechoslovakia; today CZE, SVK)" in find_country("200", "m49").remark


def test_the_tables_of_countries_are_consistent() -> None:
    countries = load_countries()
    assert len({country.m49 for country in countries.values() if country.m49}) == sum(
        bool(country.m49) for country in countries.values()
    )
    assert {each for unsettled in load_unsettled() for each in unsettled.today} <= set(countries)
    assert {country.part_of for country in countries.values()} - {""} <= set(countries)
    assert {code for _, code in load_country_names()} <= set(countries)
