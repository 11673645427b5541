-- The notes on what changed since the wave before, for every number concerned: its row in `cell`, and what is said.

with beyond as (
    select
        *,
        split_part(classif2, '_', 1) || '_' as classification,
        list_contains($totals, classif2) as is_total
    from compared_figure
    where is_beyond
),

said as (
    select distinct
        cell.rowid as number,
        beyond.check_id,
        case beyond.check_id
            when 'headline_numbers' then 'Quality: ' || beyond.said
            else format(
                    'Quality: population, {} {} {}, {}', $age, beyond.sex, beyond.classif2, beyond.said
                )
        end as note
    from beyond
    inner join cell on cell.partition_number = beyond.partition_number and cell.ref_area = beyond.ref_area
        and case beyond.check_id
            when 'headline_numbers'
                then cell.indicator = beyond.indicator and cell.sex = beyond.sex and cell.classif1 = $age
                and cell.classif2 = beyond.classif2
            when 'share_unknown'
                then starts_with(cell.classif1, beyond.classification)
                or starts_with(cell.classif2, beyond.classification)
            else (beyond.sex = $both_sexes or cell.sex = beyond.sex)
                and (beyond.is_total or beyond.classif2 in (cell.classif1, cell.classif2))
        end
)

select number, string_agg(note, $separator order by check_id, note) as said
from said
group by number
