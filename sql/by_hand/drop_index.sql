-- A unique index of module_access (INDEX_NAME), taken away with its constraint, if it has one.
alter table public.module_access drop constraint if exists INDEX_NAME; drop index if exists public.INDEX_NAME
