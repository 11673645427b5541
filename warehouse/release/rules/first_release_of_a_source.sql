-- Sources of a draft of which no number was ever published; $published are those of which one was, $synthetic whether
-- synthetic data count.

select
    source.source as example,
    count(*) as size
from later.observation
inner join later.source using (source)
where not list_contains($published, source.source_id) and ($synthetic or not source.synthetic)
group by source.source
order by size desc, example
