"""The bundled synthetic survey: the same bytes everywhere, a proper design, and answers that are consistent."""

from __future__ import annotations

import csv
import hashlib
import io
import statistics
import zipfile
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from schemas.errors import DeclarationError
from schemas.loader import load_survey, source_folder
from schemas.partition import Partition
from transforms.synthetic import generate
from transforms.synthetic.country import Country, load_country
from transforms.synthetic.draw import Choices, Draw
from transforms.synthetic.person import Person
from transforms.synthetic.weights import weigh

SOURCE = "ZZZ.synthetic"
GENERATOR = "labour_force_survey"
HOME, UNKNOWN, UNSPECIFIED = "998", "999", "990"
FIRST_WAVE_TEXT = "3b8e9ce6e97248c0411b2160a48265e53bfe8ea96cef97c90902c49e54bb6eae"
FIRST_WAVE_FILE = "c7b6aa9ae62921495baf03c54d4c9744bbba2deed24488f781b50ef851edc482"
SECOND_WAVE_TEXT = "8997f1c67307885f17029b3fc0b9bbb3dfd4f133a246bfaf3545d5dca4b2f284"
SECOND_WAVE_FILE = "6b43a0eb4cccd79853309af0659d20ff49dea009c40a2dc4cc29fa47c5da7a16"
Record = dict[str, str]


def text_of(archive: Path) -> bytes:
    """The one text file inside a generated zip."""
    with zipfile.ZipFile(archive) as zipped:
        (member,) = zipped.namelist()
        return zipped.read(member)


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("synthetic")
    made = {}
    for wave in ("2023", "2024"):
        (made[wave],) = generate(GENERATOR, Partition(SOURCE, wave), folder)
    return made


@pytest.fixture(scope="module")
def waves(archives: dict[str, Path]) -> dict[str, list[Record]]:
    return {
        wave: list(csv.DictReader(io.StringIO(text_of(archive).decode("utf-8")), delimiter=";"))
        for wave, archive in archives.items()
    }


@pytest.fixture(scope="module")
def persons(waves: dict[str, list[Record]]) -> list[Record]:
    """Both waves together, citizenship under its name of the first wave."""
    second = [{("CITIZ" if name == "NATION" else name): value for name, value in row.items()} for row in waves["2024"]]
    return waves["2023"] + second


@pytest.fixture(scope="module")
def country() -> Country:
    return load_country(source_folder(SOURCE))[0]


def of_working_age(persons: list[Record]) -> list[Record]:
    return [person for person in persons if int(person["AGE"]) >= 15 and person["USUALRES"] == "1"]


def born_abroad(person: Record) -> bool:
    return person["BIRTHC"] not in (HOME, UNKNOWN)


def is_employed(person: Record) -> bool:
    """At work, or absent with a tie to the job: by its reason alone, or with a return within three months."""
    keeps = person["Q03"] in ("1", "2", "3", "4") or (person["Q03"] in ("5", "6", "8") and person["Q04"] == "1")
    return person["Q01"] == "1" or (person["Q02"] == "1" and keeps)


def is_unemployed(person: Record) -> bool:
    return not is_employed(person) and person["Q08"] in ("1", "2") and (person["Q05"] == "1" or person["Q06"] == "1")


def share(persons: list[Record], **answers: tuple[str, ...]) -> float:
    """Unweighted share of persons whose answers are among those named."""
    matching = [person for person in persons if all(person[name] in codes for name, codes in answers.items())]
    return len(matching) / len(persons)


class TestSameBytes:
    @pytest.mark.parametrize(
        ("wave", "text", "file"),
        [("2023", FIRST_WAVE_TEXT, FIRST_WAVE_FILE), ("2024", SECOND_WAVE_TEXT, SECOND_WAVE_FILE)],
    )
    def test_each_wave_has_known_bytes(self, archives: dict[str, Path], wave: str, text: str, file: str) -> None:
        assert hashlib.sha256(text_of(archives[wave])).hexdigest() == text
        assert hashlib.sha256(archives[wave].read_bytes()).hexdigest() == file

    def test_a_second_run_gives_the_same_file(self, archives: dict[str, Path], tmp_path: Path) -> None:
        (again,) = generate(GENERATOR, Partition(SOURCE, "2024"), tmp_path)
        assert again.name == archives["2024"].name
        assert again.read_bytes() == archives["2024"].read_bytes()

    def test_the_file_is_the_one_that_the_source_declares(self, archives: dict[str, Path]) -> None:
        for wave, declared in load_survey(SOURCE).waves.items():
            assert archives[wave].name == declared.files[0].name


