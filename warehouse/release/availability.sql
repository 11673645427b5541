-- The availability of every indicator in every wave of every source. In: `decided` (columns of
-- schemas.tables.AVAILABILITY_DECIDED), `observation`, `left_to_another`. $rates: rates of cases per
-- workers. One row for each row of `decided`.

with counted as (
    select
        split_part(source, ':', 2) as source,
        wave,
        indicator,
        count(*) as cells,
        count(*) filter (obs_status = 'C') as withheld
    from observation
    group by all
),

given_up as (
    select
        source,
        wave,
        indicator,
        string_agg(distinct reason, '; ' order by reason) as why,
        string_agg(distinct concat_ws(' ', ref_area, time), ', ' order by concat_ws(' ', ref_area, time)) as places
    from left_to_another
    group by all
),

known as (
    select
        decided.*,
        coalesce(counted.cells, 0) as cells,
        coalesce(counted.withheld, 0) as withheld,
        given_up.why,
        given_up.places
    from decided
    left join counted using (source, wave, indicator)
    left join given_up using (source, wave, indicator)
),

settled as (
    -- a decision not to produce is kept; numbers to be produced may still be superseded, missing or withheld
    select
        *,
        case
            when state = 'not_produced' then reason_code
            when why is not null and cells = 0 then 'superseded'
            when cells = 0 and list_contains($rates, indicator) then 'no_workers'
            when cells = 0 then 'no_number'
            when state = 'published' and withheld > 0 then 'numbers_withheld'
            else reason_code
        end as code,
        case
            when state = 'not_produced' then reason
            when why is not null and cells = 0 then why
            when cells = 0 and list_contains($rates, indicator)
                then 'no source in this release counts workers of the same country, period and groups'
            when cells = 0 then concat_ws('; ', nullif(reason, ''), 'no number of it could be published')
            else
                concat_ws(
                    '; ',
                    nullif(reason, ''),
                    if(withheld > 0, format('{} of {} numbers are withheld', withheld, cells), null),
                    if(why is not null, format('not for {}: {}', places, why), null)
                )
        end as said
    from known
)

select
    indicator,
    source,
    wave,
    coalesce(availability_reason.state, 'published') as state,
    code as reason_code,
    variables,
    said as reason,
    cells,
    withheld
from settled
left join availability_reason on availability_reason.reason_code = settled.code
