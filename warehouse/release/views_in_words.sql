-- Views in plain words whose labels and notes are in one language; each exists in every language. $numbers is the view
-- of all numbers in that language; the other parameters are names of views, and words of
-- schemas/view_words.yaml, both given by views.py, where the columns are described.

create view $migrants_side_by_side as
with grouped as (
    select
        *,
        split_part(indicator, '_', 2) as subject,
        split_part(indicator, '_', 6) as unit_type,
        case split_part(indicator, '_', 5) when 'CBR' then $place_of_birth when 'CCT' then $citizenship end
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
    from $numbers
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
comment on view $migrants_side_by_side is
'Migrants and non-migrants of 15 years and over in one row, for every subject; the views in plain words read this';

create view $rates_side_by_side as
with measured as (
    select
        source,
        split_part(indicator, '_', 2) as subject,
        split_part(indicator, '_', 6) as unit_type,
        sex as sex_code,
        time,
        case split_part(indicator, '_', 5) when 'CBR' then $place_of_birth else $citizenship end as migrants_by,
        covariance as of_groups
    from covariance
    where other_time = time and classif1 = 'AGE_YTHADULT_YGE15'
),

-- the least that a variance can be is zero: rounding may leave less of a gap between numbers that move as one
known as (
    select
        $migrants_side_by_side.*,
        non_migrants_se ^ 2 + migrants_se ^ 2 - 2 * of_groups as gap_variance
    from $migrants_side_by_side
    left join measured using (source, subject, unit_type, sex_code, time, migrants_by)
    where unit_type = 'RT'
)

select
    subject, ref_area, country, source, source_title, time, sex, migrants_by,
    non_migrants, migrants, migrants - non_migrants as gap, everyone,
    non_migrants_status, migrants_status, everyone_status,
    sqrt(case when gap_variance < 0 then 0 else gap_variance end) as gap_se,
    non_migrants_se + migrants_se as gap_se_at_most,
    migrants - non_migrants - 1.96 * coalesce(gap_se, gap_se_at_most) as gap_lower_bound,
    migrants - non_migrants + 1.96 * coalesce(gap_se, gap_se_at_most) as gap_upper_bound,
    abs(migrants - non_migrants) > 1.96 * coalesce(gap_se, gap_se_at_most) as gap_is_significant,
    non_migrants_n, migrants_n, everyone_n,
    non_migrants_se, migrants_se, everyone_se,
    non_migrants_cv, migrants_cv, everyone_cv,
    non_migrants_lower_bound, migrants_lower_bound, everyone_lower_bound,
    non_migrants_upper_bound, migrants_upper_bound, everyone_upper_bound,
    synthetic, note_classif, note_indicator, note_source, sex_code
from known;
comment on view $rates_side_by_side is
'Rates of migrants and non-migrants of 15 years and over, in per cent, for every subject; gap in percentage points';

create view $change_between_periods as
with compared as (
    select
        now.*,
        compared_period.other_time as earlier_time,
        compared_period.which,
        compared_period.since_break,
        earlier.obs_value as earlier_value,
        earlier.se as earlier_se,
        earlier.n as earlier_n,
        earlier.obs_status as earlier_code,
        covariance.covariance as over_time,
        covariance.shared_units,
        now.se ^ 2 + earlier.se ^ 2 - 2 * coalesce(over_time, 0) as variance
    from $numbers as now
    inner join compared_period using (source, time)
    inner join observation as earlier
        on
            earlier.source = now.source and earlier.ref_area = now.ref_area and earlier.indicator = now.indicator
            and earlier.sex is not distinct from now.sex_code
            and earlier.classif1 is not distinct from now.classif1
            and earlier.classif2 is not distinct from now.classif2
            and earlier.time = compared_period.other_time
    left join covariance
        on
            covariance.source = now.source and covariance.indicator = now.indicator
            and covariance.sex = now.sex_code and covariance.classif1 = now.classif1
            and covariance.classif2 = now.classif2 and covariance.other_classif2 = now.classif2
            and covariance.time = now.time and covariance.other_time = compared_period.other_time
)

select
    compared.ref_area,
    compared.country,
    compared.source,
    compared.source_title,
    compared.indicator,
    compared.indicator_title,
    compared.sex,
    compared.classif1_label,
    compared.classif2_label,
    compared.time,
    compared.earlier_time,
    compared.which,
    compared.obs_value,
    compared.earlier_value,
    compared.obs_value - compared.earlier_value as difference,
    100 * (compared.obs_value - compared.earlier_value) / nullif(abs(compared.earlier_value), 0)
        as difference_percent,
    compared.unit,
    sqrt(case when compared.variance < 0 then 0 else compared.variance end) as difference_se,
    case
        when compared.se is null or compared.earlier_se is null then null
        when compared.over_time is null then $assumed_none
        else $measured
    end as covariance_basis,
    compared.shared_units,
    abs(compared.obs_value - compared.earlier_value) > 1.96 * difference_se as difference_is_significant,
    compared.since_break,
    compared.status,
    earlier_status.$label_of_code as earlier_status,
    compared.n,
    compared.earlier_n,
    compared.se,
    compared.earlier_se,
    compared.cv,
    compared.lower_bound,
    compared.upper_bound,
    compared.synthetic,
    compared.note_classif,
    compared.note_indicator,
    compared.note_source,
    compared.sex_code,
    compared.classif1,
    compared.classif2,
    compared.obs_status
from compared
left join status as earlier_status on compared.earlier_code = earlier_status.obs_status
anti join indicator as changes on compared.indicator = changes.indicator and changes.measure = 'change'
where compared.obs_value is not null and compared.earlier_value is not null;
comment on view $change_between_periods is
'Every number against the last period before of the same length, and that of the year before, with standard error';

create view $change_since_the_previous_period as
with dated as (
    select
        *,
        lag(time) over earlier as previous_time,
        lag(obs_value) over earlier as previous,
        lag(se) over earlier as previous_se,
        lag(status) over earlier as previous_status
    from $numbers
    where regexp_full_match(indicator, 'MST_[A-Z]+_SEX_AGE_(CBR|CCT)_RT') and classif1 = 'AGE_YTHADULT_YGE15'
    window earlier as (partition by source, indicator, sex_code, classif2, length(time) order by time)
),

measured as (
    select
        dated.*,
        se ^ 2 + previous_se ^ 2 - 2 * covariance as variance
    from dated
    left join covariance
        on
            covariance.source = dated.source and covariance.indicator = dated.indicator
            and covariance.sex = dated.sex_code and covariance.classif1 = dated.classif1
            and covariance.classif2 = dated.classif2 and covariance.other_classif2 = dated.classif2
            and covariance.time = dated.time and covariance.other_time = dated.previous_time
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
    sqrt(case when variance < 0 then 0 else variance end) as change_se,
    se + previous_se as change_se_at_most,
    obs_value - previous - 1.96 * coalesce(change_se, change_se_at_most) as change_lower_bound,
    obs_value - previous + 1.96 * coalesce(change_se, change_se_at_most) as change_upper_bound,
    abs(obs_value - previous) > 1.96 * coalesce(change_se, change_se_at_most) as change_is_significant,
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
from measured
where previous_time is not null
order by ref_area, source, indicator, classif2_label, sex, time;
comment on view $change_since_the_previous_period is
'Rates of 15 years and over against the same series in its previous period of the same length; percentage points';

create view $migrant_workers_by_definition as
with counted as (
    select
        *,
        case
            when indicator = 'MST_TEAP_SEX_AGE_CBR_NB' then $place_of_birth
            when indicator = 'MST_TEAP_SEX_AGE_CCT_NB' then $citizenship
            when indicator = 'MST_IMWB_SEX_AGE_RSD_NB' then $place_of_birth
            when indicator = 'MST_IMWC_SEX_AGE_RSD_NB' then $citizenship
            else $birth_or_citizenship
        end as migrants_by,
        case
            when classif2 in ('CBR_BIR_FOREIGN', 'CCT_CIT_NONCIT') then $residents
            when classif2 = 'RSD_P14_A' then $paragraph_14_a
            when classif2 = 'RSD_P14_B' then $paragraph_14_b
            when classif2 = 'RSD_P14_TOTAL' then $paragraph_14
            when indicator = 'MST_FWIM_SEX_AGE_NB' then $for_work_migrants
            when indicator = 'MST_RIMW_SEX_AGE_NB' then $return_migrants
        end as follows
    from $numbers
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
        max(obs_value) filter (follows = $residents) over same_criterion as residents,
        max(se) filter (follows = $residents) over same_criterion as residents_se
    from counted
    where follows is not null
    window same_criterion as (partition by source, time, sex_code, migrants_by)
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
    case when follows <> $residents then se + residents_se end as more_than_residents_se_at_most,
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
comment on view $migrant_workers_by_definition is
'Migrant workers of 15 years and over by each definition, thousands; how far it is from the count of usual residents';

create view $nationals_abroad_mirror as
with estimated as (
    select
        ref_area as origin,
        classif1 as residence_code,
        sex_code,
        time as estimate_time,
        obs_value as estimate,
        regexp_extract(note_classif, $definition_of_migrants, 1) as estimate_counts
    from $numbers
    where indicator = 'COR_NPOP_SEX_CRS_NB'
),

-- Stocks of persons of all ages alone: no flows, and no surveys, whose tables by country are of 15 years and over.
counted as (
    select
        *,
        $country_of_residence as counted_by,
        $citizenship as migrants_by,
        regexp_extract(classif1, '^CCT_CTZ_([A-Z]{3})$$', 1) as origin,
        'CRS_RES_' || ref_area as residence_code
    from $numbers
    where indicator = 'REG_RESF_SEX_CCT_NB'
    union all
    select
        *,
        $country_of_origin as counted_by,
        $citizenship as migrants_by,
        ref_area as origin,
        classif1 as residence_code
    from $numbers
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
    origin_area.$label_of_code as country_of_origin,
    residence_area.$label_of_code as country_of_residence,
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
comment on view $nationals_abroad_mirror is
'People of an origin abroad, thousands: what registers of either country count, and the estimate made of all countries';

create view $participation_of_migrants_and_non_migrants as
select * exclude (subject, sex_code)
from $rates_side_by_side
where subject = 'TEAP'
order by ref_area, source, time, migrants_by, sex_code desc;
comment on view $participation_of_migrants_and_non_migrants is
'Labour force participation rate, per cent of the population of 15 years and over; gap in percentage points';

create view $unemployment_of_migrants_and_non_migrants as
select * exclude (subject, sex_code)
from $rates_side_by_side
where subject = 'TUNE'
order by ref_area, source, time, migrants_by, sex_code desc;
comment on view $unemployment_of_migrants_and_non_migrants is
'Unemployment rate, per cent of the labour force of 15 years and over; gap in percentage points';

create view $employment_by_place_of_birth as
select
    ref_area, country, source, source_title, time, sex,
    non_migrants as native_born,
    migrants as foreign_born,
    unknown as birthplace_unknown,
    everyone,
    100 * migrants / nullif(non_migrants + migrants, 0) as foreign_born_share,
    100 * (non_migrants * migrants_se + migrants * non_migrants_se) / nullif(non_migrants + migrants, 0) ** 2
        as foreign_born_share_se_at_most,
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
from $migrants_side_by_side
where subject = 'TEMP' and unit_type = 'NB' and migrants_by = $place_of_birth
order by ref_area, source, time, sex_code desc;
comment on view $employment_by_place_of_birth is
'Persons of 15 years and over in employment, in thousands, by place of birth';

create view $what_is_flagged as
with counted as (
    select
        $numbers.*,
        source.kind = 'register' as of_a_register,
        source.kind <> 'register' and indicator.measure = 'rate' as of_its_numerator
    from $numbers
    inner join indicator using (indicator)
    inner join source using (source)
    inner join status as meaning using (obs_status)
    where meaning.nature = 'problem'
)

select
    ref_area, country, source, source_title, indicator, indicator_title, time, sex, classif1_label, classif2_label,
    obs_value, unit, status, caution,
    case
        when obs_status = 'C' then $withheld
        when obs_status in ('U', 'S')
            then concat_ws(
                '; ',
                case
                    when n is null then null
                    when of_a_register then format(case when n = 1 then $one_case else $cases end, n)
                    when of_its_numerator
                        then format(case when n = 1 then $one_case_of_numerator else $cases_of_numerator end, n)
                    else format(case when n = 1 then $one_sample_case else $sample_cases end, n)
                end,
                case when distinct_persons is not null then format($of_persons, distinct_persons) end,
                case
                    when cv is not null then format($coefficient_of_variation, cv)
                    when regexp_matches(note_classif, $error_not_given)
                        then $no_error || regexp_extract(note_classif, $error_not_given, 1)
                end
            )
        else $see_notes
    end as why,
    n, se, cv, lower_bound, upper_bound, synthetic, note_classif, note_indicator, note_source, obs_status,
    is_main_version
from counted
order by ref_area, source, indicator, time, sex_code, classif1, classif2;
comment on view $what_is_flagged is
'Published numbers that need care before they are used, and why; how others were made is in what_is_estimated';

create view $what_is_estimated as
select
    ref_area, country, source, source_title, indicator, indicator_title, time, sex, classif1_label, classif2_label,
    obs_value, unit, status, caution, n, se, cv, lower_bound, upper_bound, synthetic, note_classif, note_indicator,
    note_source, obs_status, is_main_version
from $numbers
inner join status as meaning using (obs_status)
where meaning.nature = 'made'
order by ref_area, source, indicator, time, sex_code, classif1, classif2;
comment on view $what_is_estimated is
'Published numbers that are not counted or sampled as they stand, but estimated, imputed, computed or extrapolated';

create view $women_and_men_side_by_side as
select
    ref_area,
    country,
    source,
    source_title,
    indicator,
    any_value(indicator_title) as indicator_title,
    time,
    any_value(classif1_label) as classif1_label,
    any_value(classif2_label) as classif2_label,
    any_value(unit) as unit,
    max(obs_value) filter (sex_code = 'SEX_F') as women,
    max(obs_value) filter (sex_code = 'SEX_M') as men,
    max(obs_value) filter (sex_code = 'SEX_F') - max(obs_value) filter (sex_code = 'SEX_M') as women_less_men,
    max(se) filter (sex_code = 'SEX_F') + max(se) filter (sex_code = 'SEX_M') as women_less_men_se_at_most,
    max(status) filter (sex_code = 'SEX_F') as women_status,
    max(status) filter (sex_code = 'SEX_M') as men_status,
    max(n) filter (sex_code = 'SEX_F') as women_n,
    max(n) filter (sex_code = 'SEX_M') as men_n,
    max(se) filter (sex_code = 'SEX_F') as women_se,
    max(se) filter (sex_code = 'SEX_M') as men_se,
    max(cv) filter (sex_code = 'SEX_F') as women_cv,
    max(cv) filter (sex_code = 'SEX_M') as men_cv,
    max(lower_bound) filter (sex_code = 'SEX_F') as women_lower_bound,
    max(lower_bound) filter (sex_code = 'SEX_M') as men_lower_bound,
    max(upper_bound) filter (sex_code = 'SEX_F') as women_upper_bound,
    max(upper_bound) filter (sex_code = 'SEX_M') as men_upper_bound,
    synthetic,
    max(note_classif) filter (sex_code = 'SEX_F') as women_note_classif,
    max(note_classif) filter (sex_code = 'SEX_M') as men_note_classif,
    max(note_indicator) filter (sex_code = 'SEX_F') as women_note_indicator,
    max(note_indicator) filter (sex_code = 'SEX_M') as men_note_indicator,
    max(note_source) as note_source,
    classif1,
    classif2
from $numbers
where is_main_version and sex_code in ('SEX_F', 'SEX_M')
group by ref_area, country, source, source_title, indicator, time, classif1, classif2, synthetic
order by ref_area, source, indicator, time, classif1, classif2;
comment on view $women_and_men_side_by_side is
'Women and men in one row, for every indicator by sex and for one version of each classification';

create view $five_largest_countries as
with by_country as (
    -- ILOSTAT's series by country; a survey's tables already have its form, a register's tables have every country
    select $numbers.*, source.kind, 'CL_' || split_part(classif1, '_', 1) as codelist
    from $numbers
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
        ref_area, source, indicator, sex_code, time, count(obs_value) as told, sum(obs_value) as obs_value,
        cast(sum(n) as bigint) as n
    from kept
    where place > 0
    group by ref_area, source, indicator, sex_code, time
),

others as (
    -- the total less the five largest; unknown where one of them is withheld or not given
    select
        total.* replace (
            rest.code as classif1,
            rest.$full_label as classif1_label,
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
comment on view $five_largest_countries is
'ILOSTAT''s tables by country in its form: total, the five largest and others; every country is in observation_detail';
