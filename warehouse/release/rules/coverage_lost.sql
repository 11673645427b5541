-- Sources and periods of which more than $share per cent of the numbers are lost or withheld. What a person withdrew
-- does not count.

with before as (
    select
        source,
        time,
        count(*) as numbers
    from earlier.observation
    anti join later.partition as withdrawn
        on withdrawn.state = 'withdrawn'
            and withdrawn.source = split_part(observation.source, ':', 2)
            and withdrawn.wave = observation.wave
    group by all
),

lost as (
    select
        source,
        time,
        count(*) as numbers
    from difference
    where compared = 'observation' and (change = 'vanished' or newly_withheld)
    group by all
)

select
    format('{} {}: {:,} of {:,} numbers', source, time, least(lost.numbers, before.numbers), before.numbers) as example,
    lost.numbers as size
from lost
inner join before using (source, time)
where 100 * lost.numbers / before.numbers > $share
order by size desc, example
