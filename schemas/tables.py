"""The columns of every table that is passed between rooms: name, DuckDB type, meaning."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """One column: its name, DuckDB type and meaning (which becomes its comment in the warehouse)."""

    name: str
    type: str
    meaning: str


OBSERVATION = (
    Column("ref_area", "VARCHAR", "Reporting country, ISO 3166-1 alpha-3; code list CL_AREA"),
    Column("source", "VARCHAR", "Source of the number, ILOSTAT source type and our source id, such as BA:ABC.lfs"),
    Column(
        "indicator", "VARCHAR", "Indicator id as in ILOSTAT's table of contents; unit and multiplier in table indicator"
    ),
    Column("sex", "VARCHAR", "Sex; code list CL_SEX"),
    Column("classif1", "VARCHAR", "First classification, mostly age; versions overlap, never add across versions"),
    Column("classif2", "VARCHAR", "Second classification, such as place of birth (CBR_BIR) or citizenship (CCT_CIT)"),
    Column("time", "VARCHAR", "Period that was counted: 2024, 2017S1, 2024Q1 or 2024M01"),
    Column("obs_value", "DOUBLE", "Value at full precision: thousands of persons for counts, per cent for rates"),
    Column("obs_status", "VARCHAR", "Observation status; code list CL_OBS_STATUS; empty means normal"),
    Column("note_classif", "VARCHAR", "Notes on the classifications of this number"),
    Column("note_indicator", "VARCHAR", "Notes on the indicator as this source gives it"),
    Column("note_source", "VARCHAR", "Notes on the source: coverage, reference period, whether it is synthetic"),
    Column("n", "BIGINT", "Sample cases behind the number, unweighted; of the numerator for rates"),
    Column(
        "distinct_persons",
        "BIGINT",
        "Persons behind the cases or records of a period that several waves make, in which some were asked again; "
        "reliability is judged by them; empty elsewhere, and where identifiers do not tell",
    ),
    Column("se", "DOUBLE", "Standard error, in the unit of obs_value; empty with its reason in note_indicator"),
    Column("cv", "DOUBLE", "Coefficient of variation, per cent of the value"),
    Column("lower_bound", "DOUBLE", "Lower end of the 95 % confidence interval, in the unit of obs_value"),
    Column("upper_bound", "DOUBLE", "Upper end of the 95 % confidence interval, in the unit of obs_value"),
    Column(
        "degrees_of_freedom",
        "BIGINT",
        "Degrees of freedom of the standard error in this domain; the interval takes its t quantile from them",
    ),
    Column("wave", "VARCHAR", "Wave of the source that gave the number"),
    Column("vintage", "VARCHAR", "Vintage of the producer's files: first 12 digits of their SHA-256"),
)
OBSERVATION_KEY = ("ref_area", "source", "indicator", "sex", "classif1", "classif2", "time")

QUALITY_RESULT = (
    Column("source", "VARCHAR", "Source id, such as ABC.lfs"),
    Column("wave", "VARCHAR", "Wave that was checked"),
    Column(
        "stage",
        "VARCHAR",
        "Suite of checks: core, flows, corridors or figures (records of surveys, registers, corridors; published "
        "figures); cells, flow_cells, corridor_cells or figure_cells (their numbers); regional (aggregates); "
        "waves (published numbers against the wave before); release (an attack on protected numbers)",
    ),
    Column("check_id", "VARCHAR", "Name of the expectation in its suite"),
    Column("description", "VARCHAR", "What was expected, in words"),
    Column("severity", "VARCHAR", "critical stops the partition; warning travels as a note"),
    Column("success", "BOOLEAN", "Whether it was met; empty where it was not checked, and `observed` says why"),
    Column("checked", "BIGINT", "Rows that were checked"),
    Column("unexpected", "BIGINT", "Rows that did not meet it; never their content"),
    Column("observed", "VARCHAR", "Observed aggregate, such as a share or a total; never a record"),
)

RELEASED_QUALITY = (
    *QUALITY_RESULT,
    Column(
        "belongs_to",
        "VARCHAR",
        "published: a check of numbers in this release; refused: a check of an attempt whose numbers are not in it",
    ),
    Column("description_fr", "VARCHAR", "What was expected, in French; empty for a check of earlier software"),
    Column("description_es", "VARCHAR", "What was expected, in Spanish; empty for a check of earlier software"),
)

PARTITION = (
    Column("source", "VARCHAR", "Source id, such as ABC.lfs"),
    Column("wave", "VARCHAR", "Wave"),
    Column(
        "state", "VARCHAR", "published; superseded, when others give all its indicators; failed; skipped; or withdrawn"
    ),
    Column(
        "reason",
        "VARCHAR",
        "Why it failed, was skipped or withdrawn, why older numbers of it stand, or which source gives indicators of it"
        " instead",
    ),
    Column(
        "standing_since",
        "VARCHAR",
        "When the published numbers passed everything, where they stand because nothing newer has been accepted; "
        "empty where they come from today's files, declaration and software",
    ),
    Column("vintage", "VARCHAR", "Vintage of the files used"),
    Column("persons", "BIGINT", "Person records harmonised"),
    Column(
        "distinct_persons",
        "BIGINT",
        "Persons behind the records of a period made of several waves, in which some were asked again; empty where "
        "identifiers do not tell",
    ),
    Column("cells", "BIGINT", "Numbers published"),
    Column("icls_basis", "VARCHAR", "13 or 19: which ICLS resolution the labour force concepts follow"),
    Column("synthetic", "BOOLEAN", "True when the data are synthetic, based on no real person"),
    Column("protection", "VARCHAR", "Disclosure control that its numbers went through (schemas/protection.yaml)"),
)

SOURCE = (
    Column("source", "VARCHAR", "Source as written in observation"),
    Column("source_id", "VARCHAR", "Source id, the folder of its declaration"),
    Column("ref_area", "VARCHAR", "Reporting country"),
    Column("title_en", "VARCHAR", "Title in English"),
    Column("title_fr", "VARCHAR", "Title in French"),
    Column("title_es", "VARCHAR", "Title in Spanish"),
    Column("producer", "VARCHAR", "Who produced the data"),
    Column("citation", "VARCHAR", "How to cite it"),
    Column("licence", "VARCHAR", "Licence of the data"),
    Column("landing_page", "VARCHAR", "Where the producer describes it"),
    Column(
        "kind",
        "VARCHAR",
        "survey, register, events, corridors, published (figures of their producer), benchmark (an input of regional "
        "estimates) or estimates",
    ),
    Column("synthetic", "BOOLEAN", "True when the data are synthetic"),
    Column("coverage", "VARCHAR", "Geographical and population coverage, with the waves of what holds in some"),
    Column("coverage_fr", "VARCHAR", "The same in French"),
    Column("coverage_es", "VARCHAR", "The same in Spanish"),
)

INDICATOR = (
    Column("indicator", "VARCHAR", "Indicator id"),
    Column("title_en", "VARCHAR", "Title in English"),
    Column("title_fr", "VARCHAR", "Title in French"),
    Column("title_es", "VARCHAR", "Title in Spanish"),
    Column("measure", "VARCHAR", "count, rate, mean, quantile, ratio, gap or change"),
    Column("unit_measure", "VARCHAR", "PS persons, PT per cent, PP percentage points; code list CL_UNIT_MEASURE"),
    Column("unit_mult", "BIGINT", "Power of ten of the unit: 3 means thousands"),
    Column("classif1", "VARCHAR", "Classification in column classif1, such as AGE"),
    Column("classif2", "VARCHAR", "Classification in column classif2, such as CBR"),
    Column("definition", "VARCHAR", "What it measures, in English"),
    Column("definition_fr", "VARCHAR", "What it measures, in French"),
    Column("definition_es", "VARCHAR", "What it measures, in Spanish"),
    Column("reference", "VARCHAR", "Standard it follows, and the definitions it uses with document and paragraph"),
    Column("reference_fr", "VARCHAR", "The same in French; titles of documents as they were read"),
    Column("reference_es", "VARCHAR", "The same in Spanish; titles of documents as they were read"),
)

DEFINITION = (
    Column("definition", "VARCHAR", "Definition id"),
    Column("term_en", "VARCHAR", "What is defined, in English"),
    Column("term_fr", "VARCHAR", "What is defined, in French"),
    Column("term_es", "VARCHAR", "What is defined, in Spanish"),
    Column("says", "VARCHAR", "What the document says, in our words"),
    Column("says_fr", "VARCHAR", "The same in French"),
    Column("says_es", "VARCHAR", "The same in Spanish"),
    Column("document", "VARCHAR", "The document that defines it"),
    Column("paragraph", "VARCHAR", "Paragraph or section; empty where no text that was read prints it"),
    Column("address", "VARCHAR", "Where the document is; empty where no address was verified"),
    Column("verified", "VARCHAR", "read; quoted (read where another text quotes it); or not_verified"),
    Column("read_at", "VARCHAR", "Where it was read, separated by spaces"),
    Column("not_verified", "VARCHAR", "What of it was not verified, and what was tried"),
)

INDICATOR_DEFINITION = (
    Column("indicator", "VARCHAR", "Indicator id"),
    Column("definition", "VARCHAR", "Definition id, in table definition"),
)

CODE = (
    Column("codelist", "VARCHAR", "Code list, such as CL_AGE"),
    Column("code", "VARCHAR", "Code, such as AGE_YTHADULT_YGE15"),
    Column("parent", "VARCHAR", "Code of the classification version or group it belongs to"),
    Column("label_en", "VARCHAR", "Label in English"),
    Column("label_fr", "VARCHAR", "Label in French"),
    Column("label_es", "VARCHAR", "Label in Spanish"),
    Column("is_total", "BOOLEAN", "True for the total of its version"),
    Column("sort", "BIGINT", "Order within the list"),
)

CORRIDOR = (
    Column("destination", "VARCHAR", "Country of destination, ISO 3166-1 alpha-3 or CHA"),
    Column("origin", "VARCHAR", "Country of origin; other when the producer does not name it"),
    Column("sex", "VARCHAR", "male or female"),
    Column("migrants", "DOUBLE", "International migrants of that origin in that destination, persons"),
    Column(
        "foreign_born",
        "BOOLEAN",
        "Whether the destination identifies migrants by country of birth; empty for a corridor of agreements of which "
        "the stock has no migrants",
    ),
    Column("foreign_citizens", "BOOLEAN", "Whether it identifies them by citizenship"),
    Column("refugees_added", "BOOLEAN", "Whether the producer adds refugees"),
    Column("imputed", "BOOLEAN", "Whether the producer imputes the destination from others"),
    Column("agreements", "BIGINT", "Labour agreements that the two countries had signed by the year"),
    Column("coded", "BIGINT", "Those whose text is coded"),
    Column("with_social_protection", "BIGINT", "Those whose coded text provides for social protection or health care"),
    Column("provisions", "MAP(VARCHAR, BIGINT)", "Provision -> how many of those coded texts have it"),
    Column("first_signed", "BIGINT", "Year in which the first of them was signed; empty without any"),
    Column("last_signed", "BIGINT", "Year in which the last of them was signed; empty without any"),
)

FIGURE = (
    Column("indicator", "VARCHAR", "Indicator id"),
    Column("ref_area", "VARCHAR", "Reporting country; code list CL_AREA"),
    Column("sex", "VARCHAR", "Sex; code list CL_SEX; empty for an indicator without it"),
    Column("classif1", "VARCHAR", "Code of the first classification; empty without one"),
    Column("classif2", "VARCHAR", "Code of the second classification; empty without one"),
    Column("time", "VARCHAR", "Period as ILOSTAT writes it"),
    Column("value", "DOUBLE", "The figure, in the unit of the indicator; empty when it is confidential"),
    Column("status", "VARCHAR", "Observation status of the producer, in ILO's codes; empty means normal"),
    Column("n", "BIGINT", "The producer's sample cases; empty where not told"),
    Column("se", "DOUBLE", "The producer's standard error, or as its interval or coefficient gives it"),
    Column("lower_bound", "DOUBLE", "Lower end of the 95 % interval"),
    Column("upper_bound", "DOUBLE", "Upper end of the 95 % interval"),
    Column("note", "VARCHAR", "Note of the producer on the figure"),
    Column("note_source", "VARCHAR", "Note of the producer on the source"),
    Column("note_indicator", "VARCHAR", "Note of the producer on the indicator"),
    Column("place", "VARCHAR", "Table, and place in the file where it is known"),
)

REGIONAL_INPUT = (
    Column("edition", "VARCHAR", "Edition of the regional estimates, in schemas/editions.yaml"),
    Column("time", "VARCHAR", "Year"),
    Column("ref_area", "VARCHAR", "Country or territory, ISO 3166-1 alpha-3"),
    Column("sex", "VARCHAR", "Sex; code list CL_SEX"),
    Column("region", "VARCHAR", "ILO region; code list CL_AREA"),
    Column("subregion", "VARCHAR", "ILO subregion; code list CL_AREA"),
    Column("income", "VARCHAR", "World Bank income group of the year itself; code list CL_AREA"),
    Column("population", "DOUBLE", "Population aged 15 and over, persons"),
    Column("labour_force", "DOUBLE", "Labour force aged 15 and over, persons"),
    Column("participation", "DOUBLE", "Participation of the whole population, per cent"),
    Column("migrants_input", "DOUBLE", "International migrants aged 15 and over as the producer has them, persons"),
    Column("migrants", "DOUBLE", "The same, capped at the declared share of the population"),
    Column("log_odds", "DOUBLE", "Log odds ratio of participation, migrants against others"),
    Column(
        "log_odds_error", "DOUBLE", "Its standard error: sampling, harmonisation and age of the report, or imputation"
    ),
    Column("is_imputed", "BOOLEAN", "True when the odds ratio is imputed, false when it is reported"),
    Column("odds_basis", "VARCHAR", "foreign_born or foreign_citizens; empty when imputed"),
    Column("odds_year", "BIGINT", "Year of the report; empty when imputed"),
    Column(
        "odds_quality", "VARCHAR", "Quality of the report as its benchmark declares it; national for our own estimates"
    ),
    Column("odds_origin", "VARCHAR", "Where the report comes from"),
    Column("employed", "DOUBLE", "Employed population aged 15 and over, persons"),
    Column(
        "employment_log_odds", "DOUBLE", "Log odds ratio of employment in the labour force, migrants against others"
    ),
    Column("employment_log_odds_error", "DOUBLE", "Its standard error, of the report or of imputation"),
    Column("employment_is_imputed", "BOOLEAN", "True when that odds ratio is imputed, false when it is reported"),
    Column("employment_origin", "VARCHAR", "Where the report of unemployment by migrant status comes from"),
    Column(
        "activity_origin",
        "VARCHAR",
        "Structure by broad activity: observed, raked or imputed; empty when nobody reports",
    ),
    Column("migrant_employment", "DOUBLE", "Input of the aggregates, experimental: not a national figure, persons"),
    Column("migrant_labour_force", "DOUBLE", "Input of the aggregates, experimental: not a national figure, persons"),
    Column("flags", "VARCHAR", "What was done, by ';': observed or imputed, capped, rate_of:YEAR, stock_of:YEAR, ..."),
)

PROGRAMME = (
    Column("programme", "VARCHAR", "Programme id"),
    Column("ref_area", "VARCHAR", "Country of destination, ISO 3166-1 alpha-3"),
    Column("name", "VARCHAR", "What it is called"),
    Column("label_en", "VARCHAR", "Label in English"),
    Column("label_fr", "VARCHAR", "Label in French"),
    Column("label_es", "VARCHAR", "Label in Spanish"),
    Column("employer", "VARCHAR", "Whom the worker may work for: one employer; one_at_first, for a while; or any"),
    Column("season", "VARCHAR", "seasonal, not_seasonal, both, or not_told by any text that was read"),
    Column("skill", "VARCHAR", "Skill that it asks for: low, high or any; not_told by any text that was read"),
    Column("says", "VARCHAR", "What the text says, in our words"),
    Column("document", "VARCHAR", "Law, rule or page that says so"),
    Column("verified", "VARCHAR", "read in a text of the authority, quoted where another gives it, or not_verified"),
    Column("read_at", "VARCHAR", "Where that was read; empty where it was not"),
)

PROGRAMME_SERIES = (
    Column("programme", "VARCHAR", "Programme id, in table programme"),
    Column("source_id", "VARCHAR", "Source id, such as ABC.permits"),
    Column("indicator", "VARCHAR", "Indicator whose numbers are of the programme alone"),
    Column("code", "VARCHAR", "Their code in classif1"),
    Column("wave", "VARCHAR", "Wave in which they are; empty for all"),
)

COMMUNITY_MEMBER = (
    Column("community", "VARCHAR", "Regional community; code list CL_AREA"),
    Column("ref_area", "VARCHAR", "Country, ISO 3166-1 alpha-3"),
    Column("first_day", "VARCHAR", "First day of membership, or its month or year where no more is known"),
    Column("last_day", "VARCHAR", "Last day, or its month or year; empty while it lasts"),
    Column("standing", "VARCHAR", "member, or suspended in the rights of a member"),
    Column("counts", "BOOLEAN", "Whether the estimates count such a member"),
    Column("document", "VARCHAR", "Treaty, declaration or decision that says so"),
    Column(
        "verified", "VARCHAR", "read in a text of the organisation, quoted where another text says so, or not_verified"
    ),
    Column("read_at", "VARCHAR", "Where that was read; empty where it was not"),
    Column("note", "VARCHAR", "What else is known"),
)

REGIONAL_DIAGNOSTIC = (
    Column("edition", "VARCHAR", "Edition of the regional estimates, in schemas/editions.yaml"),
    Column("time", "VARCHAR", "Year; for a change, the later one"),
    Column(
        "subject", "VARCHAR", "leave_one_out, left_out, theta_one, contribution, revision, benchmark_error or inputs"
    ),
    Column("model", "VARCHAR", "Imputation model; empty where none is concerned"),
    Column("ref_area", "VARCHAR", "Area or group; code list CL_AREA, or ISO 3166-1 alpha-3"),
    Column("sex", "VARCHAR", "Sex; code list CL_SEX"),
    Column("item", "VARCHAR", "What the value is"),
    Column("value", "DOUBLE", "Value: persons for counts, points or per cent for rates, logarithms for errors"),
)

AVAILABILITY = (
    Column("indicator", "VARCHAR", "Indicator id: ILOSTAT's series, and ours beside them"),
    Column("source", "VARCHAR", "Source id, such as ABC.lfs"),
    Column("wave", "VARCHAR", "Wave; empty when the declaration is wrong, so that its waves are not known"),
    Column("state", "VARCHAR", "published; protected: some withheld or all perturbed; totals_only; or not_produced"),
    Column("reason_code", "VARCHAR", "Reason of any state but published; table availability_reason says it in words"),
    Column("variables", "VARCHAR", "Canonical variables that decided, separated by spaces"),
    Column("reason", "VARCHAR", "The reason as it is here: which variable, and what the declaration says of it"),
    Column("cells", "BIGINT", "Numbers published"),
    Column("withheld", "BIGINT", "How many of them are confidential and withheld"),
)
AVAILABILITY_DECIDED = ("indicator", "source", "wave", "state", "reason_code", "variables", "reason")
"""The columns that are decided before the numbers are counted."""

AVAILABILITY_REASON = (
    Column("reason_code", "VARCHAR", "Code of a reason in table availability"),
    Column("state", "VARCHAR", "State that it explains"),
    Column("label_en", "VARCHAR", "Label in English"),
    Column("label_fr", "VARCHAR", "Label in French"),
    Column("label_es", "VARCHAR", "Label in Spanish"),
)

ILOSTAT_SERIES = (
    Column("indicator", "VARCHAR", "Indicator id"),
    Column("title_en", "VARCHAR", "Title in English"),
    Column("title_fr", "VARCHAR", "Title in French"),
    Column("title_es", "VARCHAR", "Title in Spanish"),
    Column("unit_measure", "VARCHAR", "Unit of measure"),
    Column("unit_mult", "BIGINT", "Power of ten of the unit: 3 means thousands"),
    Column("decimals", "BIGINT", "Decimals that ILOSTAT shows"),
    Column("classifications", "VARCHAR", "Versions of classifications that it is by, separated by spaces"),
    Column("classifications_basis", "VARCHAR", "listed by ILOSTAT in 2019, or by analogy with older series"),
    Column("database", "VARCHAR", "ILOSTAT database that holds it"),
    Column("toc_id", "VARCHAR", "Id in ILOSTAT's table of contents of October 2024, with frequency"),
    Column("needs", "VARCHAR", "What kind of source would give it, where none that is declared does"),
)

INDICATOR_ALIAS = (
    Column("older", "VARCHAR", "Older id, without DF_ and frequency"),
    Column("newer", "VARCHAR", "Id that came after it"),
    Column("relation", "VARCHAR", "exact, replaced_by, narrower (the newer covers fewer persons) or computed_from"),
    Column("basis", "VARCHAR", "read where both ids were seen, inferred where one was concluded"),
    Column("note", "VARCHAR", "What differs"),
    Column("reference", "VARCHAR", "Where the ids come from"),
)

OBS_STATUS_MAP = (
    Column("ilo", "VARCHAR", "Observation status of ILOSTAT; empty means normal"),
    Column("sdmx", "VARCHAR", "Observation status of SDMX's CL_OBS_STATUS"),
    Column("to_sdmx", "BOOLEAN", "True for the row that takes ILOSTAT's code to SDMX's"),
    Column("to_ilo", "BOOLEAN", "True for the row that takes SDMX's code to ILOSTAT's"),
    Column("meaning", "VARCHAR", "What the status means"),
    Column("remark", "VARCHAR", "Where the two differ"),
    Column("remark_fr", "VARCHAR", "The same in French"),
    Column("remark_es", "VARCHAR", "The same in Spanish"),
)

STATUS = (
    Column("obs_status", "VARCHAR", "Observation status; code list CL_OBS_STATUS; empty means normal"),
    Column("label_en", "VARCHAR", "Label in English"),
    Column("label_fr", "VARCHAR", "Label in French"),
    Column("label_es", "VARCHAR", "Label in Spanish"),
    Column("nature", "VARCHAR", "problem: heed it before using the number; made: how it was made; or normal"),
    Column("advice_en", "VARCHAR", "What a reader does about it, in English; empty where there is nothing to heed"),
    Column("advice_fr", "VARCHAR", "What a reader does about it, in French"),
    Column("advice_es", "VARCHAR", "What a reader does about it, in Spanish"),
)

CURRENCY = (
    Column("ref_area", "VARCHAR", "Country; code list CL_AREA"),
    Column("first_year", "VARCHAR", "First year of the currency as the only legal tender, in the middle of the year"),
    Column("last_year", "VARCHAR", "Last such year; 2100 while it lasts"),
    Column("currency", "VARCHAR", "Currency, ISO 4217"),
    Column("label_en", "VARCHAR", "Label in English"),
    Column("label_fr", "VARCHAR", "Label in French"),
    Column("label_es", "VARCHAR", "Label in Spanish"),
)

NOTE = (
    Column("note", "VARCHAR", "Text of a column of notes of table observation, in English"),
    Column("note_fr", "VARCHAR", "The same in French; what is not translated is in English"),
    Column("note_es", "VARCHAR", "The same in Spanish; what is not translated is in English"),
    Column("translated", "BOOLEAN", "True where every part of it is in both languages"),
)
