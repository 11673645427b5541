-- A weighted quantile per cell with Woodruff's standard error (Woodruff, JASA 47, 1952): the interval of the share of
-- persons at or below the quantile, carried back to the values.
-- The quantile is the smallest value at which the cumulated weight reaches the share (rule "math" of R's svyquantile).
-- In: table valued(cell, unit, weight, value), one row per person and cell.

create or replace temp table distribution as
with by_value as (
    select cell, value, sum(weight) as w
    from valued
    group by cell, value
)
select cell, value,
    cast(sum(w) over (partition by cell order by value rows unbounded preceding) as double)
        / cast(sum(w) over (partition by cell) as double) as share
from by_value
