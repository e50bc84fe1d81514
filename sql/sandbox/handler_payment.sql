-- The bookkeeping row; it names the first module only.
insert into public.payments (session_id, customer_email, amount, currency, status, module_id, metadata)
values (%(session_id)s, %(email)s, %(amount)s, %(currency)s, 'succeeded', %(module_id)s, %(metadata)s)
returning id::text as id
