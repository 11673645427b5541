-- Keys with several observations.

select ref_area, indicator, sex, classif1, classif2, time
from observation
group by all
having count(*) > 1
order by all
