-- Countries of a region or community: which of them have which numbers, for regional plans of data collection, and
-- migrants from one member of a community to another. In: tables `code`, `community_member`, `availability`,
-- `availability_reason`, `indicator`, `ilostat_series`, `source` and `observation`, view `labelled_observation`.

create view numbers_by_region as
with recursive within as (
    -- each country in its subregion, and in the regions above that
    select code as ref_area, parent as region
    from code
    where codelist = 'CL_AREA' and parent is not null and regexp_full_match(code, '[A-Z]{3}')
    union all
    select within.ref_area, code.parent as region
    from within
    inner join code on code.codelist = 'CL_AREA' and within.region = code.code
    where code.parent is not null
),

regions as (
    select within.ref_area, within.region
    from within
    inner join code on code.codelist = 'CL_AREA' and within.region = code.code
    where not code.is_total
    union all
    select ref_area, community as region
    from community_member
    where counts and last_day = ''
),

countries as (
    select
        regions.ref_area,
        coalesce(string_agg(distinct source.source_id, ', ' order by source.source_id), '') as source_ids
    from regions
    left join source on regions.ref_area = source.ref_area
    group by regions.ref_area
),

indicators as (
    -- all but those that are estimated for regions alone
    select indicator
    from availability
    group by indicator
    having not bool_or(reason_code = 'needs_regional')
),

told as (
    select observation.ref_area, observation.indicator, max(observation.time) as last_time
    from observation
    semi join countries using (ref_area)
    where observation.obs_value is not null
    group by observation.ref_area, observation.indicator
),

latest as (
    select
        countries.ref_area,
        countries.source_ids,
        indicators.indicator,
        told.last_time,
        cast(left(told.last_time, 4) as integer) as last_year,
        max(cast(left(told.last_time, 4) as integer)) over (partition by indicators.indicator) as newest_year
    from countries
    cross join indicators
    left join told using (ref_area, indicator)
),

reasons as (
    -- what the waves after the last number say, or all waves where there is none
    select
        latest.ref_area,
        latest.indicator,
        string_agg(distinct label_en, '; ' order by label_en) filter (not starts_with(reason_code, 'needs_')) as own,
        string_agg(distinct label_en, '; ' order by label_en) as every
    from latest
    inner join source using (ref_area)
    inner join availability on source.source_id = availability.source and latest.indicator = availability.indicator
    inner join availability_reason using (reason_code)
    where
        availability.state in ('not_produced', 'protected')
        and (latest.last_year is null or try_cast(left(availability.wave, 4) as integer) > latest.last_year)
    group by latest.ref_area, latest.indicator
),

stated as (
    select
        latest.*,
        case
            when last_year is null then 'none'
            when last_year < newest_year then 'older'
            else 'current'
        end as how_recent,
        coalesce(reasons.own, reasons.every) as reason
    from latest
    left join reasons using (ref_area, indicator)
)

select
    regions.region,
    area.label_en as region_label,
    stated.ref_area,
    coalesce(land.label_en, stated.ref_area) as country,
    stated.indicator,
    coalesce(indicator.title_en, ilostat_series.title_en) as indicator_title,
    ilostat_series.indicator is not null as is_ilostat_series,
    stated.how_recent,
    stated.last_time,
    stated.newest_year,
    case when stated.how_recent = 'older' then stated.last_year + 1 end as no_number_since,
    case
        when stated.how_recent = 'current' then ''
        when stated.source_ids = '' then 'No source of the country is in the release'
        when stated.how_recent = 'older' then coalesce(stated.reason, 'No later wave is in the release')
        else coalesce(stated.reason, 'No number of it is published')
    end as why_not,
    stated.source_ids
from regions
inner join stated using (ref_area)
left join code as area on area.codelist = 'CL_AREA' and regions.region = area.code
left join code as land on land.codelist = 'CL_AREA' and stated.ref_area = land.code
left join indicator on stated.indicator = indicator.indicator
left join ilostat_series on stated.indicator = ilostat_series.indicator
order by regions.region, stated.indicator, stated.ref_area;
comment on view numbers_by_region is
'Each country of a region or community, by indicator: its last number, and why there is no newer one';

create view gaps_by_region as
select *
from numbers_by_region
where how_recent <> 'current'
order by region, indicator, ref_area;
comment on view gaps_by_region is
'Countries of a region or community without a number for an indicator, or without a recent one: since when, and why';

create view migrants_within_communities as
with years as (
    select distinct time, cast(left(time, 4) as integer) as year
    from observation
    where indicator = 'COR_NPOP_SEX_CRS_NB'
),

-- members on the last day of the year, whose rights are not suspended
members as (
    select distinct years.time, community_member.community, community_member.ref_area
    from years
    inner join community_member
        on community_member.counts and community_member.first_day <= years.year || '-12-31'
            and (community_member.last_day = '' or community_member.last_day >= years.year || '-12-31')
),

composed as (
    select
        time,
        community,
        count(*) as members,
        string_agg(ref_area, ' ' order by ref_area) as member_codes
    from members
    group by time, community
),

living as (
    select
        members.community,
        corridor.time,
        corridor.sex_code,
        corridor.sex,
        corridor.ref_area as origin,
        members.ref_area as residence,
        corridor.obs_value,
        corridor.source
    from labelled_observation as corridor
    inner join members
        on corridor.time = members.time and corridor.classif1 = 'CRS_RES_' || members.ref_area
    where corridor.indicator = 'COR_NPOP_SEX_CRS_NB' and corridor.obs_value is not null
),

summed as (
    select
        living.community,
        living.time,
        living.sex_code,
        living.sex,
        living.source,
        coalesce(sum(living.obs_value) filter (where origin.ref_area is not null), 0) as from_other_members,
        sum(living.obs_value) as from_all_countries,
        count(distinct living.residence) as members_counted
    from living
    left join members as origin
        on living.time = origin.time and living.community = origin.community and living.origin = origin.ref_area
    group by living.community, living.time, living.sex_code, living.sex, living.source
)

select
    summed.community,
    area.label_en as community_label,
    summed.time,
    summed.sex,
    summed.from_other_members,
    summed.from_all_countries,
    100 * summed.from_other_members / nullif(summed.from_all_countries, 0) as share_from_other_members,
    composed.members,
    summed.members_counted,
    composed.member_codes,
    summed.source
from summed
inner join composed using (time, community)
left join code as area on area.codelist = 'CL_AREA' and summed.community = area.code
order by summed.community, summed.time, summed.sex_code desc;
comment on view migrants_within_communities is
'Migrants living in the members of a community: those from another member, and all whose country is named, thousands';
