"""What is wrong with a register's declaration beyond its form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from schemas.canonical_values import CanonicalValues
from schemas.code_maps import contradictions
from schemas.codelists import load_codelist
from schemas.countries import country_values
from schemas.errors import DeclarationError
from schemas.expressions import check_expression, raw_columns
from schemas.flows import ALL, DROPPED, FlowVariable, breakdowns, load_flow_variables
from schemas.nearest import nearest
from schemas.patterns import pattern_faults
from schemas.plausibility import RegisterFigures
from schemas.published_indicator import Published
from schemas.rates import rates_of
from schemas.register import Figure, Register
from schemas.register_indicators import (
    EVENT_CONCEPTS,
    RegisterIndicator,
    event_indicators,
    load_register_catalogue,
)
from schemas.register_table import FlowSource, Table
from schemas.series import declares, wave_line
from schemas.source_kind import SourceKind
from schemas.wave_faults import in_waves_faults
from schemas.yaml_lines import Location, line_of

MIGRANT_STATUS = "migrant_status"


def register_faults(register: Register, file: Path, lines: dict[Location, int]) -> Iterator[str]:
    """Every fault, with its line in the file."""

    def at(*location: str | int) -> str:
        return f"line {line_of(lines, location)}"

    if register.ref_area not in load_codelist("CL_AREA").by_code:
        yield f"the folder's '{register.ref_area}' is not an area of CL_AREA (ISO 3166-1 alpha-3)"
    yield from (f"line {wave_line(lines, register, wave)}: {fault}" for wave, fault in _wave_faults(register))
    yield from (f"columns.csv: {fault}" for fault in _column_faults(register))
    yield from _migrant_faults(register, lines)
    yield from (f"{at('guards')}: {fault}" for fault in _guard_faults(register))
    for name, table in register.tables.items():
        for fault in _table_faults(register, name, table, file):
            yield f"{at('tables', name)}: table '{name}': {fault}"
    for wave, indicator, tables in _doubled(register):
        yield (
            f"{at('tables')}: {indicator} is fed by several tables in wave {wave}: {', '.join(tables)}; "
            "numbers of different tables are never added"
        )
    for index, agreement in enumerate(register.agreements):
        both, waves = [agreement.parts, agreement.whole], agreement.waves.named
        for fault in _reference_faults(register, both, waves, agreement.by):
            yield f"{at('agreements', index)}: {fault}"
    for index, figure in enumerate(register.figures):
        for fault in _reference_faults(register, [figure.table], [figure.wave], figure.where):
            yield f"{at('figures', index)}: {fault}"
        yield from (f"{at('figures', index)}: {fault}" for fault in _figure_faults(figure))


def _wave_faults(register: Register) -> Iterator[tuple[str, str]]:
    for wave in register.waves:
        if not register.wave_tables(wave):
            yield wave, f"no table covers wave {wave}"
        if register.calendar is not None and not register.calendar.is_common_year and len(wave) > len("2024"):
            yield wave, f"'{wave}' is a part of a year, and the calendar has years that begin on another day"
    for wave in sorted(wave for wave in register.statuses if not declares(register, wave)):
        yield wave, f"statuses name wave '{wave}', which is not declared{nearest(wave, register.waves)}"


def _migrant_faults(register: Register, lines: dict[Location, int]) -> Iterator[str]:
    """Tables by migrant status of a register that does not say whom it calls a migrant."""
    for name, table in register.tables.items():
        if MIGRANT_STATUS in table.variables and register.migrants_by is None:
            yield (
                f"line {line_of(lines, ('tables', name, 'variables'))}: table '{name}' has `{MIGRANT_STATUS}`; say in "
                "`migrants_by` whether migrants are those born abroad (country_of_birth) or foreigners (citizenship)"
            )


def _guard_faults(register: Register) -> Iterator[str]:
    """Figures that do not exist, and waves that are not declared."""
    known = RegisterFigures.names()
    for name, own in register.guards.plausible.items():
        if name not in known:
            yield f"guards: plausible names '{name}', which is none of {', '.join(known)}{nearest(name, known)}"
        yield from in_waves_faults(register, [(f"guards: plausible, {name}", own.waves)])


def _column_faults(register: Register) -> Iterator[str]:
    for column in register.columns:
        table = column.split(".")[0]
        if table not in register.tables or "." not in column:
            yield f"'{column}' is not written <table>.<column> with one of the tables {', '.join(register.tables)}"


def _table_faults(register: Register, name: str, table: Table, file: Path) -> Iterator[str]:
    columns = {column.split(".", 1)[1] for column in register.columns if column.startswith(f"{name}.")}
    for wave in sorted(wave for wave in table.waves.named if not declares(register, wave)):
        yield f"names wave '{wave}', which is not declared{nearest(wave, register.waves)}"
    for correction in table.corrections:
        if not declares(register, correction.wave):
            close = nearest(correction.wave, register.waves)
            yield f"a correction names wave '{correction.wave}', which is not declared{close}"
    for wave in sorted(_not_covered(register, table, (wave for each in table.totals for wave in each.not_in.named))):
        yield f"totals are declared as lacking in wave '{wave}', which the table does not cover"
    set_ = {column for correction in table.corrections for column in correction.set}
    for column in sorted((_named_columns(table) | set_) - columns):
        yield f"column '{name}.{column}' is not in columns.csv{nearest(column, columns)}"
    yield from in_waves_faults(register, [("`read_in_waves`", each.waves) for each in table.read_in_waves])
    yield from _columns_of_waves(register, name, table, columns)
    yield from _expression_faults(register, table, columns, file)
    yield from _fact_faults(register, table)
    for variable, origin in table.variables.items():
        yield from (f"variable '{variable}': {fault}" for fault in _variable_faults(register, variable, origin))
    for indicator, waves in table.feeds.items():
        for wave in sorted(_not_covered(register, table, waves.named)):
            yield f"feeds {indicator} in wave '{wave}', which the table does not cover"
        yield from (f"feeds {indicator}: {fault}" for fault in _feed_faults(register, table, indicator))


def _not_covered(register: Register, table: Table, waves: Iterable[str]) -> set[str]:
    return {wave for wave in waves if wave not in table.waves or not declares(register, wave)}


def _columns_of_waves(register: Register, name: str, table: Table, columns: set[str]) -> Iterator[str]:
    """Columns that a table reads in every wave, or a correction sets in its own, and that have no name in it."""
    rules = [*(drop.when for drop in table.drop), *(total.when for total in table.totals)]
    rules += [each for each in (table.where, table.once.primary if table.once else None) if each]
    wave = _any_wave(register, table)
    read = set().union(*(raw_columns(register.filled(rule, wave)) for rule in rules)) | _named_columns(table)
    for wave in table.waves.of(register.waves):
        for rule in rules:
            if lacking := register.unknown_placeholder(rule, wave):
                yield f"`{lacking}` in an expression is nothing that wave {wave} has"
        needed = read.union(*(correction.set for correction in table.corrections if correction.wave == wave))
        for column in sorted((needed & columns) - register.table_columns(name, wave).keys()):
            yield f"columns.csv has no name of column '{name}.{column}' in wave {wave}, which the table covers"


def _any_wave(register: Register, table: Table) -> str:
    return next(iter(table.waves.of(register.waves)), next(iter(register.waves)))


def _named_columns(table: Table) -> set[str]:
    """The columns that a table names directly, not within an expression."""
    named = [column for total in table.totals for column in total.by]
    named += [table.value.status] if table.value.status else []
    named += [table.period.column] if table.period and table.period.column else []
    named += [*table.fill_down, *(table.once.by if table.once else [])]
    named += [column for column in (table.value.column, *(each.column for each in table.variables.values())) if column]
    return set(named)


def _expression_faults(register: Register, table: Table, columns: set[str], file: Path) -> Iterator[str]:
    expressions = [*(drop.when for drop in table.drop), *(total.when for total in table.totals)]
    expressions += [each for correction in table.corrections for each in (correction.where, *correction.set.values())]
    expressions += [each for each in (table.where, table.once.primary if table.once else None) if each]
    for expression in expressions:
        try:
            written = register.filled(expression, _any_wave(register, table))
            check_expression(written, columns={f"raw.{column}" for column in columns}, where=str(file))
        except DeclarationError as error:
            yield f"{error.what}; {error.remedy}"


def _fact_faults(register: Register, table: Table) -> Iterator[str]:
    for fact, value in register.table_facts(table).items():
        known = load_flow_variables()[fact].values
        if value not in known:
            yield f"its {fact} is '{value}', which is not one of {', '.join(known)}{nearest(value, known)}"


def _variable_faults(register: Register, name: str, origin: FlowSource) -> Iterator[str]:
    if name not in breakdowns():
        yield f"it is not a breakdown of flows.yaml{nearest(name, breakdowns())}; these are {', '.join(breakdowns())}"
        return
    variable = load_flow_variables()[name]
    values = _canonical_values(variable)
    if origin.country is not None and variable.type != "country":
        yield "`country` is for variables that are countries"
    for value in (origin.constant, origin.blank):
        if value is not None and values is not None and (fault := values.fault(value)):
            yield f"it can be {fault}"
    if origin.pattern is not None:
        yield from pattern_faults(origin.pattern)
    if origin.map is not None and origin.map not in register.code_maps:
        yield f"map '{origin.map}' is not in code_maps.csv{nearest(origin.map, register.code_maps)}"
    elif origin.map is not None:
        for codes in register.map_forms(origin.map):
            yield from contradictions(origin.map, codes, fold=origin.fold)
            yield from values.map_faults(origin.map, codes) if values is not None else ()
    elif variable.type == "category" and origin.constant is None:
        yield "a category taken from a column or a header needs a `map`"


def _canonical_values(variable: FlowVariable) -> CanonicalValues | None:
    """The values that a flow variable can take, and what leaves a record out; None when they are not listed."""
    if variable.allowed is None:
        return None
    countries = country_values(variable.codelist) if variable.type == "country" else frozenset[str]()
    return CanonicalValues((*variable.allowed, DROPPED), countries)


def _figure_faults(figure: Figure) -> Iterator[str]:
    for name, value in figure.where.items():
        values = _canonical_values(load_flow_variables()[name]) if name in load_flow_variables() else None
        if values is not None and (fault := values.fault(value)):
            yield f"a figure is where {name} is {fault}"


def _feed_faults(register: Register, table: Table, name: str) -> Iterator[str]:
    """The concept guard: what a table is decides which indicators it may feed."""
    catalogue = load_register_catalogue()
    indicator = catalogue.indicators.get(name)
    if indicator is None:
        close = nearest(name, catalogue.indicators)
        yield f"there is no such indicator{close}; register_indicators.yaml has {', '.join(catalogue.indicators)}"
        return
    remedies = {
        "other_fact": "; these numbers would be published as something that they are not",
        "other_event": "; say in `variables: event` which this table has",
    }
    yield from (f"{gap}{remedies.get(code, '')}" for code, gap in feed_gaps(register, table, name))


def feed_gaps(register: Register, table: Table, name: str) -> Iterator[tuple[str, str]]:
    """Why a table cannot feed an indicator: a code of availability_reasons.csv, and the reason in words."""
    catalogue = load_register_catalogue()
    indicator = catalogue.indicators[name]
    facts = dict(register.table_facts(table).items())
    for fact, allowed in _guards(indicator).items():
        if facts[fact] not in allowed:
            meaning = load_flow_variables()[fact].values.get(facts[fact], "")
            theirs = f"'{facts[fact]}'" + (f" ({meaning})" if meaning else "")
            yield "other_fact", f"it counts only {fact} {' or '.join(allowed)}, and this table's {fact} is {theirs}"
    event = table.variables.get("event")
    if event is None or (event.constant is not None and event.constant not in indicator.events):
        yield "other_event", f"it counts the event(s) {', '.join(indicator.events)}, and this table does not tell them"
    for dimension in indicator.dimensions:
        variable = catalogue.classifications[dimension].variable
        origin = table.variables.get(variable)
        if variable != "sex" and (origin is None or origin.constant == ALL):
            yield "not_broken_down", f"it is by {variable}, and this table is not broken down by it"


def _guards(indicator: RegisterIndicator) -> dict[str, list[str]]:
    return {"concept": indicator.concepts, "direction": indicator.directions, "unit": indicator.units}


def _doubled(register: Register) -> Iterator[tuple[str, str, list[str]]]:
    for wave in register.waves:
        fed: dict[str, list[str]] = {}
        for name, table in register.wave_tables(wave).items():
            for indicator in table.feeds_in(wave):
                fed.setdefault(indicator, []).append(name)
        yield from ((wave, indicator, tables) for indicator, tables in fed.items() if len(tables) > 1)


def _reference_faults(
    register: Register, tables: list[str], waves: list[str], variables: list[str] | dict[str, str]
) -> Iterator[str]:
    for table in tables:
        if table not in register.tables:
            yield f"there is no table '{table}'{nearest(table, register.tables)}"
            continue
        for wave in waves:
            if not declares(register, wave):
                yield f"wave '{wave}' is not declared{nearest(wave, register.waves)}"
            elif wave not in register.tables[table].waves:
                yield f"table '{table}' does not cover wave {wave}"
        for variable in sorted(set(variables) - {"event"} - set(register.tables[table].variables)):
            close = nearest(variable, register.tables[table].variables)
            yield f"table '{table}' has no variable '{variable}'{close}"


def counted_indicators() -> Mapping[str, Published]:
    """The indicators of registers and of events, as they are published, and the rates of which they count the cases."""
    catalogue = load_register_catalogue()
    counts = {name: Published(each, each.measure, catalogue.types(each)) for name, each in catalogue.indicators.items()}
    return {**counts, **rates_of(counts)}


def _published() -> Mapping[str, Published]:
    events = event_indicators()
    return {name: each for name, each in counted_indicators().items() if name not in events | rates_of(events).keys()}


def _flows_alone(register: Register, file: Path, lines: dict[Location, int]) -> Iterator[str]:
    """The faults of a register, and tables of events, which are a kind of their own."""
    yield from register_faults(register, file, lines)
    for name, table in register.tables.items():
        if register.table_facts(table).concept in EVENT_CONCEPTS:
            yield f"line {line_of(lines, ('tables', name))}: table '{name}' counts events: write `kind: events`"


def fed_indicators(register: Register) -> frozenset[str]:
    """The indicators that its tables feed in some wave, and the rates of which they count the cases."""
    fed = frozenset(indicator for table in register.tables.values() for indicator in table.feeds)
    return fed | rates_of(fed).keys()


REGISTER = SourceKind(
    "register",
    "register",
    Register,
    _flows_alone,
    _published,
    has_columns=True,
    has_records=True,
    may_give=fed_indicators,
)
"""Administrative registers, whose tables count people or permits."""
