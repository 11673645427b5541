-- Sources and periods of which more than $share per cent of the numbers are revised by more than $relative per cent;
-- $except_kinds are kinds of sources that do not count.

with before as (
    select
        source,
        time,
        count(*) as numbers
    from earlier.observation
    inner join later.source using (source)
    where not list_contains($except_kinds, source.kind)
    group by all
),

revised as (
    select
        source,
        time,
        count(*) as numbers,
        median(relative_revision) as middle
    from difference
    where
        compared = 'observation' and value_changed and value_before is not null and value_after is not null
        and coalesce(abs(relative_revision) > $relative, true)
    group by all
)

select
    format(
        '{} {}: {:,} of {:,} numbers{}',
        source, time, revised.numbers, before.numbers, coalesce(format(', by {:+.3g} % at the median', middle), '')
    ) as example,
    revised.numbers / before.numbers as size
from revised
inner join before using (source, time)
where 100 * revised.numbers / before.numbers > $share
order by size desc, example
