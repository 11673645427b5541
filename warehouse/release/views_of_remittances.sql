-- Views on the cost of sending money home, beside the people of the corridor. Rules as in views.sql.

create view remittance_cost_by_corridor as
with costs as (
    select *, ref_area as origin, classif1 as residence_code
    from labelled_observation
    where indicator = 'REM_COST_CRS_RT'
),

-- Of the estimates of all countries that of the nearest year, of two the earlier.
estimated as (
    select
        costs.origin,
        costs.residence_code,
        costs.time,
        people.time as corridor_migrants_time,
        people.obs_value as corridor_migrants,
        regexp_extract(people.note_classif, 'Definition of migrants: ([^|]*[^| ])', 1) as corridor_migrants_are
    from costs
    inner join observation as people
        on people.ref_area = costs.origin and people.classif1 = costs.residence_code
    where people.indicator = 'COR_NPOP_SEX_CRS_NB' and people.sex = 'SEX_T'
    qualify row_number() over (
            partition by costs.origin, costs.residence_code, costs.time
            order by abs(cast(left(people.time, 4) as integer) - cast(left(costs.time, 4) as integer)), people.time
        ) = 1
),

-- What surveys and registers of the country of residence count: the foreign-born of 15 years and over, or foreigners.
of_residence as (
    select
        regexp_extract(classif1, '^(CBR_BRT|CCT_CTZ)_([A-Z]{3})$', 2) as origin,
        'CRS_RES_' || ref_area as residence_code,
        time,
        source,
        obs_value,
        case indicator
            when 'MST_FORP_SEX_CBR_NB' then 'foreign-born of 15 years and over' else 'foreign citizens'
        end as counted_are
    from observation
    where
        indicator in ('MST_FORP_SEX_CBR_NB', 'REG_RESF_SEX_CCT_NB')
        and sex = 'SEX_T'
        and obs_value is not null
),

counted as (
    select
        costs.origin,
        costs.residence_code,
        costs.time,
        of_residence.time as counted_migrants_time,
        of_residence.obs_value as counted_migrants,
        of_residence.counted_are as counted_migrants_are,
        of_residence.source as counted_migrants_source
    from costs
    inner join of_residence using (origin, residence_code)
    qualify row_number() over (
            partition by costs.origin, costs.residence_code, costs.time
            order by
                abs(cast(left(of_residence.time, 4) as integer) - cast(left(costs.time, 4) as integer)),
                of_residence.time, of_residence.source
        ) = 1
),

received as (
    select ref_area as origin, classif1 as residence_code, time as year, obs_value as remittances_received
    from observation
    where indicator = 'REM_INFL_CRS_NB'
)

select
    costs.origin,
    costs.country as country_of_origin,
    residence_area.label_en as country_of_residence,
    costs.time,
    costs.obs_value,
    costs.obs_value > 5 as is_above_5_percent,
    estimated.corridor_migrants,
    estimated.corridor_migrants_are,
    estimated.corridor_migrants_time,
    counted.counted_migrants,
    counted.counted_migrants_are,
    counted.counted_migrants_time,
    counted.counted_migrants_source,
    received.remittances_received,
    costs.status,
    costs.n,
    costs.se,
    costs.cv,
    costs.lower_bound,
    costs.upper_bound,
    costs.ref_area,
    costs.country,
    costs.source,
    costs.source_title,
    costs.indicator,
    costs.synthetic,
    costs.note_classif,
    costs.note_indicator,
    costs.note_source,
    costs.residence_code
from costs
left join estimated using (origin, residence_code, time)
left join counted using (origin, residence_code, time)
left join received
    on
        received.origin = costs.origin
        and received.residence_code = costs.residence_code
        and received.year = left(costs.time, 4)
left join code as residence_area on residence_area.codelist = 'CL_CRS' and residence_area.code = costs.residence_code
order by costs.origin, costs.residence_code, costs.time;
comment on view remittance_cost_by_corridor is
'Cost of sending 200 US dollars in each corridor, per cent, beside the migrants of the corridor and what they sent';

create view remittance_cost_by_origin as
with everywhere as (
    select
        ref_area as origin,
        time as corridor_migrants_time,
        sum(obs_value) as emigrants
    from observation
    where indicator = 'COR_NPOP_SEX_CRS_NB' and sex = 'SEX_T' and classif1 <> 'CRS_RES_TOTAL'
    group by ref_area, time
),

weighed as (
    select
        origin,
        any_value(country_of_origin) as country_of_origin,
        time,
        source,
        bool_or(synthetic) as synthetic,
        corridor_migrants_time,
        count(*) as corridors,
        sum(corridor_migrants) as corridor_migrants,
        sum(obs_value * corridor_migrants) as cost_of_all,
        sum(corridor_migrants) filter (where is_above_5_percent) as above
    from remittance_cost_by_corridor
    where corridor_migrants > 0
    group by origin, time, source, corridor_migrants_time
)

select
    weighed.origin,
    weighed.country_of_origin,
    weighed.time,
    weighed.cost_of_all / weighed.corridor_migrants as cost_weighted_by_migrants,
    100 * coalesce(weighed.above, 0) / weighed.corridor_migrants as share_above_5_percent,
    weighed.corridors,
    weighed.corridor_migrants,
    100 * weighed.corridor_migrants / everywhere.emigrants as share_in_surveyed_corridors,
    weighed.corridor_migrants_time,
    weighed.source,
    weighed.synthetic
from weighed
inner join everywhere using (origin, corridor_migrants_time)
order by weighed.origin, weighed.time;
comment on view remittance_cost_by_origin is
'What it costs the emigrants of a country to send 200 US dollars home, per cent; corridors weighted by their migrants';
