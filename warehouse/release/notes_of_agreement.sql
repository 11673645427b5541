-- The notes on numbers that differ from a published figure: at the number itself and at those of the same group, which
-- are of the same indicator and wave, of all ages and both sexes where the figure is of both.

with differs as (
    select
        *,
        format('{} publishes {:,.1f} where {:,.1f} stands here', published_by, published_value, obs_value)
        || coalesce(
            format(
                ', {:,.1f} per cent {}', abs(difference_percent), case when difference < 0 then 'less' else 'more' end
            ),
            ''
        )
        || coalesce(format(' and {:,.1f} standard errors', abs(difference_errors)), '')
        || case when why = '' then '' else '; ' || why end as said
    from agreement
    where verdict = 'differs'
),

noted as (
    select distinct
        cell.rowid as number,
        cell.sex = differs.sex and coalesce(cell.classif1, '') = differs.classif1
        and coalesce(cell.classif2, '') = differs.classif2 as is_itself,
        differs.beyond,
        'Quality: '
        || case when is_itself then '' else concat_ws(' ', differs.sex, differs.classif1, differs.classif2) || ': ' end
        || differs.said as note
    from differs
    inner join cell on cell.partition_number = differs.partition_number and cell.indicator = differs.indicator
        and (differs.sex = $both_sexes or cell.sex = differs.sex)
        and (starts_with(differs.classif1, $age) or coalesce(cell.classif1, '') = differs.classif1)
        and (starts_with(differs.classif2, $age) or coalesce(cell.classif2, '') = differs.classif2)
)

select number, bool_or(is_itself and beyond = 'flag') as is_flagged, string_agg(note, $separator order by note) as said
from noted
group by number
