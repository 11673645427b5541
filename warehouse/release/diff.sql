-- What differs between the observations of two releases, attached as `earlier` and `later`; one row per observation
-- that is new, vanished or changed. $key is the key of an observation, $table the table compared, $separator what
-- stands between two notes.

with paired as (
    select
        $key,
        earlier_row.wave is null as is_new,
        later_row.wave is null as is_gone,
        earlier_row.obs_value as value_before,
        later_row.obs_value as value_after,
        earlier_row.obs_status as status_before,
        later_row.obs_status as status_after,
        earlier_row.se as error_before,
        later_row.se as error_after,
        earlier_row.n as cases_before,
        later_row.n as cases_after,
        (earlier_row.obs_value is distinct from later_row.obs_value) as value_changed,
        (earlier_row.obs_status is distinct from later_row.obs_status) as status_changed,
        (
            (
                earlier_row.n, earlier_row.se, earlier_row.cv, earlier_row.lower_bound, earlier_row.upper_bound,
                earlier_row.degrees_of_freedom
            ) is distinct from (
                later_row.n, later_row.se, later_row.cv, later_row.lower_bound, later_row.upper_bound,
                later_row.degrees_of_freedom
            )
        ) as reliability_changed,
        concat_ws(
            $separator,
            nullif(earlier_row.note_classif, ''), nullif(earlier_row.note_indicator, ''),
            nullif(earlier_row.note_source, '')
        ) as notes_before,
        concat_ws(
            $separator,
            nullif(later_row.note_classif, ''), nullif(later_row.note_indicator, ''), nullif(later_row.note_source, '')
        ) as notes_after,
        (
            (earlier_row.note_classif, earlier_row.note_indicator, earlier_row.note_source)
            is distinct from (later_row.note_classif, later_row.note_indicator, later_row.note_source)
        ) as notes_changed
    from earlier.$table as earlier_row
    full outer join later.$table as later_row using ($key)
)

select
    '$table' as compared,
    $key,
    case when is_new then 'new' when is_gone then 'vanished' else 'changed' end as change,
    value_before,
    value_after,
    value_after - value_before as revision,
    100 * (value_after - value_before) / nullif(abs(value_before), 0) as relative_revision,
    (value_after - value_before) / nullif(error_before, 0) as revision_in_errors,
    status_before,
    status_after,
    error_before,
    error_after,
    cases_before,
    cases_after,
    not is_new and not is_gone and value_changed as value_changed,
    not is_new and not is_gone and status_changed as status_changed,
    not is_new and not is_gone and status_changed and status_after not in ('', 'A') as newly_flagged,
    not is_new and not is_gone and value_before is not null and value_after is null as newly_withheld,
    not is_new and not is_gone and reliability_changed as reliability_changed,
    not is_new and not is_gone and notes_changed as notes_changed,
    case when not is_new and not is_gone and notes_changed
            then list_filter(
                string_split(notes_after, $separator),
                lambda each: each <> '' and not list_contains(string_split(notes_before, $separator), each)
            )
    end as notes_added,
    case when not is_new and not is_gone and notes_changed
            then list_filter(
                string_split(notes_before, $separator),
                lambda each: each <> '' and not list_contains(string_split(notes_after, $separator), each)
            )
    end as notes_removed
from paired
where is_new or is_gone or value_changed or status_changed or reliability_changed or notes_changed
