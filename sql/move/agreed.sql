-- What is brought over in this transaction; gone with it.
create temporary table iahome_fix_moved (
    row_id text, owner text, module text, title text, origin text, ends timestamp, made timestamp, active boolean
) on commit drop
