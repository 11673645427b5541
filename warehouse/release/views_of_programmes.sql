-- Views of programmes of labour migration. Rules as in views.sql.

create view programme_numbers as
select
    programme.programme,
    programme.name as programme_name,
    programme.label_en as programme_label,
    programme.employer,
    programme.season,
    programme.skill,
    labelled_observation.ref_area,
    labelled_observation.country,
    labelled_observation.indicator,
    labelled_observation.indicator_title,
    labelled_observation.time,
    labelled_observation.sex,
    labelled_observation.obs_value,
    labelled_observation.unit,
    labelled_observation.status,
    labelled_observation.n,
    labelled_observation.se,
    labelled_observation.cv,
    labelled_observation.lower_bound,
    labelled_observation.upper_bound,
    labelled_observation.source,
    labelled_observation.source_title,
    labelled_observation.synthetic,
    labelled_observation.note_classif,
    labelled_observation.note_indicator,
    labelled_observation.note_source,
    labelled_observation.classif1,
    labelled_observation.sex_code
from programme_series
inner join programme using (programme)
inner join labelled_observation
    on
        split_part(labelled_observation.source, ':', 2) = programme_series.source_id
        and labelled_observation.indicator = programme_series.indicator
        and labelled_observation.classif1 = programme_series.code
        and (programme_series.wave = '' or labelled_observation.wave = programme_series.wave)
order by programme.programme, labelled_observation.indicator, labelled_observation.time, labelled_observation.sex_code;
comment on view programme_numbers is
'One series for each programme: positions, permits or visas of it alone, with what ties the worker; never added up';

create view permits_extended_per_first as
select
    first_ones.ref_area,
    first_ones.country,
    first_ones.source,
    first_ones.time,
    first_ones.classif1,
    first_ones.classif1_label,
    first_ones.obs_value as permits_first,
    extended.obs_value as permits_extended,
    extended.obs_value / nullif(first_ones.obs_value, 0) as extended_per_first,
    first_ones.synthetic,
    first_ones.note_source
from labelled_observation as first_ones
inner join labelled_observation as extended using (source, ref_area, time, sex_code, classif1)
where
    (first_ones.indicator = 'REG_PERF_OCU_NB' and extended.indicator = 'REG_PERX_OCU_NB')
    or (first_ones.indicator = 'REG_PERF_CCT_NB' and extended.indicator = 'REG_PERX_CCT_NB')
order by first_ones.ref_area, first_ones.source, first_ones.time, first_ones.classif1;
comment on view permits_extended_per_first is
'Work permits extended beside those granted first in the same year; not the same persons, so no renewal rate';
