"""D16, a decoy: a default, checks, a domain and a trigger that call what must not run in a diagnosis."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="each of the functions would tell that it ran in a transaction that only reads",
    inject=(
        sql(
            """
            create function public.acts() returns boolean language plpgsql as
            $$ begin return current_setting('transaction_read_only') = 'off'; end $$;
            create function public.acts_on(text) returns boolean language sql as $$ select public.acts() $$;
            create function public.same(text, text) returns boolean language sql as
            $$ select public.acts() $$;
            create function public.hidden() returns boolean language sql stable as $$ select public.acts() $$;
            create function public.locks() returns boolean language plpgsql stable as
            $$ begin
              return current_setting('transaction_read_only') = 'off' and pg_try_advisory_xact_lock_shared(1);
            end $$;
            create function public.far() returns boolean language plpgsql stable as
            $$ begin
              if current_setting('transaction_read_only') = 'on' then perform dblink_exec('', ''); end if;
              return true;
            end $$;
            create function public.stamped() returns text language plpgsql as
            $$ begin
              if not public.acts() then raise exception 'it ran'; end if;
              return 'x';
            end $$;
            create function public.passes() returns trigger language plpgsql as $$ begin return new; end $$;
            create operator public.### (function = public.same, leftarg = text, rightarg = text);
            create domain public.word as text check (public.acts_on(value));
            alter table public.module_access
              add column stamp text default public.stamped(), add column word public.word default 'x',
              add column seq serial;
            alter table public.module_access
              add constraint acts check (public.acts()),
              add constraint by_sign check (access_type::text operator(public.###) 'x'::text),
              add constraint far check (public.far()),
              add constraint hidden check (public.hidden()),
              add constraint locked check (public.locks()),
              add constraint numbered check (seq is not null),
              add constraint stamped_one check (stamp is not null);
            create trigger passes before insert on public.module_access
              for each row when (public.acts()) execute function public.passes()
            """
        ),
    ),
    cause=None,
    statuses={"schema.grant-accepted": "warn"},
    notes={
        "schema.grant-accepted": (
            "not tried: acts calls acts; not tried: by_sign calls acts; not tried: far calls far;"
            " not tried: hidden calls acts; not tried: locked calls locks;"
            " not tried: stamped_one calls stamped; not tried: passes calls acts; not tried: word calls acts"
        )
    },
    before={"carol": ["15"]},
)
