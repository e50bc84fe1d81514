-- What is due in this transaction; gone with it.
create temporary table iahome_fix_due (
    session_id text, payment_id text, module_id text, owner text, amount numeric, bought timestamp, ends timestamp,
    former_row text
) on commit drop
