"""The sources of a fictitious country: a labour force survey drawn from declared numbers, and made-up tables. No real
person is in any of them.

It lets the pipeline run where neither a network nor a mirror of the producers' files is available. The country with its
regions, its migrants and its jobs is declared beside the source (`generator.yaml`, `jobs.csv`); this package draws.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

from schemas.errors import DeclarationError
from schemas.loader import source_folder
from schemas.nearest import nearest
from schemas.partition import Partition
from transforms.synthetic.background import answer_background
from transforms.synthetic.country import Country, load_country
from transforms.synthetic.draw import Draw
from transforms.synthetic.further import answer_further
from transforms.synthetic.labour import answer_on_work
from transforms.synthetic.people import Population
from transforms.synthetic.person import COLUMNS, Person
from transforms.synthetic.sample import sample_households
from transforms.synthetic.weights import weigh
from transforms.synthetic.work import Jobs

FURTHER = 500_000
"""Added to the seed for the stream of the further questions."""
BACKGROUND = 700_000
"""Added to the seed for the stream of parents' birthplace and disability."""


def generate(name: str, partition: Partition, folder: Path) -> list[Path]:
    """Write the files of one wave into `folder`, as a producer would send them, and return their paths.

    `name` is the generator that the source declares in `fetch.generator`. The same partition gives the same bytes on
    every machine, Python version and day.
    Raises DeclarationError for a generator or a wave that is not declared.
    """
    if name not in GENERATORS:
        close = nearest(name, GENERATORS)
        raise DeclarationError(f"no generator is called '{name}'{close}", remedy=f"use one of: {', '.join(GENERATORS)}")
    return GENERATORS[name](partition, folder)


def labour_force_survey(partition: Partition, folder: Path) -> list[Path]:
    """A household labour force survey: one zip with one delimited text file of persons."""
    declared = source_folder(partition.source)
    country, jobs = load_country(declared)
    if partition.wave not in country.waves:
        raise DeclarationError(
            f"the generator has no wave {partition.wave}",
            where=str(declared / "generator.yaml"),
            remedy=f"use one of: {', '.join(country.waves)}; or declare the wave and its population there",
        )
    wave = partition.wave
    seed = country.seed * 1_000_000 + int("".join(digit for digit in wave if digit.isdigit()))
    draw = Draw(seed)
    population, occupations = Population(country, int(wave[:4]), draw), Jobs(country, jobs, draw)
    people: list[Person] = []
    for household in sample_households(country, wave, draw):
        people += population.household(household)
    for person in people:
        if person.age >= country.minimum_age and answer_on_work(country, wave, person, draw):
            occupations.describe(person)
    weigh(country, wave, people)
    further = Draw(seed + FURTHER)
    for person in people:
        answer_further(country, int(wave[:4]), person, further)
    answer_background(people, Draw(seed + BACKGROUND))
    archive = folder / country.file.format(wave=wave)
    _write_zip(archive, country.member.format(wave=wave), _text(country, wave, people))
    return [archive]


def made_up_tables(partition: Partition, folder: Path) -> list[Path]:
    """The tables that somebody made up: the files in the folder `made_up/<wave>` of the source, as they are.

    Raises DeclarationError where there is no such folder.
    """
    tables = source_folder(partition.source) / "made_up" / partition.wave
    if not tables.is_dir():
        raise DeclarationError(
            f"nobody made up tables of wave {partition.wave}",
            where=str(tables),
            remedy="write them into this folder, under the names that the wave declares",
        )
    folder.mkdir(parents=True, exist_ok=True)
    return [Path(shutil.copyfile(file, folder / file.name)) for file in sorted(tables.iterdir())]


GENERATORS: dict[str, Callable[[Partition, Path], list[Path]]] = {
    "labour_force_survey": labour_force_survey,
    "made_up_tables": made_up_tables,
}


def _text(country: Country, wave: str, people: list[Person]) -> str:
    """The persons as delimited text under the wave's own column names."""
    renamed = country.waves[wave].renamed
    lines = [country.delimiter.join(renamed.get(column, column) for column in COLUMNS)]
    for person in people:
        age = str(person.age)
        fields = (age if field == "age" else getattr(person, field) for field in COLUMNS.values())
        lines.append(country.delimiter.join(fields))
    return "\r\n".join(lines) + "\r\n"


def _write_zip(archive: Path, member: str, text: str) -> None:
    """A zip that depends only on its content: no times, no owner, and not compressed, as compressors differ."""
    entry = zipfile.ZipInfo(member, date_time=(1980, 1, 1, 0, 0, 0))
    entry.create_system, entry.external_attr = 3, 0o644 << 16
    archive.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive, "w", compression=zipfile.ZIP_STORED) as zipped:
        zipped.writestr(entry, text.encode("utf-8"))
