-- How often persons come back in the waves of a longer period: every record beside the one before it with the same
-- identifier. A record is compared with that one where both have a sex and an age, and is of the same person where the
-- sex agrees and the age has changed by no more than may be.

with record as (
    select *
    from $records
),

follows as (
    select
        row_number() over by_wave as turn,
        sex = lag(sex) over by_wave as same_sex,
        age - lag(age) over by_wave between $youngest and $oldest as same_age
    from record
    where person_id is not null
    window by_wave as (partition by person_id order by place)
)

select
    (select count(*) from record) as records,
    count(*) filter (where turn = 1) as identifiers,
    count(*) filter (where turn = 2) as in_several,
    count(*) filter (where same_sex is not null and same_age is not null) as compared,
    count(*) filter (where same_sex and same_age) as agreeing
from follows
