-- Lookups for analysts. Statements end with a semicolon at the end of a line.

create macro other_names(id) as table (
    with recursive start as (
        select regexp_replace(regexp_replace(upper(trim(id)), '^DF_', ''), '_[AQM]$', '') as indicator
    ),
    step as (
        select older as origin, newer as indicator, 'newer' as direction, relation, basis, note from indicator_alias
        union all
        select newer, older, 'older', relation, basis, note from indicator_alias
    ),
    reached as (
        select step.indicator, direction, 1 as steps, [relation] as relations, [basis] as bases, [note] as notes
        from start inner join step on step.origin = start.indicator
        union
        select
            step.indicator,
            reached.direction,
            steps + 1,
            list_append(relations, relation),
            list_append(bases, basis),
            list_append(notes, note)
        from reached inner join step on step.origin = reached.indicator and step.direction = reached.direction
    )
    select indicator, direction, relations, bases, notes, steps
    from reached
    order by direction, steps, indicator
);
comment on macro table other_names is
    'Newer and older ids of a series: from other_names(''MST_EARA_SEX_CBR_NB''); relations in the order of the steps';
