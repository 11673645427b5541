-- Series of which nothing is left, where no person withdrew them.

select
    concat_ws(' ', ref_area, source, indicator, sex, classif1, classif2)
    || format(' ({} to {})', min(time), max(time)) as example,
    count(*) as size
from earlier.observation
anti join later.observation as kept using (ref_area, source, indicator, sex, classif1, classif2)
anti join later.partition as withdrawn
    on withdrawn.state = 'withdrawn'
        and withdrawn.source = split_part(observation.source, ':', 2)
        and withdrawn.wave = observation.wave
group by ref_area, source, indicator, sex, classif1, classif2
order by size desc, example
