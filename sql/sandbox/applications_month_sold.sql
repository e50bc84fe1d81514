-- A sale of the weeks before, when the webhook of this version still got its events.
insert into public.user_applications
  (user_id, module_id, module_title, access_level, usage_count, max_usage, expires_at, created_at)
values ('11111111-aaaa-4000-8000-000000000011', 'cogstudio', 'Cogstudio', 'paid', 0, 50,
        now() + interval '10 days', now() - interval '20 days');
