-- Checks of severity warning that numbers of a draft do not meet, and met before or met better; $except_checks do not
-- count.

select
    format('{}|{}: {} ({:,} of {:,})', source, wave, description, unexpected, checked) as example,
    unexpected as size
from later.quality_result
anti join earlier.quality_result as known
    on known.source = quality_result.source
        and known.wave = quality_result.wave
        and known.check_id = quality_result.check_id
        and known.success = false
        and known.unexpected >= quality_result.unexpected
where
    success = false and severity = 'warning' and belongs_to = 'published'
    and not list_contains($except_checks, check_id)
order by size desc, example
