-- When a row was last changed, where its table does not say: empty. A subquery beside it (lateral) that names updated_at
-- without its table has the table's own column, and this one where there is none.
(select null::timestamp as updated_at) as unsaid
