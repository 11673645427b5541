-- What became of every indicator in every wave of every source.
-- In: `decided` (columns of schemas.tables.COVERAGE_DECIDED), `observation`, `partition`. One row for each of `decided`.

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

known as (
    select
        decided.*,
        coalesce(counted.cells, 0) as cells,
        coalesce(counted.withheld, 0) as withheld,
        coalesce(partition.state = 'superseded', false) as is_superseded,
        partition.reason as partition_reason
    from decided
    left join counted using (source, wave, indicator)
    left join partition using (source, wave)
),

told as (
    -- a decision not to produce stands; numbers that were decided on may still be superseded, missing or withheld
    select
        *,
        case
            when state = 'not_produced' then reason_code
            when is_superseded then 'superseded'
            when cells = 0 then 'no_number'
            when state = 'published' and withheld > 0 then 'numbers_withheld'
            else reason_code
        end as code,
        case
            when state = 'not_produced' then reason
            when is_superseded then partition_reason
            when cells = 0 then concat_ws('; ', nullif(reason, ''), 'nothing could be published of it')
            when withheld > 0 then concat_ws('; ', nullif(reason, ''), format('{} of {} numbers are withheld', withheld, cells))
            else reason
        end as said
    from known
)

select
    indicator,
    source,
    wave,
    coalesce(coverage_reason.state, 'published') as state,
    code as reason_code,
    variables,
    said as reason,
    cells,
    withheld
from told
left join coverage_reason on coverage_reason.reason_code = told.code
