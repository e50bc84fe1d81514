"""What refuses a request before any table is looked at: each reason with its own repair.

Codes: PostgREST, "Errors" (PGRST0 connection, PGRST3 tokens); Supabase, "HTTP status codes" (402, 540, 544).
Of the fields of an error only `code` and `message` are asked for: PostgREST 16 may leave out the others.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from iahome_fix.checks.supabase import pre_request
from iahome_fix.checks.supabase.api_settings import of_every_request
from iahome_fix.facts.data_api import second_reply
from iahome_fix.facts.queries import of_database
from iahome_fix.i18n import N_, _, joined

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen
    from iahome_fix.systems.data_api import Reply

QUERIES = ("checks/who_am_i", "checks/api_roles")

_NOT_SERVED: dict[str, tuple[str, str]] = {
    "PGRST000": (
        N_("the Data API cannot log in to the database ({code})"),
        N_(
            "may the role authenticator log in, with the password that the platform gave it? restart the"
            " project (Supabase dashboard, Project Settings, General), which sets it anew"
        ),
    ),
    "PGRST001": (
        N_("the Data API has no connection to the database ({code})"),
        N_("restart the project (Supabase dashboard, Project Settings, General)"),
    ),
    "PGRST002": (
        N_("the Data API cannot read the schema, and answers nothing else before it has ({code})"),
        N_(
            "restart the Data API: Supabase dashboard, Project Settings, General, Restart project; or wait,"
            " if it was restarted just now"
        ),
    ),
    "PGRST003": (
        N_("all connections of the Data API are taken ({code})"),
        N_(
            "what holds them, in the SQL editor: select pid, state, wait_event_type, now() - xact_start as"
            " since, query from pg_stat_activity where usename = 'authenticator' order by 4 desc nulls last"
        ),
    ),
    "PGRST300": (
        N_("the Data API has lost the secret that tokens are verified with ({code}): no key is the reason"),
        N_(
            "restart the project (Supabase dashboard, Project Settings, General); if it stays so, ask"
            " Supabase"
        ),
    ),
    "402": (
        N_("the project is restricted, by its quota or a bill (402): {message}"),
        N_("Supabase dashboard, Organization, Billing and Usage; no key and no table is the reason"),
    ),
}
_GATEWAY_DOWN = ("502", "503", "504", "520", "521", "522", "523", "524", "525", "526", "530", "544", "546")
_STATUS = N_("look at the project's status in the Supabase dashboard: starting, paused or overloaded")
_SERVES_NOBODY = {
    "42501": N_("in the SQL editor: grant anon, authenticated, service_role to authenticator"),
    "PGRST106": N_("Project Settings, Data API, Exposed schemas: the schema public has to be among them"),
    "57014": N_(
        "a time limit of the roles ends every request: select rolname, rolconfig from pg_roles where rolname"
        " in ('authenticator', 'service_role')"
    ),
}
_AT_THIS_MOMENT = N_(
    "the database starts or stops at this moment: wait a minute, then run the same command again; if it stays"
    " so, look at the project's status in the Supabase dashboard"
)
_OF_THE_SERVER = {
    "53300": N_(
        "all connections of the database are taken; to see who holds them, in the SQL editor: select usename,"
        " state, count(*) from pg_stat_activity group by 1, 2 order by 3 desc"
    ),
    "53100": N_("the disk of the database is full: Supabase dashboard, Project Settings, Compute and Disk"),
    "53200": N_("the database has no memory left: Supabase dashboard, Project Settings, Compute and Disk"),
    **dict.fromkeys(("57P01", "57P02", "57P03"), _AT_THIS_MOMENT),
}
"""What the server says of itself (PostgreSQL, "Error Codes", classes 53 and 57), whoever asks."""
_OF_THE_PROJECT = N_(
    "it is not about a table: look at the project's settings (Data API), and for a pre-request function:"
    " select setconfig from pg_db_role_setting where setrole = 'authenticator'::regrole"
)
_IN_FRONT = {
    "402": _NOT_SERVED["402"][1],
    "403": N_("something in front of the Data API refuses this machine: network restrictions, or a proxy"),
    "404": N_("nothing is served at this address: compare it with the project's URL (Settings, Data API)"),
    "429": N_("too many requests at this moment: wait a minute, then run the same command again"),
}
_OF_THE_SERVICE = N_(
    "an error of the service itself, for which no key is the reason: look at the project's status in the"
    " Supabase dashboard, then run the same command again"
)
_SERVICE = re.compile(r"5\d\d|408")
_ABOUT_A_KEY = re.compile(r"api ?key|jwt|token|signature|unauthori[sz]ed|credential", re.IGNORECASE)
_ABOUT_A_TABLE = re.compile(r"\b(?:relation|table|view|column|sequence|schema)\b", re.IGNORECASE)
_TOKEN = ("PGRST301", "PGRST302", "PGRST303")
_AHEAD = re.compile(r"future|not yet valid", re.IGNORECASE)


def not_served(ctx: Seen, reply: Reply) -> tuple[str, str] | None:
    """What is wrong and what to do, where nobody's request is served, whatever its key; else None."""
    code = reply.code or ""
    known = _NOT_SERVED.get(code)
    if known is None and not (code in _GATEWAY_DOWN or code.startswith("PGRSTX")):
        return None
    sql_works = code != "402" and _sql_works(ctx)
    if known is not None:
        said, hint = _(known[0]).format(code=code, message=reply.message), _(known[1])
    elif sql_works:
        said = _("{host} answers {code}: its Data API does not run").format(
            host=ctx.settings.supabase_host, code=code
        )
        hint = _("restart the project (Supabase dashboard, Project Settings, General), or wait if it starts")
    else:
        host = ctx.settings.supabase_host
        said = _("{host} answers, but its database does not ({code})").format(host=host, code=code)
        hint = _(_STATUS)
    if not sql_works:
        return said, hint
    said = _("{said}; the database itself answers SQL").format(said=said)
    reasons = of_every_request(ctx)
    if reasons:
        statements = "; ".join([*(statement for _words, statement in reasons), pre_request.RELOAD])
        said = joined(said, *(words for words, _statement in reasons))
        hint = _("in the SQL editor: {statements}; then {hint}").format(statements=statements, hint=hint)
    return said, hint


