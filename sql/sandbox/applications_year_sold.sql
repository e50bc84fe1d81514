-- A sale of the weeks before, when the webhook of this version still got its events.
insert into public.user_applications
  (user_id, module_id, module_title, access_level, is_active, expires_at, created_at)
values ('11111111-aaaa-4000-8000-000000000011', 6, 'Cogstudio', 'basic', true,
        timezone('utc', now()) + interval '1 year' - interval '20 days', timezone('utc', now()) - interval '20 days');
