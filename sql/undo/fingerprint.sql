-- What a run writes into a row, in 32 characters; "w" is the row, "held" its metadata without run and fingerprint. By
-- it undo knows a row that nobody changed, whatever became of the journal. src/iahome_fix/repairs/fingerprint.py makes
-- the same.
md5(concat_ws('|',
        w.user_id::text, w.module_id::text, w.access_type::text, coalesce(w.token_id::text, '-'),
        case when w.expires_at is null then '-'
             when isfinite(w.expires_at::timestamp)
             then to_char(w.expires_at::timestamp, 'YYYY-MM-DD HH24:MI:SS.US')
             else w.expires_at::text end,
        w.is_active::text, (/* held */)::text))
