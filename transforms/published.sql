-- The figures of a wave with one form of error: a standard error, and the 95 % interval.
-- Table row (schemas/published.py, FIGURE_COLUMNS); parameters confidential (status), margin (standard errors in half
-- an interval of the producer's level), is_95 (whether that level is 95 %).

with told as (
    select
        * replace (coalesce(status, '') as status),
        coalesce(se, margin / $margin, (upper - lower) / (2 * $margin), abs(value) * cv / 100) as error,
        coalesce(lower, value - margin) as low,
        coalesce(upper, value + margin) as high
    from $row
    where value is not null or status = $confidential
),

-- An interval is given where the producer tells one; that of another level becomes one of 95 %.
bounded as (
    select
        *,
        case when $is_95 then low when low is not null then value - 1.959963985 * error end as lower_bound,
        case when $is_95 then high when high is not null then value + 1.959963985 * error end as upper_bound
    from told
)

select
    indicator,
    ref_area,
    coalesce(sex, '') as sex,
    coalesce(classif1, '') as classif1,
    coalesce(classif2, '') as classif2,
    time,
    status,
    nullif(note, '') as note,
    nullif(note_source, '') as note_source,
    nullif(note_indicator, '') as note_indicator,
    place,
    -- A confidential figure tells nothing, whatever the file holds beside it.
    case when status <> $confidential then value end as value,
    case when status <> $confidential then n end as n,
    case when status <> $confidential then error end as se,
    case when status <> $confidential then lower_bound end as lower_bound,
    case when status <> $confidential then upper_bound end as upper_bound
from bounded
order by all
