-- The history after one more release became current at $moment: $history is the history before, $observation the
-- numbers of the release, $key what tells an observation apart, $facts what a revision changes.

with before as (
    select * from $history
),

now as (
    select
        $key,
        $facts
    from $observation
),

-- The row of each number that holds when the release comes.
standing as (
    select * from before
    where valid_to is null
),

kept as (
    select
        $key,
        $facts
    from standing
    intersect all
    select
        $key,
        $facts
    from now
),

latest as (
    select
        $key,
        max(revision) as revision
    from before
    group by all
)

select
    before.* replace (
        case
            when before.valid_to is null and kept.time is null then cast($moment as timestamptz) else before.valid_to
        end as valid_to
    )
from before
left join kept using ($key)

union all by name

select
    $now_columns,
    coalesce(latest.revision, 0) + 1 as revision,
    $release as release,
    cast($moment as timestamptz) as valid_from,
    cast(null as timestamptz) as valid_to
from now
anti join kept using ($key)
left join latest using ($key)
