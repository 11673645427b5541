-- Per side and area: who is a migrant in these figures (`basis`), and the share from countries that are not named
-- (`named`). Tables corridor and share; parameter world (area code).

with basis as (
    select distinct
        destination as ref_area,
        concat_ws(
            ', ',
            case when foreign_born then 'foreign-born' end,
            case when foreign_citizens then 'foreign citizens' end,
            case when imputed then 'imputed by the producer' end,
            case when refugees_added then 'refugees as the producer adds them' end
        ) as words
    from $corridor
    where foreign_born is not null
)

select distinct
    side,
    ref_area,
    'Definition of migrants: ' || case
        when side = 'destination' and ref_area <> $world then basis.words
        else 'as each country of destination reports them'
    end as basis,
    case
        when unnamed_share > 0
            then format(
                'Population coverage: {:.1f} per cent are from countries not named, and not covered', unnamed_share
            )
    end as named
from $share
left join basis using (ref_area)
where sex = 'SEX_T'
