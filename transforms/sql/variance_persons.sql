-- Variance of a total, a rate or a mean when the file holds no strata or PSUs: persons as independent units, drawn with
-- replacement (svydesign(ids = ~1, weights = ~w) of R's survey), times the declared design effect.
-- In: $units_table (one row per cell), strata (one row: the persons of the whole sample).

with cell_sum as (
    select cell,
        $n as n,
        $base_n as base_n,
        cast($y as double) as y,
        cast($x as double) as x,
        $scale_yy * cast($yy as double) as yy,
        $scale_xy * cast($xy as double) as xy,
        $scale_xx * cast($xx as double) as xx
    from $units_table
),

linear as (
    -- sum and sum of squares of z = w (y - rate x) over all persons
    select cell, n, base_n, y, x,
        y - $rate * x as z_sum,
        yy - 2 * $rate * xy + power($rate, 2) * xx as z_squares
    from cell_sum
)

select cell, n, y, x,
    base_n - 1 as degrees_of_freedom,
    $design_effect * (z_squares - power(z_sum, 2) / units) * units / nullif(units - 1, 0) as variance
from linear
cross join strata
