-- Numbers of surveys beside the figures that others publish of the same area and period: the columns of
-- schemas/agreement_table.py, and partition_number for what is done with the numbers.
--
-- In: `cell`, `left_to_another` and `declared_figure`: partition_number, indicator, sex, classif1, classif2, time, the
-- figure (`value`, `se`, published_by) or the source that has it (`published`), how far the number may be, and what
-- becomes of one that is further.

with theirs as (
    select
        declared_figure.*,
        coalesce(declared_figure.value, cell.obs_value) as published_value,
        coalesce(declared_figure.se, cell.se) as published_se
    from declared_figure
    left join cell
        on split_part(cell.source, ':', 2) = declared_figure.published
            and cell.ref_area = declared_figure.ref_area
            and cell.indicator = declared_figure.indicator
            and cell.sex = declared_figure.sex
            and coalesce(cell.classif1, '') = declared_figure.classif1
            and coalesce(cell.classif2, '') = declared_figure.classif2
            and cell.time = declared_figure.time
),

given as (
    select distinct partition_number, source from cell
),

-- what is left to another source is not published, and not compared
standing as (
    select cell.*
    from cell
    anti join left_to_another using (partition_number, ref_area, indicator, time)
),

beside as (
    select
        theirs.* exclude (value, se),
        given.source,
        cell.obs_value,
        cell.se,
        cell.n,
        cell.obs_value - theirs.published_value as difference,
        sqrt(coalesce(cell.se, 0) ^ 2 + coalesce(theirs.published_se, 0) ^ 2) as error
    from theirs
    inner join given using (partition_number)
    left join standing as cell
        on cell.partition_number = theirs.partition_number
            and cell.indicator = theirs.indicator
            and cell.sex = theirs.sex
            and coalesce(cell.classif1, '') = theirs.classif1
            and coalesce(cell.classif2, '') = theirs.classif2
            and cell.time = theirs.time
)

select
    partition_number,
    source,
    wave,
    ref_area,
    indicator,
    sex,
    classif1,
    classif2,
    time,
    obs_value,
    se,
    n,
    published_value,
    published_se,
    published_by,
    published as published_in,
    difference,
    100 * difference / nullif(abs(published_value), 0) as difference_percent,
    difference / nullif(error, 0) as difference_errors,
    allowed_percent,
    allowed_errors,
    case
        when difference is null then 'not_compared'
        when abs(difference) <= allowed_percent / 100 * abs(published_value) then 'agrees'
        when abs(difference) <= allowed_errors * error then 'within_errors'
        else 'differs'
    end as verdict,
    beyond,
    why
from beside
