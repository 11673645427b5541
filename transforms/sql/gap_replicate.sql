-- The gap between two groups' means, in classes weighted by their size, by the full weight (number 0 in `psu`) and by
-- every replicate weight; see gap.sql. A class that has not both groups in a replicate is left out of it.
-- In: table valued(cell, weight, replicate_1 to the last, value, class, is_compared, is_reference, is_share).

create or replace temp table units_of_gap as
with summed as (
    select cell, class,
        count(*) filter (is_compared) as cases_compared,
        count(*) as cases_of_class,
        $sums
    from valued
    group by cell, class
),

by_replicate as (
    select cell, cases_compared, cases_of_class,
        unnest(range($last + 1)) as psu,
        cast(unnest(n_c) as double) as n_c,
        cast(unnest(n_r) as double) as n_r,
        cast(unnest(w) as double) as w,
        cast(unnest(y_c) as double) as y_c,
        cast(unnest(y_r) as double) as y_r
    from summed
),

class_gap as (
    select cell, psu, cases_compared, cases_of_class, w, 1 - (y_c / n_c) / (y_r / n_r) as gap
    from by_replicate
    where n_c > 0 and n_r > 0 and y_r > 0 and w > 0
),

gap_of_replicate as (
    select cell, psu,
        sum(cases_compared) as cases_compared,
        sum(cases_of_class) as all_cases,
        cast(sum(cast(w * gap as decimal(38, 12))) as double)
            / cast(sum(cast(w as decimal(38, 8))) as double) as estimate
    from class_gap
    group by cell, psu
)

select cell, psu,
    max(estimate) filter (psu = 0) over (partition by cell) as gap,
    estimate as z,
    case when psu = 0 then cases_compared else 0 end as n,
    case when psu = 0 then all_cases else 0 end as cases
from gap_of_replicate
