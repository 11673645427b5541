-- What each partition leaves to another: an indicator for an area and a period that the other gives too.
-- In: `cell`, `precedence` (partition_number, source, wave, place; place 1 goes first).

with claimed as (
    select distinct partition_number, ref_area, indicator, time
    from cell
),

placed as (
    select
        claimed.*,
        precedence.source,
        precedence.wave,
        first_value(claimed.partition_number) over (
            partition by claimed.ref_area, claimed.indicator, claimed.time order by precedence.place
        ) as winner
    from claimed
    inner join precedence using (partition_number)
)

select partition_number, source, wave, ref_area, indicator, time, winner
from placed
where winner <> partition_number
