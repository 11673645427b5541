-- Labour force status from the questions asked (19th ICLS resolution I, 2013, on work, employment and labour
-- underutilization). Employed: worked an hour, or absent with attachment. Unemployed: not employed, available, and
-- sought work or about to start. A refused or unknown answer counts only where the answers given do not decide.
-- In: `aged`, the records with every canonical variable and the answers to the questions.

select
    * replace (
        case
            when worked_for_pay_or_profit = 'yes' then 'employed'
            when temporarily_absent = 'yes' and absence_keeps_attachment = 'yes' then 'employed'
            when worked_for_pay_or_profit = 'not_in_universe' then 'not_in_universe'
            when worked_for_pay_or_profit in ('refused', 'unknown') then worked_for_pay_or_profit
            when temporarily_absent in ('refused', 'unknown') then temporarily_absent
            when temporarily_absent = 'yes' and absence_keeps_attachment in ('refused', 'unknown')
                then absence_keeps_attachment
            when available_for_work = 'yes' and (sought_work = 'yes' or future_starter = 'yes') then 'unemployed'
            when available_for_work in ('refused', 'unknown') and (sought_work = 'yes' or future_starter = 'yes')
                then available_for_work
            when available_for_work = 'yes' and sought_work in ('refused', 'unknown') then sought_work
            else 'outside'
        end as labour_force_status
    )
from aged
