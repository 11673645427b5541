-- The rows of one indicator: every cell of the grid in the indicator's unit, flagged by its cases and its precision. A
-- number without cases has no standard error; a ratio without a denominator does not exist and has no row.

with valued as (
    select
        $keys,
        coalesce(n, 0) as n,
        $distinct_persons as distinct_persons,
        $value as obs_value,
        $standard_error as se,
        $of_interval
    from $grid
    left join $estimate using (cell)
)

select
    $identity,
    $keys,
    obs_value,
    $status as obs_status,
    concat_ws($separator, $notes, $own_note) as note_classif,
    n,
    distinct_persons,
    se,
    $cv as cv,
    $lower_bound as lower_bound,
    $upper_bound as upper_bound,
    case when se is not null then degrees_of_freedom end as degrees_of_freedom
from valued
where obs_value is not null
