-- Migrants of one year by destination, origin and sex, with the agreements that the two countries had signed by then.
-- Tables stock, agreement, provision (schemas/corridors.py); parameters year, ends (of the registry), undated.

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
        provision.social_protection
    from dated
    left join $provision as provision using (agreement)
    where signed <= $year and first_party <> second_party
),

-- The registry does not record which party sends workers, so an agreement counts in both directions.
directed as (
    select first_party as destination, second_party as origin, signed, social_protection from coded
    union all
    select second_party as destination, first_party as origin, signed, social_protection from coded
),

corridor as (
    select
        destination,
        origin,
        count(*) as agreements,
        count(social_protection) as coded,
        count_if(social_protection = 1) as with_social_protection,
        min(signed) as first_signed,
        max(signed) as last_signed
    from directed
    group by all
)

select
    stock.destination,
    stock.origin,
    stock.sex,
    stock.value as migrants,
    stock.foreign_born = 1 as foreign_born,
    stock.foreign_citizens = 1 as foreign_citizens,
    stock.refugees_added = 1 as refugees_added,
    stock.imputed = 1 as imputed,
    coalesce(corridor.agreements, 0) as agreements,
    coalesce(corridor.coded, 0) as coded,
    coalesce(corridor.with_social_protection, 0) as with_social_protection,
    corridor.first_signed,
    corridor.last_signed
from $stock as stock
left join corridor using (destination, origin)
where stock.year = $year
order by destination, origin, sex
