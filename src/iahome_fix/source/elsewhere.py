"""How a handler may write without supabase-js: a driver, an ORM, a queue, another service."""

from __future__ import annotations

import re
from collections.abc import Iterator

from iahome_fix.source.files import SourceFile
from iahome_fix.source.following import Placed
from iahome_fix.source.handling.model import Handler
from iahome_fix.source.nodes import arguments, called, calls, literal, path_of, template_of, text_of

_PACKAGES = re.compile(
    r"(?:drizzle-orm|kysely|knex|pg|postgres|slonik|typeorm|sequelize|objection|mysql2|mongoose|mongodb|prisma"
    r"|inngest|bullmq|bull|amqplib|kafkajs|convex|firebase-admin|graphql-request)(?:/.*)?"
    r"|@(?:prisma|neondatabase|mikro-orm|databases|xata\.io|planetscale|upstash|trigger\.dev|aws-sdk"
    r"|google-cloud|apollo|trpc|temporalio|libsql|cloudflare)/.*"
    r"|@vercel/(?:postgres|kv|queue)"
)
"""Packages through which something is written, or handed to somebody who writes."""
_REQUESTS = ("fetch", "axios", "ky", "got", "post", "put", "request")
_SENT = ("POST", "PUT", "PATCH")
_HTTP = re.compile(r"https?://|\$\{\}")
_OWN = re.compile(r"(?:\A|\$\{\}|\Ahttps?://[^/]+)/api/")


def other_ways(handler: Handler) -> Iterator[tuple[str, str]]:
    """What else the handler may write through, and where that stands."""
    for file in handler.files:
        for specifier in file.specifiers:
            if _PACKAGES.fullmatch(specifier.removeprefix("npm:")) or _is_missing(handler, file, specifier):
                yield specifier, file.path
    for part in handler.parts:
        for call in calls(part.node, *_REQUESTS, "invoke"):
            to = _sent_to(Placed(part.file, call))
            if to is not None:
                yield to, part.file.at(call)


def _is_missing(handler: Handler, file: SourceFile, specifier: str) -> bool:
    """Whether a file of the checkout itself is not there: generated clients are not kept in git."""
    if not specifier.startswith((".", "@/", "~/", "#")) or "." in specifier.rpartition("/")[2]:
        return False
    return handler.checkout.resolve(file, specifier) is None


def _sent_to(at: Placed) -> str | None:
    """`fetch('https://…', { method: 'POST' })` of something that is no route of the app, and
    `functions.invoke('…')`.
    """
    given = arguments(at.node)
    path = path_of(at.node.get("function")) or ()
    if called(at.node) == "invoke":
        return ".".join(path[-2:]) if path[-2:-1] == ("functions",) else None
    text = template_of(given[0]) if given else None
    if text is None or not _HTTP.match(text) or _OWN.search(text):
        return None
    options = literal(given[1]) if len(given) > 1 else None
    method = options.get("method") if options is not None else None
    sends = called(at.node) in ("post", "put") or (
        method is not None and (text_of(method.value) or "").upper() in _SENT
    )
    return f"{called(at.node)}()" if sends else None