class TestRefusals:
    def test_an_undeclared_wave_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(DeclarationError, match="no wave 2031"):
            generate(GENERATOR, Partition(SOURCE, "2031"), tmp_path)

    def test_an_undeclared_generator_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(DeclarationError, match="labour_force_survey"):
            generate("census", Partition(SOURCE, "2024"), tmp_path)
        assert not list(tmp_path.iterdir())

    def test_a_group_of_the_population_without_sample_stops_the_weights(self, country: Country) -> None:
        with pytest.raises(DeclarationError, match="nobody was drawn in region 1, sex 1, age group 0"):
            weigh(country, "2024", [Person("2", 40, region="1", design_weight=1.0)])


class TestDesign:
    def test_about_fifty_thousand_persons_in_two_waves(self, waves: dict[str, list[Record]]) -> None:
        assert all(24_000 < len(persons) < 26_000 for persons in waves.values())

    def test_every_stratum_has_two_psus_or_more_and_every_psu_one_stratum(self, waves: dict[str, list[Record]]) -> None:
        for persons in waves.values():
            psus = {person["PSU"]: person["STRATUM"] for person in persons}
            assert all(psus[person["PSU"]] == person["STRATUM"] for person in persons)
            per_stratum = Counter(psus.values())
            assert len(per_stratum) == 12
            assert min(per_stratum.values()) >= 2

    def test_persons_are_named_once(self, waves: dict[str, list[Record]]) -> None:
        for persons in waves.values():
            assert len({(person["HHID"], person["LINE"]) for person in persons}) == len(persons)
            assert all(person["HHID"].startswith(person["PSU"]) for person in persons)

    @pytest.mark.parametrize("wave", ["2023", "2024"])
    def test_residents_add_up_to_the_population_by_region_and_sex(
        self, waves: dict[str, list[Record]], country: Country, wave: str
    ) -> None:
        weighted: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for person in waves[wave]:
            if person["USUALRES"] == "1":
                weighted[person["REGION"], person["SEX"]] += Decimal(person["WGT"])
        population: dict[tuple[str, str], int] = defaultdict(int)
        for (region, sex, _), persons in country.population(wave).items():
            population[region, sex] += persons
        assert weighted == population

    def test_residents_add_up_to_the_declared_figure(self, waves: dict[str, list[Record]]) -> None:
        for wave, declared in load_survey(SOURCE).waves.items():
            assert declared.population_figure is not None
            residents = sum(Decimal(person["WGT"]) for person in waves[wave] if person["USUALRES"] == "1")
            present = sum(Decimal(person["WGT"]) for person in waves[wave])
            assert residents == declared.population_figure.population
            assert float(present) / float(residents) - 1 < declared.population_figure.tolerance

    def test_weights_are_positive_and_of_one_order(self, persons: list[Record]) -> None:
        weights = [Decimal(person["WGT"]) for person in persons]
        assert min(weights) > 100
        assert max(weights) < 1000

    def test_regions_of_one_wave_add_up_to_their_declared_thousands(self, country: Country) -> None:
        cells = country.population("2024")
        for region in country.regions:
            assert (
                sum(count for (code, _, _), count in cells.items() if code == region.code)
                == region.population["2024"] * 1000
            )


