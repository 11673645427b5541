-- What the informats of a layout make of the characters of a number, as SAS reads them.

-- A lone point is a missing number, and the point itself stands where the layout implies it.
create or replace temp macro implied(value, decimals) as
nullif(
    case
        when decimals = 0 or not regexp_full_match(value, '[-+]?[0-9]+([eE][-+]?[0-9]+)?') then value
        else number_text(cast(value as double) / pow(10, decimals))
    end,
    '.'
);

-- COMMAw.d takes commas and blanks out; a number in brackets is below zero.
create or replace temp macro without_commas(value) as
regexp_replace(translate(value, ', ', ''), '^[(](.*)[)]$', '-\1');

-- ZDw.d: the last character of a zoned decimal is a digit that carries the sign.
create or replace temp macro zoned(value) as
case
    when regexp_full_match(value, '[0-9]*[{A-I]')
        then value[:-2] || translate(value[-1:], '{ABCDEFGHI', '0123456789')
    when regexp_full_match(value, '[0-9]*[}J-R]')
        then '-' || value[:-2] || translate(value[-1:], '}JKLMNOPQR', '0123456789')
    else value
end;

-- Dw.d: 1.5D3 is 1500.
create or replace temp macro with_e(value) as
regexp_replace(value, '^([-+]?[0-9.]+)[dD]([-+]?[0-9]+)$', '\1e\2');
