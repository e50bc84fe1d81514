delete from public./* table */ where id::text = %(id)s