class TestQuestionnaire:
    """Who was asked what: a blank is a question that was not put."""

    WORK = ("Q01", "Q02", "Q03", "Q04", "Q05", "Q06", "Q07", "Q08")
    JOB = ("STATUS", "OCC", "INDUS", "HRSACT", "HRSUSU", "EARN", "SOCSEC", "LEAVE", "SICK", "REGUNIT")

    def test_children_are_not_asked_about_work(self, persons: list[Record]) -> None:
        children = [person for person in persons if int(person["AGE"]) < 15]
        assert len(children) > 5000
        assert all(person[name] == "" for person in children for name in self.WORK + self.JOB)

    def test_adults_are_asked_about_work(self, persons: list[Record]) -> None:
        assert all(person["Q01"] for person in persons if int(person["AGE"]) >= 15)

    def test_no_visitor_worked(self, persons: list[Record]) -> None:
        visitors = [person for person in persons if person["USUALRES"] == "3"]
        assert all(person["Q01"] in ("2", "9") for person in visitors)
        assert any(person["Q03"] == "2" and person["STATUS"] for person in visitors)

    def test_the_employed_and_only_they_describe_a_job(self, persons: list[Record]) -> None:
        for person in persons:
            assert bool(person["STATUS"]) == bool(person["OCC"]) == bool(person["INDUS"]) == is_employed(person)

    def test_search_is_asked_of_those_without_work_only(self, persons: list[Record]) -> None:
        for person in persons:
            assert bool(person["Q05"]) == (person["Q01"] == "2" and not is_employed(person))

    def test_the_absent_worked_no_hours(self, persons: list[Record]) -> None:
        for person in persons:
            if is_employed(person):
                assert (person["HRSACT"] == "0") == (person["Q01"] == "2")

    def test_arrival_is_asked_of_those_born_abroad_or_unknown(self, persons: list[Record]) -> None:
        for person in persons:
            assert bool(person["ARRYEAR"]) == (person["BIRTHC"] != HOME)

    def test_nobody_arrived_before_birth_or_after_the_wave(self, waves: dict[str, list[Record]]) -> None:
        for wave, persons in waves.items():
            for person in persons:
                if person["ARRYEAR"] not in ("", "9999"):
                    assert 0 <= int(wave) - int(person["ARRYEAR"]) <= int(person["AGE"])

    @pytest.mark.parametrize(
        "case",
        [
            {"Q02": "1", "Q03": "1"},  # absent, own illness
            {"Q02": "1", "Q03": "6", "Q04": "1"},  # slack work, back within three months
            {"Q02": "1", "Q03": "6", "Q04": "2"},  # slack work, not back within three months
            {"Q02": "1", "Q03": "7"},  # off-season
            {"Q05": "1", "Q08": "2"},  # seeks, can start within two weeks
            {"Q05": "1", "Q08": "3"},  # seeks, not available
            {"Q05": "2", "Q06": "1", "Q08": "1"},  # future starter, available
            {"Q05": "2", "Q06": "1", "Q08": "3"},  # future starter, not available
            {"Q05": "2", "Q06": "2"},  # starts later than three months from now
            {"Q05": "2", "Q07": "1", "Q08": "1"},  # available, does not seek
            {"Q01": "9"},  # refused
        ],
        ids=str,
    )
    def test_every_branch_of_the_19th_icls_decision_occurs(self, waves: dict[str, list[Record]], case: Record) -> None:
        for persons in waves.values():
            assert any(all(person[name] == code for name, code in case.items()) for person in persons)


class TestStructure:
    def test_one_wave_renames_a_column(self, waves: dict[str, list[Record]]) -> None:
        first, second = (list(waves[wave][0]) for wave in ("2023", "2024"))
        assert set(first) - set(second) == {"CITIZ"}
        assert set(second) - set(first) == {"NATION"}

    def test_codes_keep_their_leading_zeros(self, persons: list[Record]) -> None:
        assert {"004", "050"} <= {person["BIRTHC"] for person in persons}
        assert {"0110", "0210", "0310"} <= {person["OCC"] for person in persons}
        assert "01" in {person["INDUS"] for person in persons}

    def test_migrants_are_younger_and_live_in_towns(self, persons: list[Record]) -> None:
        adults = of_working_age(persons)
        migrants = [person for person in adults if born_abroad(person)]
        natives = [person for person in adults if person["BIRTHC"] == HOME]
        assert 0.10 < len(migrants) / len(adults) < 0.17
        ages = [statistics.mean(int(person["AGE"]) for person in group) for group in (migrants, natives)]
        assert ages[0] < ages[1] - 3
        assert share(migrants, AREA=("1",)) > share(natives, AREA=("1",)) + 0.1

    def test_migrants_build_and_keep_house_more_often(self, persons: list[Record]) -> None:
        employed = [person for person in of_working_age(persons) if is_employed(person)]
        migrants = [person for person in employed if born_abroad(person)]
        natives = [person for person in employed if person["BIRTHC"] == HOME]
        assert share(migrants, INDUS=("41", "42", "43")) > 1.7 * share(natives, INDUS=("41", "42", "43"))
        assert share(migrants, INDUS=("97",)) > 4 * share(natives, INDUS=("97",))
        assert share([person for person in migrants if person["INDUS"] == "97"], SEX=("2",)) > 0.85

    @pytest.mark.parametrize("abroad", [False, True])
    def test_fewer_women_are_in_the_labour_force(self, persons: list[Record], abroad: bool) -> None:
        rates = {}
        for sex in ("1", "2"):
            group = [p for p in of_working_age(persons) if p["SEX"] == sex and born_abroad(p) == abroad]
            rates[sex] = sum(is_employed(person) or is_unemployed(person) for person in group) / len(group)
        assert 0.4 < rates["2"] < rates["1"] - 0.15 < 0.8

    def test_unemployment_is_of_a_believable_size(self, persons: list[Record]) -> None:
        adults = of_working_age(persons)
        unemployed = sum(map(is_unemployed, adults))
        assert 0.05 < unemployed / (unemployed + sum(map(is_employed, adults))) < 0.08

    def test_some_answers_are_missing(self, persons: list[Record]) -> None:
        employed = [person for person in persons if person["EARN"]]
        assert 0.07 < share(employed, EARN=("9999998",)) < 0.11
        assert 0.03 < share(employed, EARN=("9999999",)) < 0.05
        assert 0.003 < share(persons, BIRTHC=(UNKNOWN,)) < 0.01
        assert 0 < share(persons, BIRTHC=(UNSPECIFIED,)) < 0.01

    def test_a_few_are_present_without_living_here(self, waves: dict[str, list[Record]]) -> None:
        for persons in waves.values():
            presence = Counter(person["USUALRES"] for person in persons)
            assert presence["2"] + presence["3"] + presence["4"] < 0.01 * len(persons)
            assert min(presence["2"], presence["3"], presence["4"]) > 0
            assert all(born_abroad(person) for person in persons if person["USUALRES"] == "2")

    def test_the_armed_forces_are_citizens(self, persons: list[Record]) -> None:
        soldiers = [person for person in persons if person["OCC"].startswith("0")]
        assert len(soldiers) > 100
        assert all(person["CITIZ"] in (HOME, UNKNOWN) for person in soldiers)

    def test_many_naturalise_and_few_born_here_are_foreign(self, persons: list[Record]) -> None:
        migrants = [person for person in persons if born_abroad(person) and person["USUALRES"] == "1"]
        natives = [person for person in persons if person["BIRTHC"] == HOME]
        assert 0.15 < share(migrants, CITIZ=(HOME,)) < 0.4
        assert 0.97 < share(natives, CITIZ=(HOME, UNKNOWN)) < 1


