"""The same test for every reader of every system: an answer that is none is an unexpected response.

Real clients talk to the real stand-ins through a proxy that damages one answer. Nothing of what came is ever
shown, nothing is taken for empty, and what was asked is named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from iahome_fix.errors import COULD_NOT_TELL, CouldNotTell
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.repairs.api import tables as api_tables
from iahome_fix.sandbox.databases import DatabaseFactory
from iahome_fix.sandbox.gateway import Gateway
from iahome_fix.sandbox.keys import project_ref
from iahome_fix.sandbox.loopback import Response
from iahome_fix.sandbox.management import ManagementServer
from iahome_fix.sandbox.postgrest import PostgrestProcess
from iahome_fix.sandbox.stripe import StripeStandIn, StripeState
from iahome_fix.systems import api_rows, copied_tables, project_logs
from iahome_fix.systems.data_api import DataApi
from iahome_fix.systems.embedded.dsn import dsn_with
from iahome_fix.systems.management import ManagementDatabase
from iahome_fix.systems.management_http import ManagementApi
from iahome_fix.systems.stripe_account import StripeAccount
from iahome_fix.systems.stripe_objects import COMPLETED
from tests.cli.api_support import many_tokens, paste
from tests.damage import DAMAGES, Damage, Proxy, changed
from tests.sessions import execute

KEYS = MODULE_ACCESS.checkout

NOW = datetime.now(UTC)
SINCE = NOW - timedelta(days=20)
SECRET = "sign in"


class World:
    """The systems, each behind a proxy, and the clients in front of those."""

    def __init__(self, stack: ExitStack, dsn: str, postgrest: PostgrestProcess, login: str) -> None:
        gateway = stack.enter_context(
            Gateway(
                dsn=login, postgrest_url=postgrest.url, jwt_secret=postgrest.jwt_secret, ref=project_ref()
            )
        )
        management = stack.enter_context(ManagementServer(dsn=dsn, ref=gateway.ref, gateway=gateway))
        self.dsn = dsn
        self.state = StripeState()
        stripe = stack.enter_context(StripeStandIn(self.state))
        self.proxies = {
            name: stack.enter_context(Proxy(url))
            for name, url in (("api", gateway.url), ("stripe", stripe.url), ("management", management.url))
        }
        self.api = DataApi(self.proxies["api"].url, gateway.service_key, timeout=10)
        self.account = StripeAccount(
            self.state.add_key("live"),
            keys=KEYS,
            base_url=self.proxies["stripe"].url,
            timeout=10,
        )
        self.management = ManagementApi(
            self.proxies["management"].url, management.token, management.ref, timeout=10
        )
        self.database = ManagementDatabase(self.management, timeout=10)
        self.endpoint = self.state.add_endpoint(
            url="https://iahome.fr/api/webhooks/stripe", enabled_events=[COMPLETED]
        ).id
        for number in range(5):
            sold = self.state.complete_checkout(
                created=NOW - timedelta(hours=number + 1), metadata={"items_ids": "6"}
            )
        self.event = str(sold.event["id"])
        for client in (self.api, self.account, self.management):
            stack.callback(client.close)

    def pages(self) -> list[Any]:
        with closing(self.account.session_pages(SINCE)) as pages:
            return [session for page in pages for session in page]


@pytest.fixture(scope="module")
def world(databases: DatabaseFactory, postgrest_binary: Any) -> Iterator[World]:
    dsn = databases.create()
    paste(dsn)
    execute(dsn, "insert into public.modules (id, title, price) values (6, 'Cogstudio', 9.90)")
    many_tokens(dsn, 5)
    execute(
        dsn,
        "insert into public.module_access (user_id, module_id)"
        " select 'u' || n, 6 from generate_series(1, 5) n",
    )
    login = dsn_with(dsn, user="authenticator")
    with ExitStack() as stack:
        yield World(stack, dsn, stack.enter_context(PostgrestProcess(postgrest_binary, login)), login)
    databases.drop(dsn)


def copied(world: World, table: str) -> list[Any]:
    """The rows that a copy is made of."""
    return [
        row
        for page in api_rows.pages(world.api, table, copied_tables.asked(table, MODULE_ACCESS))
        for row in page
    ]


Reader = Callable[[World], Any]
READERS: dict[str, tuple[str, str, str, Reader]] = {
    "api: one read": ("api", "GET", "/modules", lambda w: w.api.select("modules", "id")),
    "api: a read of all columns": ("api", "GET", "/module_access", lambda w: w.api.select("module_access")),
    "api: tokens": ("api", "GET", "/access_tokens", lambda w: copied(w, "access_tokens")),
    "api: accesses": ("api", "GET", "/module_access", lambda w: copied(w, "module_access")),
    "api: modules": ("api", "GET", "/modules", lambda w: copied(w, "modules")),
    "api: profiles": ("api", "GET", "/profiles", lambda w: copied(w, "profiles")),
    "api: active accesses": ("api", "GET", "/module_access", lambda w: api_tables.active(w.api)),
    "api: by ids": (
        "api",
        "GET",
        "/module_access",
        lambda w: list(api_rows.by_ids(w.api, "module_access", "id,is_active", [1, 2])),
    ),
    "api: the schema": ("api", "GET", "/rest/v1/", lambda w: w.api.served_types()),
    "api: what is needed": ("api", "GET", "/rest/v1/", lambda w: w.api.needed_columns("module_access")),
    "api: an insert": (
        "api",
        "POST",
        "/module_access",
        lambda w: api_rows.insert(
            w.api, "module_access", [{"user_id": "n", "module_id": 6, "is_active": False}]
        ),
    ),
    "api: an update": (
        "api",
        "PATCH",
        "/module_access",
        lambda w: api_rows.update(w.api, "module_access", {"access_type": "x"}, {"id": 1}),
    ),
    "stripe: the key": ("stripe", "GET", "/v1/checkout/sessions", lambda w: w.account.check_key()),
    "stripe: endpoints": ("stripe", "GET", "/v1/webhook_endpoints", lambda w: w.account.endpoints()),
    "stripe: one endpoint": ("stripe", "GET", "", lambda w: w.account.endpoint(w.endpoint)),
    "stripe: destinations": (
        "stripe",
        "GET",
        "/v2/core/event_destinations",
        lambda w: w.account.destinations(),
    ),
    "stripe: sessions": ("stripe", "GET", "/v1/checkout/sessions", lambda w: w.account.sessions(SINCE)),
    "stripe: many sessions": ("stripe", "GET", "/v1/checkout/sessions", lambda w: w.pages()),
    "stripe: newest": ("stripe", "GET", "/v1/checkout/sessions", lambda w: w.account.newest_sessions()),
    "stripe: events": ("stripe", "GET", "/v1/events", lambda w: w.account.events((COMPLETED,), SINCE)),
    "stripe: one event": ("stripe", "GET", "", lambda w: w.account.stored_event(w.event)),
    "stripe: a right": ("stripe", "GET", "", lambda w: w.account.allows("/v1/events/evt_none0")),
    "management: rows": (
        "management",
        "POST",
        "/read-only",
        lambda w: [row["one"] for row in w.database.read("select 1 as one")],
    ),
    "management: logs": (
        "management",
        "GET",
        "/logs",
        lambda w: project_logs.read(w.management, NOW - timedelta(hours=1), NOW),
    ),
    "management: what the server asked": (
        "management",
        "GET",
        "/logs",
        lambda w: list(project_logs.by_the_server(w.management, NOW, 1)),
    ),
    "management: who changed accesses": (
        "management",
        "GET",
        "/logs",
        lambda w: list(project_logs.changes(w.management, NOW, 1)),
    ),
}


def unexpected(world: World, reader: str, damage: Damage, after: int = 0) -> CouldNotTell:
    """What a reader says of an answer that was damaged."""
    system, method, path, read = READERS[reader]
    proxy = world.proxies[system]
    proxy.strike(damage, path, method=method, after=after)
    try:
        with pytest.raises(CouldNotTell) as caught:
            read(world)
    finally:
        proxy.heal()
    assert proxy.struck, "the answer was damaged"
    said = caught.value
    assert said.exit_code == COULD_NOT_TELL
    assert said.code == "unexpected-response"
    assert said.message.startswith("unexpected response: asked for "), said.message
    assert SECRET not in said.message, "its content is never shown"
    assert said.hint
    return said


@pytest.mark.parametrize("reader", READERS)
def test_what_is_no_answer_is_never_taken_for_an_empty_one(world: World, reader: str) -> None:
    before = execute(world.dsn, "select count(*) from public.module_access")
    assert READERS[reader][3](world) is not False, "undamaged, it reads"
    for name, damage in DAMAGES.items():
        # A write that asks for nothing back is answered with nothing.
        if reader == "api: an insert" and name in ("empty body", "truncated"):
            continue
        said = unexpected(world, reader, damage)
        assert "bytes" in said.message or " MB" in said.message, name
    if reader != "api: an insert":
        assert execute(world.dsn, "select count(*) from public.module_access") == before


def test_what_came_is_said_by_kind_and_length(world: World) -> None:
    for name, words in {
        "html": "HTML (",
        "truncated": "truncated JSON (",
        "null": "null instead of a list (4 bytes) with status 200",
        "number": "a number instead of a list (2 bytes)",
        "empty body": "nothing (0 bytes)",
        "utf-16": "UTF-16",
        "byte order mark": "byte order mark",
        "latin-1": "no UTF-8",
        "brackets": "nested too deeply (20,000 bytes)",
        "names twice": "a name stands twice",
        "nan": "a number that is none",
        "infinity": "a number that is none",
        "other columns": "an object without id",
        "odd refusal": "HTML (15 bytes) with status 403",
    }.items():
        said = unexpected(world, "api: one read", DAMAGES[name]).message
        assert words in said, (name, said)
        assert "GET 127.0.0.1/rest/v1/modules" in said


def _answering(document: Any) -> Damage:
    return changed(lambda _document: document)


def _each(**fields: Any) -> Damage:
    return changed(lambda rows: [row | fields for row in rows])


def _without(name: str) -> Damage:
    return changed(lambda rows: [{key: value for key, value in row.items() if key != name} for row in rows])


ROWS: dict[str, Damage] = {
    "a column more": _each(colour="blue"),
    "a column less": _without("expires_at"),
    "no id": _without("id"),
    "an id of nothing": _each(id=None),
    "a number for yes or no": _each(is_active=1),
    "a text for yes or no": _each(is_active="true"),
    "a number for a time": _each(expires_at=5),
    "a number for a text": _each(user_id=5),
    "the same id": _each(id=1),
    "out of order": changed(lambda rows: rows[::-1]),
    "more than asked for": changed(
        lambda rows: [{**rows[0], "id": 10_000 + number} for number in range(1500)]
    ),
    "a row that is left out": changed(lambda rows: rows[:-1]),
    "a count of others": changed(lambda rows: rows, **{"content-range": "0-7/*"}),
    "a total of less": changed(lambda rows: rows, **{"content-range": "0-4/2"}),
    "a count of nothing": changed(lambda rows: rows, **{"content-range": "*/*"}),
    "rows for nothing": changed(lambda _rows: [], **{"content-range": "0-4/5"}),
    "nothing of five": changed(lambda _rows: [], **{"content-range": "*/5"}),
    "no range at all": changed(lambda rows: rows, **{"content-range": "many"}),
}


@pytest.mark.parametrize("damage", ROWS)
def test_rows_are_held_against_what_was_asked_for(world: World, damage: str) -> None:
    unexpected(world, "api: accesses", ROWS[damage])


def test_a_page_that_comes_again_is_none(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_rows, "PAGE", 2)
    assert len(copied(world, "module_access")) >= 5
    first: list[Response] = []
    proxy = world.proxies["api"]

    def again(answer: Response) -> Response:
        first.append(answer)
        return first[0]

    proxy.strike(again, "/module_access")
    with pytest.raises(CouldNotTell, match="unexpected response"):
        copied(world, "module_access")
    assert proxy.struck == 2
    proxy.heal()
    for damage in (DAMAGES["truncated"], DAMAGES["null"], DAMAGES["object"], DAMAGES["no content"]):
        unexpected(world, "api: accesses", damage, after=1)


def test_other_rows_than_were_asked_for(world: World) -> None:
    unexpected(world, "api: by ids", changed(lambda rows: [row | {"id": row["id"] + 2} for row in rows]))
    unexpected(world, "api: an update", changed(lambda rows: [row | {"id": 4} for row in rows]))


def _items(change: Callable[[list[Any]], list[Any]]) -> Damage:
    return changed(lambda answer: {**answer, "data": change(answer["data"])})


def _item(**fields: Any) -> Damage:
    return _items(lambda items: [{**item, **fields} for item in items])


def _charged(**fields: Any) -> Damage:
    charge = {"amount": 1, "amount_refunded": 0, "refunded": False, "disputed": False, "created": 1, **fields}
    return _item(payment_intent={"id": "pi_1", "latest_charge": charge})


LISTS: dict[str, Damage] = {
    "no list": changed(lambda answer: {**answer, "object": "event"}),
    "no word of more": changed(lambda a: {key: value for key, value in a.items() if key != "has_more"}),
    "more, and nothing": changed(lambda answer: {**answer, "data": [], "has_more": True}),
    "perhaps more": changed(lambda answer: {**answer, "has_more": "no"}),
    "more for ever": changed(lambda answer: {**answer, "has_more": True}),
    "twice the same": _items(lambda items: items + items[:1]),
    "from before": _items(lambda items: [*items[:-1], {**items[-1], "created": 5}]),
    "no payment status": _items(
        lambda items: [{k: v for k, v in i.items() if k != "payment_status"} for i in items]
    ),
    "a number as payment status": _item(payment_status=1),
    "a text as amount": _item(amount_total="990"),
    "a list as metadata": _item(metadata=["6"]),
    "numbers in metadata": _item(metadata={"items_ids": 6}),
    "an empty id": _item(id=""),
    "a time as text": _item(created="1700000000"),
    "refunded as text": _charged(refunded="false"),
    "a charge that does not say": _item(payment_intent={"id": "pi_1", "latest_charge": {"id": "ch_1"}}),
}


@pytest.mark.parametrize("reader", ["stripe: sessions", "stripe: many sessions"])
@pytest.mark.parametrize("damage", LISTS)
def test_lists_of_stripe_are_whole_or_none(world: World, reader: str, damage: str) -> None:
    unexpected(world, reader, LISTS[damage])


def test_another_object_than_was_asked_for(world: World) -> None:
    for reader in ("stripe: one event", "stripe: one endpoint"):
        unexpected(world, reader, changed(lambda answer: {**answer, "id": answer["id"] + "x"}))


def test_rows_of_the_management_api(world: World) -> None:
    answers: tuple[list[dict[str, Any]], ...] = (
        [],
        [{}],
        [{"answer": None}],
        [{"answer": [{"one": 1}]}],
        [{"answer": "[1]"}],
        [{"answer": "{}"}],
        [{"answer": "null"}],
        [{"answer": '[{"one": 1}'}],
        [{"answer": '[{"two": 2}]'}],
        [{"answer": '[{"one": 1}]'}, {"answer": '[{"one": 1}]'}],
        [{"answer": '[{"one": 1}]', "more": 1}],
    )
    for answer in answers:
        unexpected(world, "management: rows", _answering(answer))


def test_rows_of_the_logs(world: World) -> None:
    for row in (1, None, {}, {"timestamp": None}, {"timestamp": "yesterday"}, {"timestamp": True}):
        unexpected(world, "management: logs", _answering({"result": [row], "error": None}))


def test_a_body_without_an_end_is_left(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iahome_fix.systems.expected.LARGEST", 1000)
    monkeypatch.setattr("iahome_fix.systems.stripe_http.LARGEST", 1000)

    def huge(_answer: Response) -> Response:
        return Response(200, b"[" + b" " * 5000 + b"]")

    for reader in ("api: accesses", "stripe: endpoints", "management: rows"):
        assert "more than" in unexpected(world, reader, huge).message
