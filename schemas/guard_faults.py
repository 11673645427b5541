"""What is wrong with the guards and the `wave_in_file` of a survey."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.errors import DeclarationError
from schemas.expressions import check_expression
from schemas.nearest import nearest
from schemas.plausibility import limited
from schemas.survey import Survey


def guard_faults(source: Survey) -> Iterator[str]:
    """Names in the guards of a survey that do not exist."""
    for name in sorted(source.guards.mostly_unknown.keys() - source.variables.keys()):
        close = nearest(name, source.variables)
        yield f"guards: mostly_unknown names '{name}', which is not a variable of this source{close}"
    known = limited()
    for name, own in source.guards.plausible.items():
        if name not in known:
            close = nearest(name, known)
            yield f"guards: plausible names '{name}', which is none of {', '.join(known)}{close}"
            continue
        try:
            own.over(known[name])
        except ValueError as error:
            yield f"guards: plausible, {name}: {error}"
    given = source.wave_in_file.expressions if source.wave_in_file else {}
    names = {f"raw.{column}" for column in source.columns}
    for part, expression in given.items():
        try:
            check_expression(expression, columns=names, where=f"wave_in_file, {part}")
        except DeclarationError as error:
            yield f"wave_in_file, {part}: {error.what}; {error.remedy}"
    for wave, declared in source.waves.items():
        for part in sorted(declared.also_in_file.keys() - given.keys()):
            yield f"wave {wave}: also_in_file names the {part}, which `wave_in_file` does not give"
