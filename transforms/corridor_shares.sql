-- Per cent of migrants in corridors with each type of agreement, by side, area and sex.
-- Table corridor (schemas/tables.py); year, recent (years), unnamed (origins not named), world (area code).

with corridors as (
    select
        destination,
        origin,
        migrants,
        case sex when 'male' then 'SEX_M' else 'SEX_F' end as sex,
        case
            when agreements = 0 then null
            when with_social_protection > 0 then 'AGR_SIGNED_SOCIAL'
            when coded < agreements then 'AGR_SIGNED_X'
            else 'AGR_SIGNED_NOSOCIAL'
        end as by_provision,
        case
            when agreements = 0 then null
            when $year - last_signed < $recent then 'AGR_LATEST_RECENT'
            else 'AGR_LATEST_OLDER'
        end as by_year,
        case when agreements > 0 then 'AGR_SIGNED_TOTAL' end as signed,
        case when agreements > 0 then 'AGR_LATEST_TOTAL' end as latest
    from $corridor
),

sided as (
    select *, 'destination' as side, destination as ref_area from corridors
    union all
    select *, 'destination' as side, $world as ref_area from corridors
    union all
    select *, 'origin' as side, origin as ref_area from corridors
    where origin <> $unnamed
),

sexed as (
    select * from sided
    union all
    select * replace ('SEX_T' as sex) from sided
),

whole as (
    select
        side,
        ref_area,
        sex,
        sum(migrants) as migrants,
        coalesce(sum(migrants) filter (where origin = $unnamed), 0) as unnamed
    from sexed
    group by all
    having sum(migrants) > 0
),

-- A corridor without an agreement has no type; it counts in the total only.
part as (
    select side, ref_area, sex, type, sum(migrants) as migrants
    from (unpivot sexed on by_provision, by_year, signed, latest into name version value type)
    group by all
),

types as (
    select unnest([
        'AGR_SIGNED_TOTAL', 'AGR_SIGNED_SOCIAL', 'AGR_SIGNED_NOSOCIAL', 'AGR_SIGNED_X',
        'AGR_LATEST_TOTAL', 'AGR_LATEST_RECENT', 'AGR_LATEST_OLDER'
    ]) as type
)

select
    whole.side,
    whole.ref_area,
    whole.sex,
    types.type,
    100.0 * coalesce(part.migrants, 0) / whole.migrants as share,
    100.0 * whole.unnamed / whole.migrants as unnamed_share
from whole
cross join types
left join part using (side, ref_area, sex, type)
