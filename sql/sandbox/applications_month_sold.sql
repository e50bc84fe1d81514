-- A sale of the weeks before, when the webhook of this version still got its events.
insert into public.user_applications
  (user_id, module_id, module_title, access_level, usage_count, max_usage, expires_at, created_at)
values ('11111111-aaaa-4000-8000-000000000011', 'cogstudio', 'Cogstudio', 'paid', 0, 50,
        now() + interval '10 days', now() - interval '20 days');
-- What was sold before that is over, and the app switched it off then: it tells how long each module is sold.
insert into public.user_applications
  (user_id, module_id, module_title, access_level, is_active, usage_count, max_usage, expires_at, created_at, updated_at)
select '11111111-aaaa-4000-8000-000000000011', m.id, m.title, 'paid', false, 0, 50, now() - interval '40 days',
       now() - interval '70 days', now() - interval '40 days' + interval '2 hours'
  from public.modules m;
