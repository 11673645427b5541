-- Views in plain words for analysts. Their columns are described in views.py, one meaning for each name. Statements end
-- with a semicolon at the end of a line. There are no macros: readers attach the file under names of their own, and a
-- macro looks for its tables in the reader's database, a view in its own file.

create view labelled_code as
select
    code.codelist,
    code.code,
    case when version.code <> code.code then version.label_en || ': ' else '' end || code.label_en as label,
    code.sort
from code
left join code as version
    on version.codelist = code.codelist and version.code = regexp_extract(code.code, '^[^_]+_[^_]+');
comment on view labelled_code is
'Every code in English, with its classification and version as ILOSTAT writes them: Age (10-year bands): 15-24';

create view labelled_observation as
with status as (
    select code as obs_status, label_en as status from code
    where codelist = 'CL_OBS_STATUS'
),

described as (
    select
        observation.*,
        indicator.title_en as indicator_title,
        case
            when indicator.measure = 'rate' then 'per cent'
            when indicator.unit_mult = 0 then lower(unit_code.label_en)
            else 'thousands'
        end as unit,
        'CL_' || indicator.classif1 as codelist1,
        'CL_' || indicator.classif2 as codelist2,
        source.title_en as source_title,
        source.synthetic
    from observation
    inner join indicator using (indicator)
    inner join source using (source)
    left join code as unit_code on unit_code.codelist = 'CL_UNIT_MEASURE' and unit_code.code = indicator.unit_measure
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
    case when described.obs_status in ('', 'A') then 'Normal value' else status.status end as status,
    described.n,
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
    described.vintage
from described
left join status using (obs_status)
left join code as area on area.codelist = 'CL_AREA' and area.code = described.ref_area
left join code as sex_code on sex_code.codelist = 'CL_SEX' and sex_code.code = described.sex
left join labelled_code as first_code
    on first_code.codelist = described.codelist1 and first_code.code = described.classif1
left join labelled_code as second_code
    on second_code.codelist = described.codelist2 and second_code.code = described.classif2
order by
    described.ref_area, described.source, described.indicator, described.time, sex_code.sort, first_code.sort,
    second_code.sort;
comment on view labelled_observation is
'Every published number with its codes in English words; as many rows as table observation';

create view migrants_side_by_side as
with grouped as (
    select
        *,
        split_part(indicator, '_', 2) as subject,
        split_part(indicator, '_', 6) as unit_type,
        case split_part(indicator, '_', 5) when 'CBR' then 'place of birth' when 'CCT' then 'citizenship' end
            as migrants_by,
        case classif2
            when 'CBR_BIR_NATIVE' then 'non_migrants'
            when 'CCT_CIT_CITIZEN' then 'non_migrants'
            when 'CBR_BIR_FOREIGN' then 'migrants'
            when 'CCT_CIT_NONCIT' then 'migrants'
            when 'CBR_BIR_X' then 'unknown'
            when 'CCT_CIT_X' then 'unknown'
            when 'CBR_BIR_TOTAL' then 'everyone'
            when 'CCT_CIT_TOTAL' then 'everyone'
        end as who
    from labelled_observation
    where regexp_full_match(indicator, 'MST_[A-Z]+_SEX_AGE_(CBR|CCT)_(NB|RT)') and classif1 = 'AGE_YTHADULT_YGE15'
)

select
    subject,
    unit_type,
    ref_area,
    country,
    source,
    source_title,
    time,
    sex,
    sex_code,
    migrants_by,
    max(obs_value) filter (who = 'non_migrants') as non_migrants,
    max(obs_value) filter (who = 'migrants') as migrants,
    max(obs_value) filter (who = 'unknown') as unknown,
    max(obs_value) filter (who = 'everyone') as everyone,
    max(status) filter (who = 'non_migrants') as non_migrants_status,
    max(status) filter (who = 'migrants') as migrants_status,
    max(status) filter (who = 'unknown') as unknown_status,
    max(status) filter (who = 'everyone') as everyone_status,
    max(n) filter (who = 'non_migrants') as non_migrants_n,
    max(n) filter (who = 'migrants') as migrants_n,
    max(n) filter (who = 'unknown') as unknown_n,
    max(n) filter (who = 'everyone') as everyone_n,
    max(se) filter (who = 'non_migrants') as non_migrants_se,
    max(se) filter (who = 'migrants') as migrants_se,
    max(se) filter (who = 'unknown') as unknown_se,
    max(se) filter (who = 'everyone') as everyone_se,
    max(cv) filter (who = 'non_migrants') as non_migrants_cv,
    max(cv) filter (who = 'migrants') as migrants_cv,
    max(cv) filter (who = 'unknown') as unknown_cv,
    max(cv) filter (who = 'everyone') as everyone_cv,
    max(lower_bound) filter (who = 'non_migrants') as non_migrants_lower_bound,
    max(lower_bound) filter (who = 'migrants') as migrants_lower_bound,
    max(lower_bound) filter (who = 'unknown') as unknown_lower_bound,
    max(lower_bound) filter (who = 'everyone') as everyone_lower_bound,
    max(upper_bound) filter (who = 'non_migrants') as non_migrants_upper_bound,
    max(upper_bound) filter (who = 'migrants') as migrants_upper_bound,
    max(upper_bound) filter (who = 'unknown') as unknown_upper_bound,
    max(upper_bound) filter (who = 'everyone') as everyone_upper_bound,
    synthetic,
    coalesce(string_agg(distinct note_classif, ' | ' order by note_classif) filter (note_classif <> ''), '')
        as note_classif,
    coalesce(string_agg(distinct note_indicator, ' | ' order by note_indicator) filter (note_indicator <> ''), '')
        as note_indicator,
    coalesce(string_agg(distinct note_source, ' | ' order by note_source) filter (note_source <> ''), '') as note_source
from grouped
group by subject, unit_type, ref_area, country, source, source_title, time, sex, sex_code, migrants_by, synthetic;
comment on view migrants_side_by_side is
'Migrants and non-migrants of 15 years and over in one row, for every subject; the views in plain words read this';

create view rates_side_by_side as
select
    subject, ref_area, country, source, source_title, time, sex, migrants_by,
    non_migrants, migrants, migrants - non_migrants as gap, everyone,
    non_migrants_status, migrants_status, everyone_status,
    non_migrants_se + migrants_se as gap_se_at_most,
    abs(migrants - non_migrants) > 1.96 * (non_migrants_se + migrants_se) as gap_is_significant,
    non_migrants_n, migrants_n, everyone_n,
    non_migrants_se, migrants_se, everyone_se,
    non_migrants_cv, migrants_cv, everyone_cv,
    non_migrants_lower_bound, migrants_lower_bound, everyone_lower_bound,
    non_migrants_upper_bound, migrants_upper_bound, everyone_upper_bound,
    synthetic, note_classif, note_indicator, note_source, sex_code
from migrants_side_by_side
where unit_type = 'RT';
comment on view rates_side_by_side is
'Rates of migrants and non-migrants of 15 years and over, in per cent, for every subject; gap in percentage points';

create view change_since_the_previous_period as
with dated as (
    select
        *,
        lag(time) over earlier as previous_time,
        lag(obs_value) over earlier as previous,
        lag(se) over earlier as previous_se,
        lag(status) over earlier as previous_status
    from labelled_observation
    where regexp_full_match(indicator, 'MST_[A-Z]+_SEX_AGE_(CBR|CCT)_RT') and classif1 = 'AGE_YTHADULT_YGE15'
    window earlier as (partition by source, indicator, sex_code, classif2, length(time) order by time)
)

select
    ref_area,
    country,
    source,
    source_title,
    indicator,
    indicator_title,
    sex,
    classif2_label,
    time,
    previous_time,
    obs_value,
    previous,
    obs_value - previous as change,
    se + previous_se as change_se_at_most,
    abs(obs_value - previous) > 1.96 * (se + previous_se) as change_is_significant,
    status,
    previous_status,
    n,
    se,
    cv,
    lower_bound,
    upper_bound,
    previous_se,
    synthetic,
    note_classif,
    note_indicator,
    note_source
from dated
where previous_time is not null
order by ref_area, source, indicator, classif2_label, sex, time;
comment on view change_since_the_previous_period is
'Rates of 15 years and over against the same series in its previous period of the same length; percentage points';

create view migrant_workers_by_definition as
with counted as (
    select
        *,
        case
            when indicator = 'MST_TEAP_SEX_AGE_CBR_NB' then 'place of birth'
            when indicator = 'MST_TEAP_SEX_AGE_CCT_NB' then 'citizenship'
            when indicator = 'MST_IMWB_SEX_AGE_RSD_NB' then 'place of birth'
            when indicator = 'MST_IMWC_SEX_AGE_RSD_NB' then 'citizenship'
            else 'place of birth or citizenship'
        end as migrants_by,
        case
            when classif2 in ('CBR_BIR_FOREIGN', 'CCT_CIT_NONCIT') then 'usual residents in the labour force'
            when classif2 = 'RSD_P14_A' then 'paragraph 14 (a): usual residents'
            when classif2 = 'RSD_P14_B' then 'paragraph 14 (b): non-resident foreign workers'
            when classif2 = 'RSD_P14_TOTAL' then 'paragraph 14: (a) and (b)'
            when indicator = 'MST_FWIM_SEX_AGE_NB' then 'for-work international migrants'
            when indicator = 'MST_RIMW_SEX_AGE_NB' then 'return international migrant workers'
        end as follows
    from labelled_observation
    where
        classif1 = 'AGE_YTHADULT_YGE15'
        and indicator in (
            'MST_TEAP_SEX_AGE_CBR_NB', 'MST_TEAP_SEX_AGE_CCT_NB', 'MST_IMWB_SEX_AGE_RSD_NB', 'MST_IMWC_SEX_AGE_RSD_NB',
            'MST_FWIM_SEX_AGE_NB', 'MST_RIMW_SEX_AGE_NB'
        )
),

compared as (
    select
        *,
        max(obs_value) filter (follows = 'usual residents in the labour force')
            over (partition by source, time, sex_code, migrants_by) as residents
    from counted
    where follows is not null
)

select
    ref_area,
    country,
    source,
    source_title,
    time,
    sex,
    migrants_by,
    follows,
    obs_value,
    obs_value - residents as more_than_residents,
    100 * (obs_value / nullif(residents, 0) - 1) as more_than_residents_percent,
    status,
    n,
    se,
    cv,
    lower_bound,
    upper_bound,
    indicator,
    synthetic,
    note_classif,
    note_indicator,
    note_source
from compared
order by ref_area, source, time, migrants_by, sex_code desc, follows desc;
comment on view migrant_workers_by_definition is
'Migrant workers of 15 years and over by each definition, thousands; how far it is from the count of usual residents';

create view nationals_abroad_mirror as
with estimated as (
    select
        ref_area as origin,
        classif1 as residence_code,
        sex_code,
        time as estimate_time,
        obs_value as estimate,
        regexp_extract(note_classif, 'Definition of migrants: ([^|]*[^| ])', 1) as estimate_counts
    from labelled_observation
    where indicator = 'COR_NPOP_SEX_CRS_NB'
),

-- Stocks of persons of all ages alone: no flows, and no surveys, whose tables by country are of 15 years and over.
counted as (
    select
        *,
        'country of residence' as counted_by,
        'citizenship' as migrants_by,
        regexp_extract(classif1, '^CCT_CTZ_([A-Z]{3})$', 1) as origin,
        'CRS_RES_' || ref_area as residence_code
    from labelled_observation
    where indicator = 'REG_RESF_SEX_CCT_NB'
    union all
    select
        *,
        'country of origin' as counted_by,
        'citizenship' as migrants_by,
        ref_area as origin,
        classif1 as residence_code
    from labelled_observation
    where indicator = 'MNA_TPOP_SEX_CRS_NB'
),

-- Beside each the estimate of the nearest year, of two the earlier.
mirrored as (
    select *
    from counted
    inner join estimated using (origin, residence_code, sex_code)
    qualify row_number() over (
            partition by source, indicator, time, origin, residence_code, sex_code
            order by abs(cast(left(time, 4) as integer) - cast(estimate_time as integer)), estimate_time
        ) = 1
)

select
    mirrored.origin,
    origin_area.label_en as country_of_origin,
    residence_area.label_en as country_of_residence,
    mirrored.sex,
    mirrored.time,
    mirrored.counted_by,
    mirrored.obs_value,
    mirrored.estimate,
    mirrored.obs_value - mirrored.estimate as gap_to_estimate,
    100 * (mirrored.obs_value / nullif(mirrored.estimate, 0) - 1) as gap_to_estimate_percent,
    mirrored.estimate_time,
    mirrored.migrants_by,
    mirrored.estimate_counts,
    mirrored.status,
    mirrored.n,
    mirrored.se,
    mirrored.cv,
    mirrored.lower_bound,
    mirrored.upper_bound,
    mirrored.ref_area,
    mirrored.country,
    mirrored.source,
    mirrored.source_title,
    mirrored.indicator,
    mirrored.synthetic,
    mirrored.note_classif,
    mirrored.note_indicator,
    mirrored.note_source,
    mirrored.residence_code,
    mirrored.sex_code
from mirrored
left join code as origin_area on origin_area.codelist = 'CL_AREA' and origin_area.code = mirrored.origin
left join code as residence_area on residence_area.codelist = 'CL_CRS' and residence_area.code = mirrored.residence_code
order by
    mirrored.origin, mirrored.residence_code, mirrored.time, mirrored.counted_by, mirrored.source,
    mirrored.sex_code desc;
comment on view nationals_abroad_mirror is
'People of an origin abroad, thousands: what registers of either country count, and the estimate made of all countries';

create view participation_of_migrants_and_non_migrants as
select * exclude (subject, sex_code)
from rates_side_by_side
where subject = 'TEAP'
order by ref_area, source, time, migrants_by, sex_code desc;
comment on view participation_of_migrants_and_non_migrants is
'Labour force participation rate, per cent of the population of 15 years and over; gap in percentage points';

create view unemployment_of_migrants_and_non_migrants as
select * exclude (subject, sex_code)
from rates_side_by_side
where subject = 'TUNE'
order by ref_area, source, time, migrants_by, sex_code desc;
comment on view unemployment_of_migrants_and_non_migrants is
'Unemployment rate, per cent of the labour force of 15 years and over; gap in percentage points';

create view employment_by_place_of_birth as
select
    ref_area, country, source, source_title, time, sex,
    non_migrants as native_born,
    migrants as foreign_born,
    unknown as birthplace_unknown,
    everyone,
    100 * migrants / nullif(non_migrants + migrants, 0) as foreign_born_share,
    non_migrants_status as native_born_status,
    migrants_status as foreign_born_status,
    unknown_status as birthplace_unknown_status,
    everyone_status,
    non_migrants_n as native_born_n,
    migrants_n as foreign_born_n,
    unknown_n as birthplace_unknown_n,
    everyone_n,
    non_migrants_se as native_born_se,
    migrants_se as foreign_born_se,
    unknown_se as birthplace_unknown_se,
    everyone_se,
    non_migrants_cv as native_born_cv,
    migrants_cv as foreign_born_cv,
    unknown_cv as birthplace_unknown_cv,
    everyone_cv,
    non_migrants_lower_bound as native_born_lower_bound,
    migrants_lower_bound as foreign_born_lower_bound,
    unknown_lower_bound as birthplace_unknown_lower_bound,
    everyone_lower_bound,
    non_migrants_upper_bound as native_born_upper_bound,
    migrants_upper_bound as foreign_born_upper_bound,
    unknown_upper_bound as birthplace_unknown_upper_bound,
    everyone_upper_bound,
    synthetic, note_classif, note_indicator, note_source
from migrants_side_by_side
where subject = 'TEMP' and unit_type = 'NB' and migrants_by = 'place of birth'
order by ref_area, source, time, sex_code desc;
comment on view employment_by_place_of_birth is
'Persons of 15 years and over in employment, in thousands, by place of birth';

create view what_is_flagged as
with counted as (
    select
        labelled_observation.*,
        case when source.kind = 'register' then 'case' else 'sample case' end as counted,
        case when source.kind <> 'register' and indicator.measure = 'rate' then 'in its numerator' else 'behind it' end
            as place
    from labelled_observation
    inner join indicator using (indicator)
    inner join source using (source)
    where obs_status not in ('', 'A')
)

select
    ref_area, country, source, source_title, indicator, indicator_title, time, sex, classif1_label, classif2_label,
    obs_value, unit, status,
    case
        when obs_status = 'C' then 'confidential: withheld'
        when obs_status in ('U', 'S')
            then concat_ws(
                '; ',
                case
                    when n = 1 then format('1 {} stands {}', counted, place)
                    when n is not null then format('{} {}s stand {}', n, counted, place)
                end,
                case
                    when cv is not null then format('coefficient of variation {:.1f} per cent', cv)
                    when contains(note_classif, 'Standard error: not given')
                        then 'no standard error: '
                        || regexp_extract(note_classif, 'Standard error: not given: ([^|]*[^| ])', 1)
                end
            )
        else 'see the notes'
    end as why,
    n, se, cv, lower_bound, upper_bound, synthetic, note_classif, note_indicator, note_source, obs_status
from counted
order by ref_area, source, indicator, time, sex_code, classif1, classif2;
comment on view what_is_flagged is
'Published numbers that need care before they are used, and why';

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
    source as source_id, wave, belongs_to, stage, severity, description, unexpected, checked, observed, check_id
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
    availability.reason_code
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

create view five_largest_countries as
with by_country as (
    -- ILOSTAT's series by country; a survey's tables already have its form, a register's tables have every country
    select labelled_observation.*, source.kind, 'CL_' || split_part(classif1, '_', 1) as codelist
    from labelled_observation
    inner join source using (source)
    semi join ilostat_series using (indicator)
    where regexp_matches(classif1, '^(CBR_BRT|CCT_CTZ|CDS_DES|CPR_PRV|CRS_RES)_')
),

ranked as (
    select
        ref_area, source, indicator, time, classif1,
        row_number() over (
            partition by ref_area, source, indicator, time order by obs_value desc nulls last, classif1
        ) as place
    from by_country
    where
        kind = 'register' and sex_code = 'SEX_T'
        and not ends_with(classif1, '_TOTAL') and not ends_with(classif1, '_X')
),

kept as (
    select
        by_country.*,
        coalesce(place, 0) as place,
        count(distinct place) filter (place <= 5) over (partition by ref_area, source, indicator, time) as named
    from by_country
    left join ranked using (ref_area, source, indicator, time, classif1)
    where kind = 'survey' or ends_with(classif1, '_TOTAL') or place <= 5
),

largest as (
    select
        ref_area, source, indicator, sex_code, time, count(obs_value) as told, sum(obs_value) as obs_value, sum(n) as n
    from kept
    where place > 0
    group by ref_area, source, indicator, sex_code, time
),

others as (
    -- the total less the five largest; unknown where one of them is withheld or not given
    select
        total.* replace (
            rest.code as classif1,
            rest.label as classif1_label,
            case when coalesce(told, 0) = named then total.obs_value - coalesce(largest.obs_value, 0) end as obs_value,
            case when coalesce(told, 0) = named then total.n - coalesce(largest.n, 0) end as n,
            null as se,
            null as cv,
            null as lower_bound,
            null as upper_bound
        )
    from kept as total
    left join largest using (ref_area, source, indicator, sex_code, time)
    left join labelled_code as rest
        on rest.codelist = total.codelist and rest.code = regexp_extract(total.classif1, '^[A-Z]+_[A-Z]+_') || 'X'
    where total.kind = 'register' and total.place = 0
),

listed as (
    select * from kept
    union all
    select * from others
)

select
    ref_area, country, source, source_title, indicator, indicator_title, time, sex, classif1_label, obs_value, unit,
    status, n, se, cv, lower_bound, upper_bound, synthetic, note_classif, note_indicator, note_source,
    sex_code, classif1, obs_status
from listed
order by ref_area, source, indicator, time, sex_code desc, ends_with(classif1, '_X'), obs_value desc, classif1;
comment on view five_largest_countries is
'ILOSTAT''s tables by country in its form: total, the five largest and others; every country is in observation_detail';