class TestFurtherQuestions:
    def test_migrants_are_less_often_in_unions_and_more_often_want_more_hours(self, persons: list[Record]) -> None:
        shares = {}
        for column in ("UNION", "Q09"):
            asked = [person for person in persons if person[column] in ("1", "2")]
            for group in (True, False):
                members = [person for person in asked if born_abroad(person) == group]
                shares[column, group] = share(members, **{column: ("1",)})
        assert shares["UNION", True] < 0.6 * shares["UNION", False]
        assert shares["Q09", True] > 1.1 * shares["Q09", False]

    def test_only_those_who_are_not_citizens_have_a_permit(self, persons: list[Record]) -> None:
        assert all(bool(person["PERMIT"]) == (person["CITIZ"] not in (HOME, UNKNOWN)) for person in persons)

    def test_only_those_who_worked_abroad_say_how_long(self, persons: list[Record]) -> None:
        assert all(bool(person["ABRMON"]) == (person["WRKABR"] == "1") for person in persons)
        assert sum(person["WRKABR"] == "1" for person in persons) > 400

    def test_recruitment_costs_some_nothing_and_builders_most(self, persons: list[Record]) -> None:
        paid = [person for person in persons if person["RECCOST"].isdigit() and int(person["RECCOST"]) < 9_999_998]
        known = [person for person in paid if int(person["RECEARN"]) < 9_999_998]
        assert 0.05 < share(paid, RECCOST=("0",)) < 0.2
        months = {
            country: statistics.mean(int(p["RECCOST"]) / int(p["RECEARN"]) for p in known if p["PREVC"] == country)
            for country in ("524", "356")  # Nepal, from where builders come, and India, from where professionals come
        }
        assert months["524"] > 2 * months["356"]


class TestDraws:
    def test_choices_follow_their_shares(self) -> None:
        choices = Choices([("rare", 1.0), ("never", 0.0), ("common", 3.0)])
        assert [choices.at(position) for position in (0.0, 0.2499, 0.25, 0.9999)] == [
            "rare",
            "rare",
            "common",
            "common",
        ]

    def test_choices_need_a_share(self) -> None:
        with pytest.raises(ValueError, match="nothing to choose from"):
            Choices([("never", 0.0)])

    def test_the_sequence_is_the_one_that_python_promises(self) -> None:
        draw = Draw(64)
        assert [draw.whole(1, 6) for _ in range(10)] == [3, 4, 3, 6, 1, 6, 5, 5, 5, 2]

    def test_quantiles_bound_what_is_drawn_along_them(self) -> None:
        draw = Draw(1)
        drawn = sorted(draw.along([0.0, 1.0, 10.0]) for _ in range(2001))
        assert drawn[0] >= 0
        assert drawn[-1] <= 10
        assert drawn[1000] == pytest.approx(1.0, abs=0.2)
