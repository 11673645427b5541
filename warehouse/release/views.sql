-- Views in plain words for analysts, those with labels in every language or none. Their columns are described in
-- views.py, one meaning for each name. Statements end with a semicolon at the end of a line. No view names a catalogue:
-- each reads its own file, whatever name a reader attaches it under.

create view labelled_code as
select
    code.codelist,
    code.code,
    case when version.code <> code.code then version.label_en || ': ' else '' end || code.label_en as label,
    case when version.code <> code.code then version.label_fr || ' : ' else '' end || code.label_fr as label_fr,
    case when version.code <> code.code then version.label_es || ': ' else '' end || code.label_es as label_es,
    version.code as version,
    version.sort as version_sort,
    code.sort
from code
left join code as version
    on version.codelist = code.codelist and version.code = regexp_extract(code.code, '^[^_]+_[^_]+');
comment on view labelled_code is
'Every code in words, with its classification and version as ILOSTAT writes them: Age (10-year bands): 15-24';

create view labelled_observation as
with money as (
    select distinct currency, label_en, label_fr, label_es from currency
),

unit as (
    -- thousands of persons, units of anything else, and money by its currency, which the country and the year decide
    select
        indicator.*,
        case
            when indicator.unit_measure = 'PT' then 'per cent'
            when indicator.unit_mult = 3 then 'thousands'
            when indicator.unit_mult = 6 then 'millions of ' || coalesce(money.label_en, code.label_en)
            else lower(code.label_en)
        end as unit,
        case
            when indicator.unit_measure = 'PT' then 'pour cent'
            when indicator.unit_mult = 3 then 'milliers'
            when indicator.unit_mult = 6 then 'millions de ' || coalesce(money.label_fr, code.label_fr)
            else lower(code.label_fr)
        end as unit_fr,
        case
            when indicator.unit_measure = 'PT' then 'por ciento'
            when indicator.unit_mult = 3 then 'miles'
            when indicator.unit_mult = 6 then 'millones de ' || coalesce(money.label_es, code.label_es)
            else lower(code.label_es)
        end as unit_es
    from indicator
    left join code on code.codelist = 'CL_UNIT_MEASURE' and code.code = indicator.unit_measure
    left join money on indicator.unit_measure = money.currency
),

described as (
    select
        observation.*,
        unit.title_en as indicator_title,
        unit.title_fr as indicator_title_fr,
        unit.title_es as indicator_title_es,
        coalesce(currency.label_en, unit.unit) as unit,
        coalesce(currency.label_fr, unit.unit_fr) as unit_fr,
        coalesce(currency.label_es, unit.unit_es) as unit_es,
        case when unit.unit_measure = 'USD' then 'USD' else currency.currency end as currency,
        'CL_' || unit.classif1 as codelist1,
        'CL_' || unit.classif2 as codelist2,
        source.title_en as source_title,
        source.title_fr as source_title_fr,
        source.title_es as source_title_es,
        source.synthetic
    from observation
    inner join unit using (indicator)
    inner join source using (source)
    left join currency
        on
            currency.ref_area = observation.ref_area
            and unit.unit_measure = 'LC'
            and 'CUR_TYPE_LCU' in (observation.classif1, observation.classif2)
            and left(observation.time, 4) between currency.first_year and currency.last_year
)

select
    described.ref_area,
    area.label_en as country,
    described.source,
    described.source_title,
    described.indicator,
    described.indicator_title,
    described.time,
    sex_code.label_en as sex,
    first_code.label as classif1_label,
    second_code.label as classif2_label,
    described.obs_value,
    described.unit,
    status.label_en as status,
    described.n,
    described.distinct_persons,
    described.se,
    described.cv,
    described.lower_bound,
    described.upper_bound,
    described.synthetic,
    described.note_classif,
    described.note_indicator,
    described.note_source,
    described.sex as sex_code,
    described.classif1,
    described.classif2,
    described.obs_status,
    described.wave,
    described.vintage,
    described.currency,
    status.advice_en as caution,
    area.label_fr as country_fr,
    area.label_es as country_es,
    described.source_title_fr,
    described.source_title_es,
    described.indicator_title_fr,
    described.indicator_title_es,
    sex_code.label_fr as sex_fr,
    sex_code.label_es as sex_es,
    first_code.label_fr as classif1_label_fr,
    first_code.label_es as classif1_label_es,
    second_code.label_fr as classif2_label_fr,
    second_code.label_es as classif2_label_es,
    described.unit_fr,
    described.unit_es,
    status.label_fr as status_fr,
    status.label_es as status_es,
    status.advice_fr as caution_fr,
    status.advice_es as caution_es,
    coalesce(first_code.version_sort = min(first_code.version_sort) over one_table, true)
    and coalesce(second_code.version_sort = min(second_code.version_sort) over one_table, true) as is_main_version
from described
left join status using (obs_status)
left join code as area on area.codelist = 'CL_AREA' and area.code = described.ref_area
left join code as sex_code on sex_code.codelist = 'CL_SEX' and sex_code.code = described.sex
left join labelled_code as first_code
    on first_code.codelist = described.codelist1 and first_code.code = described.classif1
left join labelled_code as second_code
    on second_code.codelist = described.codelist2 and second_code.code = described.classif2
window one_table as (partition by described.ref_area, described.source, described.indicator, described.time)
order by
    described.ref_area, described.source, described.indicator, described.time, sex_code.sort, first_code.sort,
    second_code.sort;
