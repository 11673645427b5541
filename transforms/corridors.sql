-- Migrants of one year by destination, origin and sex, with the agreements that the two countries had signed by then.
-- A corridor with agreements of which the stock has no migrants has none, by no definition.
-- Tables stock, agreement, provision (schemas/corridors.py); parameters year, ends (of the registry), undated, names
-- (of the provisions, separated by commas).

with dated as (
    select
        agreement,
        first_party,
        second_party,
        case when year = $undated then $ends else year end as signed
    from $agreement
),

coded as (
    select
        dated.*,
        provision.agreement is not null as is_coded,
        provision.social_protection
    from dated
    left join $provision as provision on dated.agreement = provision.agreement
    where signed <= $year and first_party <> second_party
),

-- The registry does not record which party sends workers, so an agreement counts in both directions.
directed as (
    select first_party as destination, second_party as origin, agreement, signed, is_coded, social_protection from coded
    union all
    select second_party as destination, first_party as origin, agreement, signed, is_coded, social_protection from coded
),

provided as (
    select
        agreement,
        provision
    from (unpivot $provision on $names into name provision value given)
    where given = 1
),

texted as (
    select
        destination,
        origin,
        provision,
        count(*) as texts
    from directed
    inner join provided using (agreement)
    group by all
),

provisions as (
    select
        destination,
        origin,
        map(list(provision order by provision), list(texts order by provision)) as provisions
    from texted
    group by all
),

corridor as (
    select
        destination,
        origin,
        count(*) as agreements,
        count_if(is_coded) as coded,
        count_if(social_protection = 1) as with_social_protection,
        min(signed) as first_signed,
        max(signed) as last_signed
    from directed
    group by all
),

of_year as (
    select * from $stock
    where year = $year
),

migrant as (
    select
        destination,
        origin,
        sex,
        value as migrants,
        foreign_born = 1 as foreign_born,
        foreign_citizens = 1 as foreign_citizens,
        refugees_added = 1 as refugees_added,
        imputed = 1 as imputed
    from of_year
    union all by name
    select
        destination,
        origin,
        sexes.sex,
        0 as migrants
    from corridor
    cross join (values ('male'), ('female')) as sexes (sex)
    left join of_year using (destination, origin)
    where of_year.value is null
)

select
    migrant.*,
    coalesce(corridor.agreements, 0) as agreements,
    coalesce(corridor.coded, 0) as coded,
    coalesce(corridor.with_social_protection, 0) as with_social_protection,
    coalesce(provisions.provisions, map([], [])) as provisions,
    corridor.first_signed,
    corridor.last_signed
from migrant
left join corridor using (destination, origin)
left join provisions using (destination, origin)
order by destination, origin, sex
