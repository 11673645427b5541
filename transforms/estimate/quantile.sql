-- A weighted quantile per cell with Woodruff's standard error (Woodruff, JASA 47, 1952): the interval of the share of
-- persons at or below the quantile, carried back to the values.
-- The quantile is the smallest value at which the cumulated weight reaches the share (rule "math" of R's svyquantile).
-- In: view valued(combination, unit, weight, value), one row per person; table cell_of(combination, cell).

create or replace temp table distribution as
with of_combination as (
    select combination, value, sum(weight) as w
    from valued
    group by combination, value
),

by_value as (
    select cell, value, sum(w) as w
    from of_combination
    inner join cell_of using (combination)
    group by cell, value
)

select cell, value,
    cast(sum(w) over (partition by cell order by value rows unbounded preceding) as double)
        / cast(sum(w) over (partition by cell) as double) as share
from by_value
