-- Variance of a total or a rate when the file holds no strata or PSUs: persons as independent units, drawn with
-- replacement (svydesign(ids = ~1, weights = ~w) of R's survey), times the declared design effect.
-- In: units (one row per cell), strata (one row: the persons of the whole sample).

with cell as (
    select $keys,
        $n_y as n,
        cast($w_y as double) as y,
        cast($w_x as double) as x,
        cast($w2_y as double) as y_squares,
        cast($w2_x as double) as x_squares
    from units
),

linear as (
    -- sum and sum of squares of z = w (in numerator - rate x in denominator); the numerator lies in the denominator
    select $keys, n, y, x,
        y - $rate * x as z_sum,
        power(1 - $rate, 2) * y_squares + power($rate, 2) * (x_squares - y_squares) as z_squares
    from cell
)

select $keys, n, y, x,
    $design_effect * (z_squares - power(z_sum, 2) / units) * units / nullif(units - 1, 0) as variance
from linear
cross join strata
