"""Whom and where a source covers, in all waves and in some of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pydantic import Field, model_validator

from schemas.declaration import Declaration, Language, Text
from schemas.periods import Waves, in_order


class WaveCoverage(Declaration):
    """What some waves cover, in addition to what is said of all."""

    waves: Waves = Field(description="the waves of which it is true", examples=["from 2022"])
    geographical: Text | None = Field(
        default=None, description="where the source covers in these waves", examples=[{"en": "with the islands"}]
    )
    population: Text | None = Field(
        default=None, description="whom the source covers in these waves", examples=[{"en": "with seasonal work"}]
    )

    @model_validator(mode="after")
    def _says_something(self) -> WaveCoverage:
        if self.geographical is None and self.population is None:
            raise ValueError("say in `geographical` or `population` what these waves cover")
        return self


class Coverage(Declaration):
    """Whom and where the source covers; carried as a note to every number it gives."""

    complete: bool = Field(
        description="whether the whole country and all persons whom the concept includes are covered; if not, say what "
        "is left out",
        examples=[True],
    )
    geographical: Text | None = Field(
        default=None, description="where the source covers", examples=[{"en": "urban areas only"}]
    )
    population: Text | None = Field(
        default=None, description="whom the source covers", examples=[{"en": "private households"}]
    )
    migrants: Text | None = Field(
        default=None,
        description="how much worse migrants are covered than others, where they are; regional estimates then do not "
        "take the source for its country",
        examples=[{"en": "a fifth fewer foreign citizens than in the labour force survey"}],
    )
    in_waves: list[WaveCoverage] = Field(
        default=[],
        description="what holds in some waves only; where it is given, every wave must be in one of its items, "
        "and a wave whose coverage differs from that of the one before is a break in series",
        examples=[[{"waves": "from 2022", "population": {"en": "with seasonal work"}}]],
    )

    def geographical_in(self, wave: str) -> list[Text]:
        """Where the source covers in a wave, that of all waves first."""
        return _given([self.geographical, *(each.geographical for each in self._of(wave))])

    def population_in(self, wave: str) -> list[Text]:
        """Whom the source covers in a wave, that of all waves first."""
        return _given([self.population, self.migrants, *(each.population for each in self._of(wave))])

    def texts(self) -> list[Text]:
        """All that is said, in the order of the declaration."""
        some = [text for each in self.in_waves for text in (each.geographical, each.population)]
        return _given([self.geographical, self.population, self.migrants, *some])

    def told(self, language: Language) -> str | None:
        """All that is said, with the waves of which it is true; None if a part of it is not said in the language."""
        colon, semicolon = (" : ", " ; ") if language == "fr" else (": ", "; ")
        of_all = _given([self.geographical, self.population, self.migrants])
        parts = [(text, "") for text in of_all]
        for each in self.in_waves:
            waves = each.waves.told(language) + colon
            parts += [(text, waves) for text in _given([each.geographical, each.population])]
        own = [(getattr(text, language), waves) for text, waves in parts]
        return semicolon.join(waves + said for said, waves in own) if all(said for said, _ in own) else None

    def changed_since(self, wave: str, waves: Collection[str]) -> str:
        """The wave before a wave, if the coverage differs from that of it; else empty."""
        if not self.in_waves or wave not in waves:
            return ""
        ordered = in_order(waves)
        place = ordered.index(wave)
        before = ordered[place - 1] if place else wave
        return "" if self.is_alike(before, wave) else before

    def is_alike(self, one: str, other: str) -> bool:
        """Whether two waves cover the same persons and areas, as far as the declaration says."""
        said = [(self.geographical_in(wave), self.population_in(wave)) for wave in (one, other)]
        return said[0] == said[1]

    def faults(self, waves: Collection[str]) -> Iterator[str]:
        """Waves that no item of `in_waves` is about."""
        if not self.in_waves:
            return
        for wave in waves:
            if not self._of(wave):
                yield f"no item of `in_waves` holds for wave {wave}: say whom or where it covers"

    def _of(self, wave: str) -> list[WaveCoverage]:
        return [each for each in self.in_waves if wave in each.waves]


def _given(texts: list[Text | None]) -> list[Text]:
    return [text for text in texts if text is not None]
