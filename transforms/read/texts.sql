-- How a value becomes a text of the raw table. $decimal is the declared decimal mark, as a literal.

create or replace temp macro clean(value) as
nullif(
    trim(
        case
            when contains(value, chr(9)) or contains(value, chr(10)) or contains(value, chr(13))
                then trim(value, chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || ' ' || chr(160))
            else value
        end
    ),
    ''
);

create or replace temp macro with_mark(text) as replace(text, '.', $decimal);

-- A whole number has no decimals, if it fits in a bigint; NaN stands for a missing number.
create or replace temp macro number_text(value) as
case
    when isnan(value) then null
    when floor(value) = value and abs(value) < $whole_number_limit then cast(cast(value as bigint) as varchar)
    else with_mark(cast(value as varchar))
end;
