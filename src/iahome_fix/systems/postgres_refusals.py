"""Why a database gave no session, or broke one off, in words that an operator can act on."""

from __future__ import annotations

import re

from iahome_fix.command_lines import command_line
from iahome_fix.i18n import N_, _
from iahome_fix.masks import scrub
from iahome_fix.systems import acting, rehearsal
from iahome_fix.systems.database_errors import DatabaseUnreachable, Named, SqlError

_COPY = N_("copy the connection string again from Supabase, Connect")
_STATUS = N_("look at the project's status in Supabase; --timeout gives it longer")

_REFUSALS: tuple[tuple[str, tuple[str, ...], str, str | None], ...] = (
    (
        "password",
        ("password authentication failed", "no password supplied", "28p01"),
        N_("{label} refused the password of the database URL"),
        N_("copy the connection string again from Supabase, Connect; percent-encode special characters"),
    ),
    (
        "tenant",
        ("tenant or user not found", "enotfound", "enoidentifier", "no tenant identifier"),
        N_("the pooler at {label} does not know this project"),
        N_(
            "the user must be postgres.<project ref>, the host that of your region; a paused project is"
            " unknown to it, too"
        ),
    ),
    (
        "banned",
        ("ecircuitbreaker", "ebanned"),
        N_("the pooler at {label} refuses after too many wrong passwords"),
        N_("wait some minutes, then try with the right password"),
    ),
    (
        "tls-wanted",
        ("no pg_hba.conf entry.*no encryption",),
        N_("{label} takes no connection without TLS"),
        N_("take sslmode=disable out of the database URL (or PGSSLMODE out of the environment)"),
    ),
    (
        "not-allowed",
        ("eaddrnotallowed", "no pg_hba.conf entry"),
        N_("{label} does not let this machine, or this user, in"),
        N_("look at the network restrictions of the project (Supabase, Database settings)"),
    ),
    (
        "full",
        (
            "emaxc",
            "emaxp",
            "max client",
            "max pools",
            "echeckouttimeout",
            "epoolterminating",
            "too many",
            "connection slots",
        ),
        N_("all sessions of {label} are taken"),
        N_("try again in a minute"),
    ),
    (
        "starting",
        ("is starting up", "not yet accepting connections", "in recovery mode"),
        N_("the database at {label} is starting up"),
        N_("wait a minute, then run the same command again"),
    ),
    (
        "stopping",
        ("is shutting down", "terminating connection due to administrator command"),
        N_("the database at {label} is shutting down"),
        N_("wait until it is back (Supabase shows the project's status), then run the same command again"),
    ),
    (
        "no-database",
        ('database ".*" does not exist',),
        N_("there is no database of that name at {label}"),
        _COPY,
    ),
    (
        "no-role",
        ('role ".*" does not exist',),
        N_("{label} does not know the user of the database URL"),
        _COPY,
    ),
    (
        "dns",
        ("could not translate", "name or service not known", "nodename nor", "resolve", "getaddrinfo"),
        N_("the host of {label} has no address"),
        N_("a typing error, a paused or deleted project, or no network: look at the project in Supabase"),
    ),
    (
        "ipv6",
        ("network is unreachable", "cannot assign requested address"),
        N_("{label} is reachable over IPv6 only, and this network has none"),
        N_("use the session pooler's connection string (Supabase, Connect)"),
    ),
    ("timeout", ("timeout", "timed out"), N_("{label} did not answer within {seconds} s"), _STATUS),
    (
        "refused",
        ("refused",),
        N_("nothing listens at {label}"),
        N_("wrong port, a stopped server, or a ban after wrong passwords (Supabase, Database settings)"),
    ),
    (
        "not-postgres",
        ("invalid response to ssl", "expected authentication request", "received invalid response"),
        N_("what answers at {label} is not a PostgreSQL server"),
        N_("look at host and port of the database URL; the Data API's address is another one"),
    ),
    (
        "no-tls",
        ("does not support ssl",),
        N_(
            "{label} offers no TLS, and a database that is not on this machine is reached over TLS or not at"
            " all"
        ),
        N_(
            "Supabase offers it: is this the right host and port? on a network that you trust,"
            " sslmode=disable in the database URL does without"
        ),
    ),
    (
        "certificate",
        # A root of the same name that is another one shows as a signature that is wrong.
        ("certificate", "signature failure"),
        N_("{label} cannot prove that it is the right server: {reason}"),
        N_(
            "Supabase's own root certificate is not among the system's: download prod-ca-2021.crt (dashboard,"
            " Database settings, SSL configuration) and name it with sslrootcert=PATH in the database URL"
        ),
    ),
    (
        "tls",
        (
            "ssl error",
            "esslrequired",
            "esslhandshake",
            "ssl connection is required",
            "sslmode",
        ),
        N_("no secure connection to {label} could be made: {reason}"),
        N_("sslmode, sslrootcert and the like in the database URL decide about it"),
    ),
    (
        "closed",
        ("server closed the connection", "before or while processing", "connection reset"),
        N_("{label} closed the connection without an answer"),
        N_("is it the port of the database? look at the project's status in Supabase"),
    ),
)

