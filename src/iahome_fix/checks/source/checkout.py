"""What the checkout tells Stripe about a purchase, and what the webhook's handler wants to be told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from iahome_fix.checks.registry import check
from iahome_fix.facts.seen import Seen
from iahome_fix.i18n import N_, _
from iahome_fix.model import Finding, fail, ok, warn
from iahome_fix.source import app as source_app
from iahome_fix.source.files import SourceFile
from iahome_fix.source.lexer import Sort
from iahome_fix.source.syntax import Literal, Stream, literal, name_of

# A source may put the module into the session under a name that no deployed version of the app has used yet.
_MODULE_KEY = re.compile(r"(?:items?|modules?)_?[iI]ds?|items|modules?")


@dataclass(frozen=True)
class Checkouts:
    """One `checkout.sessions.create`: the keys of its metadata; `whole` when these are all."""

    file: SourceFile
    line: int
    keys: frozenset[str]
    whole: bool

    @property
    def where(self) -> str:
        return f"{self.file.path}:{self.line}"

    @property
    def module_keys(self) -> frozenset[str]:
        return _naming(self.keys)


@check("site.source-metadata", N_("the handler reads the metadata that the checkout writes"))
def source_metadata(ctx: Seen) -> Finding:
    """The module travels in the session's metadata; under a key that the handler does not read it gets lost.

    Found by: the keys of `metadata` in every `checkout.sessions.create` of the source against those that the
    webhook's handler reads. Metadata of payment_intent_data or subscription_data does not count: it is not on
    the session. Checkouts that name no module (token packs) are left out. Where one checkout fits and another
    does not, it is a warning. Repair: let the handler read every key that was ever written, deploy it, then
    `reconcile`. Never: edit the metadata of paid sessions to have the handler run once more.
    """
    app = source_app.app(ctx)
    handler = source_app.handler(app)
    read = frozenset(key for file in app.of_handler for key in _read_keys(file))
    wanted = _naming(read)
    made = [found for file in app.checkout for found in checkouts(file)]
    naming = [found for found in made if found.module_keys]
    facts: dict[str, Any] = {
        "handler_reads": sorted(read),
        "checkouts": [{"at": found.where, "keys": sorted(found.keys)} for found in made],
    }
    if not naming:
        return ok(_("no checkout in the source names a module, so there is nothing to compare"), **facts)
    if not wanted:
        return warn(
            _(
                "the handler ({handler}) reads no key that names a module;"
                " the checkout writes {keys} ({where})"
            ).format(handler=handler.path, keys=_listed(naming), where=naming[0].where),
            hint=_("if it hands the session on to something else, look there"),
            **facts,
        )
    lost = [found for found in naming if found.whole and not found.module_keys & wanted]
    if not lost:
        return ok(
            _("both know the key {keys}").format(keys=", ".join(sorted(wanted & _all(naming)))), **facts
        )
    return (fail if len(lost) == len(naming) else warn)(
        _("the checkout writes {keys} ({where}), while the handler reads {wanted} ({handler})").format(
            keys=_listed(lost),
            where="; ".join(found.where for found in lost[:3]),
            wanted=", ".join(sorted(wanted)),
            handler=handler.path,
        ),
        hint=_("let the handler read both; reconcile understands {keys}").format(
            keys=", ".join(ctx.profile.checkout.modules)
        ),
        **facts,
    )


def _naming(keys: Iterable[str]) -> frozenset[str]:
    """Those of the keys that name a module."""
    return frozenset(key for key in keys if _MODULE_KEY.fullmatch(key))


def checkouts(file: SourceFile) -> Iterator[Checkouts]:
    """Every Checkout Session that the file makes."""
    if "sessions" not in file.text:
        return
    for stream in file.streams:
        for bracket in stream.calls("checkout", "sessions", "create"):
            arguments = stream.arguments(bracket)
            if arguments:
                keys, whole = _metadata(stream, arguments[0])
                yield Checkouts(file, stream.tokens[bracket].line, keys, whole)


def _metadata(stream: Stream, span: range) -> tuple[frozenset[str], bool]:
    """The keys of the session's own metadata, and whether all of them could be read."""
    session = _literal(stream, span)
    if session is None:
        return frozenset(), False
    entry = session.get("metadata")
    if entry is None:
        return frozenset(), session.whole
    found = _literal(stream, entry.value) if entry.value else _literal_of_name(stream, "metadata", span.start)
    name = name_of(stream, entry.value) if entry.value else "metadata"
    added = frozenset(_assigned(stream, name)) if name else frozenset()
    if found is None:
        return added, False
    return found.keys | added, found.whole


