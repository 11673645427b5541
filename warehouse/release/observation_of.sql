-- Numbers of a series in words: in a language, with one version of each classification or all. `release` is the name
-- under which a reader has attached the file: a macro looks for tables where its caller stands, a view in its own file.

create macro observation_of(series, language := 'en', versions := 'one', release := '') as table
    select *
    from query_table(
            case when release = '' then '' else release || '.' end
            || case language
                when 'en' then 'observation_in_english'
                when 'fr' then 'observation_in_french'
                when 'es' then 'observation_in_spanish'
                else 'observation_in_' || language
            end
        )
    where indicator = series and (versions = 'all' or is_main_version)
    order by ref_area, source, time, sex_code desc, classif1, classif2;
