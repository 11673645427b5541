-- How the informats of a layout turn characters into a number, as in SAS.

-- A lone point is a missing number, and a point in a number overrides the decimals that the layout implies.
create or replace temp macro implied(value, decimals) as
nullif(
    case
        when decimals = 0 or not regexp_full_match(value, '[-+]?[0-9]+([eE][-+]?[0-9]+)?') then value
        else number_text(cast(value as double) / pow(10, decimals))
    end,
    '.'
);

-- COMMAw.d removes commas and blanks; a number in brackets is negative.
create or replace temp macro without_commas(value) as
regexp_replace(translate(value, ', ', ''), '^[(](.*)[)]$', '-\1');

-- ZDw.d: the last character of a zoned decimal is a digit combined with the sign.
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