def _literal(stream: Stream, span: range) -> Literal | None:
    name = name_of(stream, span)
    return _literal_of_name(stream, name, span.start) if name else literal(stream, span)


def _literal_of_name(stream: Stream, name: str, before: int) -> Literal | None:
    given = stream.given(name, before)
    return literal(stream, given) if given else None


def _assigned(stream: Stream, name: str) -> Iterator[str]:
    """Keys in `name.key = …` and `name['key'] = …`."""
    for place in stream.find(name):
        key, after = _key_behind(stream, place + 1)
        if key is not None and stream.sign(after, "="):
            yield key


def _read_keys(file: SourceFile) -> Iterator[str]:
    """The metadata keys that the file reads, whatever it calls the metadata."""
    if "metadata" not in file.text:
        return
    for stream in file.streams:
        aliases = [name for name, span in stream.names_given() if _is_metadata(stream, span)]
        for name in dict.fromkeys(("metadata", *aliases)):
            for place in stream.find(name):
                key, after = _key_behind(stream, place + 1)
                if key is not None and not stream.sign(after, "="):
                    yield key
        yield from _destructured(stream)


def _destructured(stream: Stream) -> Iterator[str]:
    """Keys in `const { key, other: name = '' } = … metadata`."""
    for place in range(len(stream)):
        if not (stream.name(place, "const", "let", "var") and stream.sign(place + 1, "{")):
            continue
        end = stream.end(place + 1)
        line = stream.tokens[end].line if end < len(stream) else 0
        value = [p for p in range(end + 2, min(end + 20, len(stream))) if stream.tokens[p].line <= line + 1]
        if stream.sign(end + 1, "=") and any(stream.name(p, "metadata") for p in _statement(stream, value)):
            for part in stream.arguments(place + 1):
                if part and stream.name(part.start):
                    yield stream.tokens[part.start].value


def _statement(stream: Stream, places: Iterable[int]) -> Iterator[int]:
    for place in places:
        if stream.sign(place, ";") or stream.name(place, "const", "let", "var", "if", "return"):
            return
        yield place


def _is_metadata(stream: Stream, span: range) -> bool:
    """Whether the span ends in `.metadata`, with or without `|| {}` and casts."""
    for place in span:
        if stream.name(place, "metadata") and stream.sign(place - 1, ".", "?."):
            following = stream.at(place + 1)
            return place + 1 >= span.stop or not (following and following.value in (".", "?.", "["))
    return False


def _key_behind(stream: Stream, place: int) -> tuple[str | None, int]:
    """The key in `.key`, `?.key`, `!.key`, `['key']` that begins at `place`, and where it ends."""
    if stream.sign(place, "!"):
        place += 1
    if stream.sign(place, ".", "?.") and stream.name(place + 1):
        return stream.tokens[place + 1].value, place + 2
    if stream.sign(place, "?."):
        place += 1
    token = stream.at(place + 1)
    if (
        stream.sign(place, "[")
        and token is not None
        and token.sort is Sort.TEXT
        and stream.sign(place + 2, "]")
    ):
        return token.value, place + 3
    return None, place


def _all(found: Iterable[Checkouts]) -> frozenset[str]:
    return frozenset(key for one in found for key in one.module_keys)


def _listed(found: Iterable[Checkouts]) -> str:
    return ", ".join(sorted(_all(found)))