_POOLER_CODE = re.compile(r"\s*(?:FATAL:\s*|ERROR:\s*)?\(E[A-Z]{4,}\) ")
_LEAD = re.compile(
    r"^(?:connection failed: )?(?:connection to server (?:at|on) .*? failed: )?(?:FATAL:\s*)?", re.DOTALL
)


def explain_connection(text: str, label: str, waited: float) -> DatabaseUnreachable:
    """Why no session could be had, told apart by what libpq and Supabase's pooler answer.

    `text` is the client's message, `label` host, port and database without credentials, `waited` seconds.
    Sources: Supavisor's error codes; supabase.com "Troubleshooting"; IPv6-only direct hosts.
    """
    low = text.lower()
    reason = scrub(_last_words(text))
    for word, signs, sentence, hint in _REFUSALS:
        if any(re.search(sign, low) for sign in signs):
            said = _(sentence).format(label=label, seconds=f"{waited:.0f}", reason=reason)
            return DatabaseUnreachable(word, said, _(hint) if hint else None)
    return DatabaseUnreachable(
        "other", _("no connection to {label}: {reason}").format(label=label, reason=reason), _(_COPY)
    )


def broken_off(state: str | None, text: str) -> DatabaseUnreachable | None:
    """The failure behind an SQLSTATE that means the session, not the statement; None for any other.

    08: connection exceptions. 57P: an operator, or the platform, ended the session. 25P03, 25P04: the server
    ended it, since a transaction was idle or lasted for too long. XX000 with a code of Supabase's pooler: it
    ended the session (supabase/supavisor, its errors). 57014: a limit of time.
    """
    if state == "XX000" and _POOLER_CODE.match(text):
        return DatabaseUnreachable(
            "lost",
            _("the pooler ended the session ({reason})").format(reason=scrub(_last_words(text))),
            _("what was not finished is rolled back by the database; run the same command again"),
        )
    if state is None or state.startswith(("08", "57P")) or state in ("25P03", "25P04"):
        return DatabaseUnreachable(
            "lost",
            _("the connection to the database was lost"),
            _("what was not finished is rolled back by the database; run the same command again"),
        )
    if state == "57014":
        return DatabaseUnreachable(
            "slow",
            _("the database did not finish a query in time ({reason})").format(reason=scrub(text)),
            _("nothing was changed; try at a quieter moment, or with a longer --timeout"),
        )
    return None


def as_error(state: str | None, text: str, named: Named | None = None) -> SqlError | DatabaseUnreachable:
    """What an error of the server means, by its SQLSTATE (None: it had none, the session is gone).

    `named`: what the server said beside the message.
    """
    lost = broken_off(state, text)
    if lost is not None:
        lost.within = named.functions if named else ()
        return lost
    if state == acting.MISSING_RIGHT:
        refusal = acting.missing_rights(text)
        if refusal is not None:
            return refusal
    if state in (rehearsal.ENDED, rehearsal.LASTING):
        word = rehearsal.ended(text) if state == rehearsal.ENDED else rehearsal.outlasting(text)
        if word is not None:
            return word
    if state == acting.NOT_ASKED:
        return DatabaseUnreachable(
            "not-tried",
            _("nothing was tried as a role of the API: its rights could not be looked up ({reason})").format(
                reason=scrub(text)
            ),
        )
    error = SqlError(str(state), scrub(text), named)
    if state == "42501" and "affected by row-level security" in text:
        error.hint = _(
            "this database user sees only the rows that a policy lets it see, so nothing is concluded from"
            " them: use the connection string of the role postgres"
        )
    if state == "42P01":
        error.hint = _("{command} says which tables are missing, and what makes them").format(
            command=command_line("doctor")
        )
    return error


def _last_words(text: str) -> str:
    """The last attempt's reason, without where it was made: the sentence names that already."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return _LEAD.sub("", lines[-1])[:200].strip() if lines else "?"