comment on view labelled_observation is
'Every published number with its codes in words, in three languages; as many rows as table observation';

create view what_was_published as
with titled as (
    select
        source_id as source, min(ref_area) as ref_area, min(title_en) as source_title,
        min(coverage) as coverage
    from source
    group by source_id
)

select
    titled.ref_area,
    area.label_en as country,
    partition.source as source_id,
    titled.source_title,
    partition.wave,
    partition.state,
    partition.standing_since,
    partition.reason,
    partition.cells,
    partition.persons,
    partition.distinct_persons,
    partition.icls_basis,
    partition.synthetic,
    titled.coverage,
    partition.vintage
from partition
left join titled using (source)
left join code as area on area.codelist = 'CL_AREA' and area.code = titled.ref_area
order by partition.source, partition.wave;
comment on view what_was_published is
'Every source and wave: published, since when and why older numbers stand, or why there are none';

create view checks_not_met as
select
    source as source_id, wave, belongs_to, stage, severity, description, unexpected, checked, observed, check_id,
    description_fr, description_es
from quality_result
where not success
order by severity, source, wave, belongs_to, stage, check_id;
comment on view checks_not_met is
'Failed checks: critical ones stopped an attempt, warnings are published with the numbers as notes';

create view what_is_available as
select
    availability.indicator,
    coalesce(indicator.title_en, ilostat_series.title_en) as indicator_title,
    ilostat_series.indicator is not null as is_ilostat_series,
    availability.source as source_id,
    availability.wave,
    availability.state as outcome,
    coalesce(availability_reason.label_en, '') as reason_label,
    availability.reason as explanation,
    availability.variables,
    availability.cells,
    availability.withheld,
    availability.reason_code,
    coalesce(indicator.title_fr, ilostat_series.title_fr) as indicator_title_fr,
    coalesce(indicator.title_es, ilostat_series.title_es) as indicator_title_es,
    coalesce(availability_reason.label_fr, '') as reason_label_fr,
    coalesce(availability_reason.label_es, '') as reason_label_es
from availability
left join indicator using (indicator)
left join ilostat_series using (indicator)
left join availability_reason using (reason_code)
order by availability.indicator, availability.source, availability.wave;
comment on view what_is_available is
'Every indicator in every wave of every source: published, or in which part, or why not';

create view availability_of_indicators as
select
    indicator,
    any_value(indicator_title) as indicator_title,
    any_value(is_ilostat_series) as is_ilostat_series,
    count(*) filter (outcome = 'published') as published,
    count(*) filter (outcome = 'protected') as protected,
    count(*) filter (outcome = 'totals_only') as totals_only,
    count(*) filter (outcome = 'not_produced') as not_produced,
    coalesce(string_agg(distinct source_id, ', ' order by source_id) filter (outcome <> 'not_produced'), '')
        as given_by,
    coalesce(string_agg(distinct reason_label, '; ' order by reason_label) filter (outcome = 'not_produced'), '')
        as reasons_not_produced
from what_is_available
group by indicator
order by indicator;
comment on view availability_of_indicators is
'In how many waves each indicator is published, and why not in the others';

create view what_indicators_mean as
select
    indicator_definition.indicator,
    indicator.title_en as indicator_title,
    definition.term_en,
    definition.says,
    definition.document,
    definition.paragraph,
    definition.verified,
    indicator.title_fr as indicator_title_fr,
    definition.term_fr,
    definition.says_fr,
    indicator.title_es as indicator_title_es,
    definition.term_es,
    definition.says_es,
    indicator.definition as measures,
    indicator.definition_fr as measures_fr,
    indicator.definition_es as measures_es
from indicator_definition
inner join indicator using (indicator)
inner join definition on indicator_definition.definition = definition.definition
order by indicator_definition.indicator, definition.term_en;
comment on view what_indicators_mean is
'The terms that each indicator uses, as the international documents define them, in three languages';

-- Names of the above in earlier releases; queries that use them continue to work.

create view coverage as from availability;
comment on view coverage is 'Earlier name of table availability';

create view coverage_reason as from availability_reason;
comment on view coverage_reason is 'Earlier name of table availability_reason';

create view what_is_covered as from what_is_available;
comment on view what_is_covered is 'Earlier name of view what_is_available';

create view coverage_of_indicators as from availability_of_indicators;
comment on view coverage_of_indicators is 'Earlier name of view availability_of_indicators';

create view other_names as
with recursive step as (
    select older as origin, newer as indicator, 'newer' as direction, relation, basis, note from indicator_alias
    union all
    select newer as origin, older as indicator, 'older' as direction, relation, basis, note from indicator_alias
),

reached as (
    select
        origin as series,
        indicator,
        direction,
        1 as steps,
        [relation] as relations,
        [basis] as bases,
        [note] as notes
    from step
    union
    select
        reached.series,
        step.indicator,
        reached.direction,
        steps + 1 as steps,
        list_append(relations, relation) as relations,
        list_append(bases, basis) as bases,
        list_append(notes, note) as notes
    from reached inner join step on step.origin = reached.indicator and step.direction = reached.direction
)

select series, indicator, direction, relations, bases, notes, steps
from reached
order by series, direction, steps, indicator;
comment on view other_names is
'Newer and older ids of each series: from other_names where series = ''MST_EARA_SEX_CBR_NB''';
