-- Writes the statement that gives columns the types that they have in the app. Parameters: name (text), types (an
-- object of type by column).
select format('alter table public.%%I %%s', %(name)s::text,
              string_agg(format('alter column %%1$I type %%2$s using %%1$I::%%2$s', t.key, t.value), ', '))
  from jsonb_each_text(%(types)s::jsonb) as t
