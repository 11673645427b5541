-- Rates of cases per workers, as rows of `cell`.
-- In: `cell`, `precedence` (partition_number, ..., place; place 1 goes first), `rate_basis` (partition_number,
-- migrants_by), `rate_pair` (rate, migrants_by, factor, numerator and its keys, denominator and its keys).
-- $precedence: statuses, of which a number has the first that applies; $separator: between notes.

with workers as (
    select cell.*
    from cell
    inner join precedence using (partition_number)
    where cell.indicator in (select denominator from rate_pair)
    qualify precedence.place = min(precedence.place) over (partition by cell.ref_area, cell.indicator, cell.time)
),

paired as (
    select
        cases.*,
        rate_pair.rate,
        rate_pair.factor * cases.obs_value / workers.obs_value as rate_value,
        workers.obs_value as workers_value,
        workers.source as workers_source,
        workers.indicator as workers_indicator,
        workers.obs_status as workers_status,
        workers.se as workers_se,
        workers.cv as workers_cv,
        workers.lower_bound as workers_lower,
        workers.upper_bound as workers_upper,
        workers.degrees_of_freedom as workers_df,
        workers.note_classif as workers_note_classif,
        workers.note_source as workers_note_source
    from cell as cases
    inner join rate_basis using (partition_number)
    inner join rate_pair
        on
            cases.indicator = rate_pair.numerator
            and rate_basis.migrants_by = rate_pair.migrants_by
            and cases.sex = rate_pair.sex
            and cases.classif1 = rate_pair.classif1
            and cases.classif2 = rate_pair.classif2
    inner join workers
        on
            cases.ref_area = workers.ref_area
            and cases.time = workers.time
            and rate_pair.denominator = workers.indicator
            and rate_pair.workers_sex = workers.sex
            and rate_pair.workers_classif1 = workers.classif1
            and rate_pair.workers_classif2 = workers.classif2
    where cases.obs_value is not null and workers.obs_value > 0
)

select
    partition_number,
    ref_area,
    source,
    rate as indicator,
    sex,
    classif1,
    classif2,
    time,
    rate_value as obs_value,
    case
        when obs_status = '' or workers_status = '' then concat(obs_status, workers_status)
        when list_position($precedence, obs_status) <= list_position($precedence, workers_status) then obs_status
        else workers_status
    end as obs_status,
    concat_ws(
        $separator,
        nullif(note_classif, ''),
        case when workers_note_classif not in ('', note_classif) then workers_note_classif end,
        case
            when obs_status <> '' and workers_status not in ('', obs_status)
                then format('Observation status: {} of the cases, {} of the workers', obs_status, workers_status)
        end
    ) as note_classif,
    concat_ws(
        $separator,
        format('Numerator: cases as {} counts them', source),
        format('Denominator: workers of the same group as {} estimates them ({})', workers_source, workers_indicator),
        'Standard error: that of the workers alone, by linearisation; the cases are a complete count'
    ) as note_indicator,
    concat_ws(
        $separator,
        nullif(note_source, ''),
        case when workers_note_source not in ('', note_source) then workers_note_source end
    ) as note_source,
    n,
    rate_value * workers_se / workers_value as se,
    workers_cv as cv,
    case
        when workers_upper is not null
            then greatest(0, rate_value * (1 - (workers_upper - workers_value) / workers_value))
    end as lower_bound,
    rate_value * (1 + (workers_value - workers_lower) / workers_value) as upper_bound,
    workers_df as degrees_of_freedom,
    wave,
    vintage
from paired
