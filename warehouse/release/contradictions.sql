-- Indicators in waves of sources that have numbers although it was decided not to produce them.
-- In: `decided` (columns of schemas.tables.AVAILABILITY_DECIDED), `observation`.

with numbered as (
    select
        split_part(source, ':', 2) as source,
        wave,
        indicator
    from observation
)

select distinct concat_ws(' ', indicator, source, wave) as contradiction
from decided
semi join numbered using (source, wave, indicator)
where state = 'not_produced'
order by contradiction
