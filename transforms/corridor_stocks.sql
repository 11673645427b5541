-- Migrants from each country by the country where they live, and in all countries together, thousands.
-- Tables corridor (schemas/tables.py) and remark (side, ref_area, basis, named); parameters unnamed (origins not
-- named), prefix (of the codes of countries of residence), estimate (status), no_error (note). A corridor in which the
-- producer counts nobody is left out.

with named as (
    select
        origin,
        destination,
        case sex when 'male' then 'SEX_M' else 'SEX_F' end as sex,
        migrants
    from $corridor
    where foreign_born is not null and origin <> $unnamed
),

sexed as (
    select * from named
    union all
    select * replace ('SEX_T' as sex) from named
),

-- Whom the country of residence counts; of all countries together, each its own.
stock as (
    select
        sexed.origin as ref_area,
        sexed.sex,
        $prefix || sexed.destination as classif1,
        any_value(remark.basis) as basis,
        sum(sexed.migrants) as migrants
    from sexed
    inner join $remark as remark on remark.side = 'destination' and sexed.destination = remark.ref_area
    group by sexed.origin, sexed.destination, sexed.sex
    union all
    select
        sexed.origin as ref_area,
        sexed.sex,
        $prefix || 'TOTAL' as classif1,
        any_value(remark.basis) as basis,
        sum(sexed.migrants) as migrants
    from sexed
    inner join $remark as remark on remark.side = 'origin' and sexed.origin = remark.ref_area
    group by sexed.origin, sexed.sex
),

counted as (
    select
        *,
        max(migrants) over (partition by ref_area, classif1) as of_both_sexes
    from stock
),

unnamed as (
    select 100.0 * coalesce(sum(migrants) filter (where origin = $unnamed), 0) / nullif(sum(migrants), 0) as share
    from $corridor
    where foreign_born is not null
)

select
    counted.ref_area,
    counted.sex,
    counted.classif1,
    counted.migrants / 1000 as obs_value,
    $estimate as obs_status,
    counted.basis as note_classif,
    concat_ws(
        ' | ',
        case
            when unnamed.share > 0 then format(
                'Population coverage: {:.1f} per cent of all migrants are from countries that are not named, and in no '
                'country''s number', unnamed.share
            )
        end,
        $no_error
    ) as note_indicator
from counted
cross join unnamed
where counted.of_both_sexes > 0
