"""D10, a decoy: triggers that stamp, guard and react, and none refuses a purchase."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="each of them has its raise or its return null, where the handler never comes",
    inject=(
        sql(
            """
            create function public.guard() returns trigger language plpgsql as $$
            declare
              held integer;
            begin
              new.updated_at := now();
              new.access_type := coalesce(new.access_type, 'purchase');
              if new.access_type = 'token' then
                if new.token_id is null then raise exception 'a token has an id'; end if;
              elsif new.user_id is null then
                return null;
              else
                raise notice 'a purchase';
              end if;
              select count(*) into held from public.module_access a where a.user_id = new.user_id;
              if held > 100 then raise exception 'too many'; end if;
              return new;
            end $$;
            create function public.stop() returns trigger language plpgsql as
            $$ begin raise exception 'stop'; end $$;
            create function public.nothing() returns trigger language plpgsql as
            $$ begin return null; end $$;
            create trigger guard before insert or update on public.module_access
              for each row execute function public.guard();
            create trigger stop_tests before insert on public.module_access
              for each row when (new.access_type = 'test') execute function public.stop();
            create trigger stopped before insert on public.module_access
              for each row execute function public.stop();
            alter table public.module_access disable trigger stopped;
            create trigger noted after insert on public.module_access
              for each row execute function public.nothing();
            create trigger kept before delete on public.module_access
              for each row execute function public.stop()
            """
        ),
    ),
    cause=None,
    before={"carol": ["15"]},
)
