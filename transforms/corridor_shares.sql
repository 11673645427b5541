-- Per cent of migrants in corridors with each type of agreement, by side, area and sex.
-- Tables corridor (schemas/tables.py) and code (name of a provision, code); year, recent (years), unnamed (origins not
-- named), world (area code).

with corridors as (
    select
        destination,
        origin,
        migrants,
        coded,
        provisions,
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
    where foreign_born is not null
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
    union all
    select
        side,
        ref_area,
        sex,
        'AGR_PROV_TOTAL' as type,
        sum(migrants) as migrants
    from sexed
    where coded > 0
    group by all
    union all
    select
        sexed.side,
        sexed.ref_area,
        sexed.sex,
        code.code as type,
        sum(sexed.migrants) as migrants
    from sexed
    inner join $code as code on list_contains(map_keys(sexed.provisions), code.name)
    group by all
),

types as (
    select
        unnest([
            'AGR_SIGNED_TOTAL', 'AGR_SIGNED_SOCIAL', 'AGR_SIGNED_NOSOCIAL', 'AGR_SIGNED_X',
            'AGR_LATEST_TOTAL', 'AGR_LATEST_RECENT', 'AGR_LATEST_OLDER', 'AGR_PROV_TOTAL'
        ]) as type
    union all
    select code as type from $code
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
-- Provisions are given of both sexes together.
where not starts_with(types.type, 'AGR_PROV') or whole.sex = 'SEX_T'
