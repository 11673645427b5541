-- Every number in one language. $observation_in_words is the name of the view, $note_text the column of table `note`,
-- and the other parameters are the columns of labelled_observation in that language.

create view $observation_in_words as
select
    ref_area,
    numbers.$country as country,
    source,
    numbers.$source_title as source_title,
    indicator,
    numbers.$indicator_title as indicator_title,
    time,
    numbers.$sex as sex,
    numbers.$classif1_label as classif1_label,
    numbers.$classif2_label as classif2_label,
    obs_value,
    numbers.$unit as unit,
    numbers.currency,
    numbers.$status as status,
    numbers.$caution as caution,
    n,
    distinct_persons,
    se,
    cv,
    lower_bound,
    upper_bound,
    synthetic,
    coalesce(on_classification.$note_text, numbers.note_classif) as note_classif,
    coalesce(on_indicator.$note_text, numbers.note_indicator) as note_indicator,
    coalesce(on_source.$note_text, numbers.note_source) as note_source,
    string_split(
        concat_ws(
            ' | ',
            nullif(coalesce(on_classification.$note_text, numbers.note_classif), ''),
            nullif(coalesce(on_indicator.$note_text, numbers.note_indicator), ''),
            nullif(coalesce(on_source.$note_text, numbers.note_source), '')
        ),
        ' | '
    ) as notes,
    is_main_version,
    sex_code,
    classif1,
    classif2,
    obs_status,
    wave,
    vintage
from labelled_observation as numbers
left join note as on_classification on numbers.note_classif = on_classification.note
left join note as on_indicator on numbers.note_indicator = on_indicator.note
left join note as on_source on numbers.note_source = on_source.note;
comment on view $observation_in_words is
'Every published number with labels, cautions and notes in one language; column notes is a list';
