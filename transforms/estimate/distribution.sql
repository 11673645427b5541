-- What share of a cell's weight is at or below each value that its persons have. A quantile is the smallest value at
-- which the cumulated weight reaches the share (rule "math" of R's svyquantile).

with of_combination as (
    select
        combination,
        value,
        sum(weight) as w
    from $valued
    group by combination, value
),

by_value as (
    select
        cell,
        value,
        sum(w) as w
    from of_combination
    inner join $cell_of using (combination)
    group by cell, value
)

select
    cell,
    value,
    cast(sum(w) over (partition by cell order by value rows unbounded preceding) as double)
    / cast(sum(w) over (partition by cell) as double) as share
from by_value
