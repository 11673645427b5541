-- How many labour agreements each country, and the world, had signed, by type and provision.
-- Tables corridor (schemas/tables.py) and code (name of a provision, code); parameter world (area code). A corridor
-- stands once for each sex with the same agreements, and each agreement once in each direction.

with once as (
    select
        destination as ref_area,
        origin,
        any_value(agreements) as agreements,
        any_value(coded) as coded,
        any_value(with_social_protection) as with_social,
        any_value(provisions) as provisions
    from $corridor
    where agreements > 0
    group by all
),

counted as (
    select ref_area, 'AGR_SIGNED_TOTAL' as type, agreements as signed from once
    union all
    select ref_area, 'AGR_SIGNED_SOCIAL' as type, with_social as signed from once
    union all
    select ref_area, 'AGR_SIGNED_NOSOCIAL' as type, coded - with_social as signed from once
    union all
    select ref_area, 'AGR_SIGNED_X' as type, agreements - coded as signed from once
    union all
    select ref_area, 'AGR_PROV_TOTAL' as type, coded as signed from once
    union all
    select once.ref_area, code.code as type, coalesce(once.provisions[code.name], 0) as signed
    from once
    cross join $code as code
)

select ref_area, type, sum(signed) as agreements
from counted
group by all
union all
select $world as ref_area, type, sum(signed) / 2 as agreements
from counted
group by all