def refuses_every_request(ctx: Seen, reply: Reply) -> tuple[str, str] | None:
    """What is wrong and what to do, where an error comes before any table: the role, the schema, a limit of
    time, a pre-request function; else None."""
    if not (_serves_nobody(reply) or _whatever_table(ctx, reply)):
        return None
    of_server = reply.code in _OF_THE_SERVER
    before = pre_request.refuses(ctx, reply) if _may_be_a_function(reply) and not of_server else None
    if before:
        return before
    return (
        _("the Data API refuses every request of the server: {reason} ({code})").format(
            reason=reply.message, code=reply.code
        ),
        _({**_SERVES_NOBODY, **_OF_THE_SERVER}.get(reply.code or "", _OF_THE_PROJECT)),
    )


def refuses_key(reply: Reply) -> bool:
    """Whether the key itself was refused, by the gateway or as a token: the answer has to say so."""
    code = reply.code or ""
    if code in ("gateway", "401", "403"):
        return _ABOUT_A_KEY.search(reply.message) is not None
    return code in _TOKEN and not _AHEAD.search(reply.message)


def turned_away(reply: Reply) -> str:
    """What came from the gateway, or something in front of it, in place of an answer."""
    return _("the Data API answered in an unexpected way: {code} {reason}").format(
        code=reply.code, reason=reply.message
    )


def hint_of(reply: Reply) -> str | None:
    """What to do about such an answer, where its status says so."""
    if reply.code in _TOKEN:
        return _("a clock is ahead of the other: wait a minute, then run the same command again")
    code = "403" if reply.code == "gateway" else reply.code or ""
    said = _IN_FRONT.get(code) or (_OF_THE_SERVICE if _SERVICE.fullmatch(code) else None)
    return _(said) if said else None


def _serves_nobody(reply: Reply) -> bool:
    if reply.code == "42501":
        return "set role" in reply.message
    return reply.code in ("PGRST106", "25006", "22023", "57014", "55P03") or (reply.code or "").startswith(
        ("P0", "PT")
    )


def _whatever_table(ctx: Seen, reply: Reply) -> bool:
    """The same error of the database for two tables, none of which it names: it comes before either."""
    code = reply.code or ""
    if len(code) != 5 or not code.isalnum() or code.isalpha() or _ABOUT_A_TABLE.search(reply.message):
        return False
    again = second_reply(ctx)
    return (again.code, again.message) == (reply.code, reply.message)


def _may_be_a_function(reply: Reply) -> bool:
    return reply.code not in ("PGRST106", "25006", "22023") and "set role" not in reply.message


def _sql_works(ctx: Seen) -> bool:
    return of_database.or_none(ctx, "checks/who_am_i") is not None
