-- The gap between two groups' means, in classes weighted by their size, with its linear variable per person.
-- In class k: c and r are the means of the compared and of the reference group, gap = 1 - c / r, and W the weight of the
-- persons whose shares count. G is the mean of the gaps weighted by W. Its linear variable is, for the persons counted,
--   ((gap - G) of the share + W (c / r^2 (value - r) / N_r of the reference group - (value - c) / (r N_c) of the compared)) / sum W
-- (Taylor linearisation; Wolter, Introduction to Variance Estimation, 2007, chapter 6). One class gives the raw gap.
-- In: table valued(cell, stratum, psu, weight, value, class, is_compared, is_reference, is_share).

create or replace temp table units_of_gap as
with class_sum as (
    select cell, class,
        cast(sum(cast(weight as decimal(38, 8))) filter (is_compared) as double) as n_c,
        cast(sum(cast(weight as decimal(38, 8))) filter (is_reference) as double) as n_r,
        cast(sum(cast(weight as decimal(38, 8))) filter (is_share) as double) as w,
        cast(sum(cast(weight * value as decimal(38, 8))) filter (is_compared) as double) as y_c,
        cast(sum(cast(weight * value as decimal(38, 8))) filter (is_reference) as double) as y_r
    from valued
    group by cell, class
),

class_gap as (
    -- a class without both groups, or whose reference group has nothing, has no gap
    select cell, class, n_c, n_r, w, y_c / n_c as c, y_r / n_r as r, 1 - (y_c / n_c) / (y_r / n_r) as gap
    from class_sum
    where n_c > 0 and n_r > 0 and y_r > 0 and w > 0
),

cell_gap as (
    select cell,
        cast(sum(cast(w as decimal(38, 8))) as double) as w_all,
        cast(sum(cast(w * gap as decimal(38, 12))) as double)
            / cast(sum(cast(w as decimal(38, 8))) as double) as gap_all
    from class_gap
    group by cell
),

linear as (
    select cell, stratum, psu, is_compared, gap_all,
        weight / w_all * (
            case when is_share then gap - gap_all else 0 end
            + w * case when is_reference then c / (r * r) * (value - r) / n_r else 0 end
            - w * case when is_compared then (value - c) / (r * n_c) else 0 end
        ) as z
    from valued
    inner join class_gap using (cell, class)
    inner join cell_gap using (cell)
)

select cell, stratum, psu,
    any_value(gap_all) as gap,
    count(*) filter (is_compared) as n,
    count(*) as cases,
    sum(cast(z as decimal(38, 28))) as z,
    sum(cast(z * z as decimal(38, 34))) as zz
from linear
group by cell, stratum, psu
