-- From declared variables to a core record that is consistent within itself.
-- In: view `declared`, one row per record. Parameters (dollar and name) are literals, lists and the query of a rule,
-- written by transforms/derive.py.

with filled as (
    -- every canonical variable is present; what the source does not declare is 'not available'
    select $filled
    from $declared
),

aged as (
    -- ILOSTAT's working age is 15 and over; who was asked follows from the source's own minimum age. An age known in a
    -- band is above or below when the whole band is; where a band spans the limit, the declared value stays
    select
        * replace (
            case
                when age_missing is not null then working_age
                when coalesce(age, age_from) >= $ilostat_working_age then 'yes'
                when coalesce(age, age_to) < $ilostat_working_age then 'no'
                else working_age
            end as working_age,
            case when age_missing is null and age is null and age_from is null then 'unknown' else age_missing end
                as age_missing
        ),
        case
            when coalesce(age, age_to) < $minimum_age then true
            when coalesce(age, age_from) >= $minimum_age then false
            else working_age = 'no'
        end as is_below_minimum_age
    from filled
),

asked as (
    -- labour force status as declared, or from the rule declared for it
    $asked
),

activity as (
    -- below the source's minimum age nobody is in universe; a child declared as employed is kept, for the gate to stop
    select
        * replace (
            case
                when is_below_minimum_age and labour_force_status is distinct from 'employed' then 'not_in_universe'
                else labour_force_status
            end as labour_force_status
        )
    from asked
),

migration as (
    -- status and country of birth, and of citizenship, each completed from the other
    select
        * replace (
            case
                when $birth_status_declared then birth_status
                when country_of_birth = $ref_area then 'native'
                when country_of_birth in $missing_kinds then country_of_birth
                else 'foreign'
            end as birth_status,
            case
                when not $birth_status_declared then country_of_birth
                when birth_status = 'native' then $ref_area
                when birth_status = 'foreign' and country_of_birth in $missing_kinds then 'abroad'
                when birth_status = 'foreign' then country_of_birth
                else birth_status
            end as country_of_birth,
            case
                when $citizenship_status_declared then citizenship_status
                when country_of_citizenship = $ref_area then 'citizen'
                when country_of_citizenship in $missing_kinds then country_of_citizenship
                else 'non_citizen'
            end as citizenship_status,
            case
                when not $citizenship_status_declared then country_of_citizenship
                when citizenship_status = 'citizen' then $ref_area
                when citizenship_status = 'non_citizen' and country_of_citizenship in $missing_kinds then 'abroad'
                when citizenship_status = 'non_citizen' then country_of_citizenship
                else citizenship_status
            end as country_of_citizenship
        )
    from activity
),

arrival as (
    -- year of arrival and years since arrival, each completed from the other
    select
        * replace (
            coalesce(years_since_arrival, $wave_year - year_of_arrival) as years_since_arrival,
            case
                when years_since_arrival_from is null and coalesce(years_since_arrival, year_of_arrival) is null
                    and year_of_arrival_from is not null
                    then greatest($wave_year - coalesce(year_of_arrival_to, $wave_year), 0)
                when coalesce(years_since_arrival, year_of_arrival) is null then years_since_arrival_from
            end as years_since_arrival_from,
            case
                when years_since_arrival_from is null and coalesce(years_since_arrival, year_of_arrival) is null
                    then $wave_year - year_of_arrival_from
                when coalesce(years_since_arrival, year_of_arrival) is null then years_since_arrival_to
            end as years_since_arrival_to,
            coalesce(year_of_arrival, $wave_year - years_since_arrival) as year_of_arrival
        )
    from migration
),

arrival_missing as (
    -- and the kind of missing of each variable that is known neither as a number nor in a band
    select
        * replace (
            case
                when coalesce(years_since_arrival, years_since_arrival_from) is null then years_since_arrival_missing
            end as years_since_arrival_missing,
            case
                when coalesce(year_of_arrival, year_of_arrival_from) is null then year_of_arrival_missing
            end as year_of_arrival_missing
        )
    from arrival
),

underutilised as (
    -- time-related underemployment and the potential labour force, where the source derives them
    select * replace ($underutilised)
    from arrival_missing
),

coarser as (
    -- the major group of an occupation and the section of an activity, where the source declares only the finer one
    select * replace ($coarser)
    from underutilised
),

in_universe as (
    -- a variable of migrants, of the employed or of another group is 'not in universe' for everyone else
    select * replace ($in_universe)
    from coarser
),

workers as (
    -- international migrant workers, 20th ICLS guidelines, paragraph 14 (a) and (b); return and for-work migrants
    select
        *,
        $imw,
        $groups
    from in_universe
)

select $core_columns
from workers
