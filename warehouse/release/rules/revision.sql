-- Numbers revised by more than $relative per cent, $absolute of their unit and $errors standard errors, where there
-- were or are at least $cases cases.

select
    concat_ws(' ', ref_area, source, indicator, sex, classif1, classif2, time)
    || format(
        ': {:,.6g} -> {:,.6g}{}{}',
        value_before, value_after,
        coalesce(format(', {:+.3g} %', relative_revision), ''),
        coalesce(format(', {:+.3g} standard errors', revision_in_errors), '')
    ) as example,
    coalesce(abs(relative_revision), cast('infinity' as double)) as size
from difference
where
    compared = 'observation' and value_changed and value_before is not null and value_after is not null
    and coalesce(abs(relative_revision) > $relative, true)
    and abs(revision) > $absolute
    and coalesce(abs(revision_in_errors) > $errors, true)
    and greatest(coalesce(cases_before, 0), coalesce(cases_after, 0)) >= $cases
order by size desc, example
