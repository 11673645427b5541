-- Areas, indicators and periods with several sources or notes among their observations.

with attached as (
    select distinct ref_area, indicator, time, source, note_source, note_indicator
    from observation
)

select
    ref_area, indicator, time,
    '(' || string_agg(source, ' ' order by source) || ')' as sources
from attached
group by ref_area, indicator, time
having count(*) > 1
order by all
