-- From declared variables to a core record that is consistent within itself.
-- In: table `declared`, one row per record. Parameters (dollar and name) are literals and lists written by transforms/derive.py.

with filled as (
    -- every canonical variable is there; what the source does not declare is 'not available'
    select $filled
    from declared
),

aged as (
    -- ILOSTAT's working age is 15 and over; the source's own minimum age says who was asked
    select * replace (
            case
                when age_missing is not null or age is null then working_age
                when age >= $ilostat_working_age then 'yes'
                else 'no'
            end as working_age,
            case when age_missing is null and age is null then 'unknown' else age_missing end as age_missing
        ),
        case when age is not null then age < $minimum_age else working_age = 'no' end as is_below_minimum_age
    from filled
),

activity as (
    -- below the source's minimum age nobody is in universe; a child declared employed is left for the gate to stop
    select * replace (
            case
                when is_below_minimum_age and ($labour_force_status) is distinct from 'employed' then 'not_in_universe'
                else $labour_force_status
            end as labour_force_status
        )
    from aged
),

migration as (
    -- status and country of birth, and of citizenship, each completed from the other
    select * replace (
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
    select * replace (
            coalesce(years_since_arrival, $wave_year - year_of_arrival) as years_since_arrival,
            case when coalesce(years_since_arrival, $wave_year - year_of_arrival) is null then years_since_arrival_missing end
                as years_since_arrival_missing,
            coalesce(year_of_arrival, $wave_year - years_since_arrival) as year_of_arrival,
            case when coalesce(year_of_arrival, $wave_year - years_since_arrival) is null then year_of_arrival_missing end
                as year_of_arrival_missing
        )
    from migration
),

underutilised as (
    -- time-related underemployment and the potential labour force, where the source derives them
    select * replace ($underutilised)
    from arrival
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
    select *,
        $imw,
        $groups
    from in_universe
)

select $core_columns
from workers
