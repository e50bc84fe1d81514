"""With which key the webhook's handler goes to Supabase, and which keys stand in the source."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from iahome_fix.checks.registry import check
from iahome_fix.errors import ToolError
from iahome_fix.facts.queries import of_database
from iahome_fix.facts.seen import Seen
from iahome_fix.i18n import N_, _
from iahome_fix.model import Finding, Kind, fail, ok, unknown, warn
from iahome_fix.schema import gap_words
from iahome_fix.settings import kinds
from iahome_fix.settings.replacing import Leaked, in_order, leaked, replacements
from iahome_fix.source import app as source_app
from iahome_fix.source.app import App
from iahome_fix.source.clients import PUBLIC, SERVER, SupabaseClient
from iahome_fix.source.edits import diff
from iahome_fix.source.own_client import is_handlers, with_server_key
from iahome_fix.source.variables import handlers_clients

_SECRET = re.compile(
    r"\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}|\bwhsec_[A-Za-z0-9+/=]{16,}|\bsb_secret_[\w-]{16,}"
    r"|\bsbp_[A-Za-z0-9]{16,}|\beyJ[\w-]{6,}\.eyJ[\w-]{6,}\.[\w-]{6,}"
)
_MARKS = ("sk_", "rk_", "whsec_", "sb_secret_", "sbp_", "eyJ")
_CROSSED_OUT = re.compile(r"(.)\1{7,}")
_MOST_SHOWN = 5


@check(
    "site.source-key",
    N_("the handler writes with the server's key"),
    after=("schema.profiles", "schema.modules", "schema.module-access"),
    queries=("checks/writers",),
)
def source_key(ctx: Seen) -> Finding:
    """Whatever the variables hold, the code decides which key the webhook's handler uses, for which project.

    Found by: the `createClient` that the handler's queries go through, followed through imports: the variable
    or the text that its key and its address come from. With the public key it fails where anon lacks a right
    or a policy that the handler needs; where anon has them all, or no SQL can be run, it is a warning. An
    address that is written into the source must be that of this project.
    Repair: in the code: SUPABASE_SERVICE_ROLE_KEY, on the server only; deploy it, then `reconcile`.
    Never: switch row level security off; open profiles or module_access to anon because of the handler.
    """
    app = source_app.app(ctx)
    handler = source_app.handler(app)
    clients = handlers_clients(app)
    if not clients:
        return unknown(_("which key {path} uses could not be read from the source").format(path=handler.path))
    facts: dict[str, Any] = {
        "clients": [{"at": c.where, "role": c.role, "written_in": c.written_in} for c in clients]
    }
    foreign = [c for c in clients if _other_project(ctx, c)]
    if foreign:
        return fail(
            _(
                "{where} goes to a project that is written into the source,"
                " not to the one of the configuration"
            ).format(where=foreign[0].where),
            hint=_("let the address and the key come from the variables, and deploy it"),
            **facts,
        )
    public = [c for c in clients if c.role == PUBLIC]
    if public:
        return _with_public_key(ctx, app, public[0], facts)
    if all(c.role == SERVER for c in clients):
        falls_back = next((c for c in clients if c.falls_back), None)
        if falls_back is not None:
            return ok(
                _("the server's key, and the public one where it is not set ({where})").format(
                    where=falls_back.where
                ),
                **facts,
            )
        return ok(_("the server's key ({where})").format(where=clients[0].where), **facts)
    return unknown(
        _("which key {where} uses could not be read from the source").format(
            where=next(c.where for c in clients if c.role != SERVER)
        ),
        **facts,
    )


@check("site.source-secrets", N_("no secret stands in the source"), kind=Kind.SECURITY)
def source_secrets(ctx: Seen) -> Finding:
    """What stands in the source goes to everyone with the repository, and from a page to every visitor.

    Found by: the look of what stands in the source files: service role JWTs, secret keys of Supabase and
    Stripe, signing secrets. Nothing is tried, and no key is shown. Repair: replace the key where it is made
    (it is known by now), in the order that the report gives (see env.public-leak), and read the new one from
    a variable of the server.
    Never: only delete the line; the key stays in git's history.
    """
    found = []
    secrets: list[Leaked] = []
    # No parser is needed to see them.
    for file in source_app.given(ctx) or source_app.app(ctx).whole:
        if not any(mark in file.text for mark in _MARKS):
            continue
        for match in _SECRET.finditer(file.text):
            if kinds.is_secret(match[0]) and not _CROSSED_OUT.search(match[0]):
                kind = kinds.kind_of(match[0])
                what = (
                    _("the service role key")
                    if kind is kinds.Kind.JWT
                    else kinds.in_words(kind or kinds.Kind.JWT)
                )
                line = file.text.count("\n", 0, match.start()) + 1
                found.append((f"{file.path}:{line}", what))
                secret = leaked("", match[0])
                secrets += [secret] if secret else []
    if not found:
        return ok(_("no secret was found in the source"))
    replaced = replacements(secrets, ctx.settings.project_ref)
    return fail(
        _("; ").join(
            _("{where} holds {kind}").format(where=where, kind=what) for where, what in found[:_MOST_SHOWN]
        ),
        hint=in_order(
            replaced,
            _("read it from a variable of the server in the source; git's history keeps the old one"),
        ),
        places=[where for where, _what in found],
        replace=[one.as_json() for one in replaced],
    )


def _other_project(ctx: Seen, client: SupabaseClient) -> bool:
    # A domain of one's own names no project that could be compared.
    ours = ctx.settings.supabase_ref
    if ours is None or client.address is None or client.address.variables or not client.address.text:
        return False
    try:
        theirs = urlsplit(client.address.text).hostname
    except ValueError:
        return False
    return bool(theirs) and str(theirs).endswith(".supabase.co") and theirs != f"{ours}.supabase.co"


def _with_public_key(ctx: Seen, app: App, client: SupabaseClient, facts: dict[str, Any]) -> Finding:
    sentence = (
        _("the handler goes to Supabase with the public key, which is written into {where}")
        if client.written_in
        else _("the handler goes to Supabase with the public key ({where})")
    ).format(where=client.where)
    hint = (
        _("use SUPABASE_SERVICE_ROLE_KEY there, on the server only; no right for anon is needed then")
        if is_handlers(app, client.file)
        else _(
            "others have this client, too, so leave it as it is: give the handler one of its own, with"
            " SUPABASE_SERVICE_ROLE_KEY; no right for anon is needed then"
        )
    )
    facts = {**facts, "diff": diff(with_server_key(app, client, app.handling().uses))}
    written = of_database.or_why(ctx, "checks/writers")
    if isinstance(written, ToolError):
        return warn(
            _("{sentence}; whether the database lets that key write is not known: {reason}").format(
                sentence=sentence, reason=written.message
            ),
            hint=hint,
            **facts,
        )
    obstacles = [gap_words.obstacle(row["obstacle"]) for row in written if row["role"] == "anon"]
    if not obstacles:
        return warn(
            _("{sentence}; it works only as long as the public may do what the handler does").format(
                sentence=sentence
            ),
            hint=hint,
            **facts,
        )
    return fail(
        _("{sentence}; under that key it grants nothing, without any error: {what}").format(
            sentence=sentence, what=", ".join(obstacles)
        ),
        hint=hint,
        obstacles=obstacles,
        **facts,
    )
