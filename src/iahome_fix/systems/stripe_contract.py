"""What Stripe may answer to a request, read off the request itself.

Source: Stripe's API reference ("Pagination": `has_more`, each object once; "Errors": an object
`error`), and the required and nullable fields of its OpenAPI description for what this tool reads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from iahome_fix.i18n import _
from iahome_fix.systems import expected
from iahome_fix.systems.expected import (
    LIST,
    OBJECT,
    TEXT,
    TEXT_BY_NAME,
    TEXTS,
    WHOLE,
    YES_NO,
    Kind,
    Misfit,
    Shape,
)

_CHARGE = Shape(
    {"amount_refunded": WHOLE, "created": WHOLE}, {"amount": WHOLE, "refunded": YES_NO, "disputed": YES_NO}
)
_PAYMENT = Shape(
    {}, {"latest_charge": Kind((str, dict), nullable=True, inner=_CHARGE), "amount_received": WHOLE}
)
_SESSION = Shape(
    {
        "id": TEXT,
        "created": WHOLE,
        "livemode": YES_NO,
        "mode": TEXT,
        "status": TEXT.or_null,
        "payment_status": TEXT,
    },
    {
        "amount_total": WHOLE.or_null,
        "currency": TEXT.or_null,
        "customer_email": TEXT.or_null,
        "customer_details": Kind((dict,), nullable=True, inner=Shape({}, {"email": TEXT.or_null})),
        "metadata": TEXT_BY_NAME.or_null,
        "payment_intent": Kind((str, dict), nullable=True, inner=_PAYMENT),
        "line_items": Kind((dict,), nullable=True, inner=Shape({"data": LIST, "has_more": YES_NO}, {})),
        "payment_method_types": TEXTS,
        "success_url": TEXT.or_null,
        "invoice": Kind((str, dict), nullable=True),
        "subscription": Kind((str, dict), nullable=True),
    },
)
_REFERENCE = Kind((str, dict), nullable=True)
_INVOICE = Shape(
    {
        "id": TEXT,
        "created": WHOLE,
        "livemode": YES_NO,
        "status": TEXT.or_null,
        "total": WHOLE,
        "amount_paid": WHOLE,
    },
    {
        "amount_paid_off_stripe": WHOLE.or_null,
        "billing_reason": TEXT.or_null,
        "currency": TEXT.or_null,
        "customer_email": TEXT.or_null,
        "lines": Kind((dict,), inner=Shape({"data": LIST})),
        "paid_out_of_band": YES_NO,
        "parent": Kind(
            (dict,),
            nullable=True,
            inner=Shape(
                {},
                {
                    "subscription_details": Kind(
                        (dict,),
                        nullable=True,
                        inner=Shape({"subscription": _REFERENCE}, {"metadata": TEXT_BY_NAME.or_null}),
                    )
                },
            ),
        ),
        "post_payment_credit_notes_amount": WHOLE,
        "status_transitions": Kind((dict,), inner=Shape({}, {"paid_at": WHOLE.or_null})),
        "subscription": _REFERENCE,
    },
)
_INVOICE_PAYMENT = Shape({
    "id": TEXT, "created": WHOLE, "livemode": YES_NO, "status": TEXT,
    "invoice": Kind((str, dict)),
    "payment": Kind(
        (dict,),
        inner=Shape(
            {},
            {
                "payment_intent": Kind((str, dict), nullable=True, inner=_PAYMENT),
                "charge": Kind((str, dict), nullable=True, inner=_CHARGE),
            },
        ),
    ),
})  # fmt: skip
_ENDPOINT = Shape(
    {"id": TEXT, "url": TEXT, "status": TEXT, "enabled_events": TEXTS, "livemode": YES_NO},
    {"created": WHOLE, "api_version": TEXT.or_null, "metadata": TEXT_BY_NAME.or_null, "secret": TEXT.or_null},
)
_EVENT = Shape({
    "id": TEXT, "created": WHOLE, "livemode": YES_NO, "type": TEXT, "pending_webhooks": WHOLE,
    "data": Kind((dict,), inner=Shape({"object": OBJECT})),
})  # fmt: skip
_DESTINATION = Shape(
    {"id": TEXT, "type": TEXT, "status": TEXT, "event_payload": TEXT, "enabled_events": TEXTS},
    {"webhook_endpoint": OBJECT.or_null, "livemode": YES_NO},
)
_SHAPES: Mapping[str, Shape] = {
    "/v1/checkout/sessions": _SESSION,
    "/v1/webhook_endpoints": _ENDPOINT,
    "/v1/events": _EVENT,
    "/v1/invoices": _INVOICE,
    "/v1/invoice_payments": _INVOICE_PAYMENT,
    "/v2/core/event_destinations": _DESTINATION,
}
_ANY = Shape({"id": TEXT})
_LIST = Shape({"data": LIST, "has_more": YES_NO}, {"object": TEXT})
_LIST_V2 = Shape({"data": LIST, "next_page_url": TEXT.or_null})
_ERROR = Shape({"error": OBJECT})
_DOWN, _TOO_MANY = 500, 429
_API = re.compile(r"/v[12]/.*")


def hold(method: str, url: str, body: bytes, status: int) -> dict[str, Any] | None:
    """The answer of a call that succeeded, as plain JSON types; None for a refusal.

    Raises UnexpectedResponse for what Stripe does not answer to this request.
    """
    place = urlsplit(url)
    asked = f"{method.upper()} {place.hostname}{place.path}"
    if len(body) > expected.LARGEST:
        raise expected.too_large(asked)
    try:
        return _hold(method.upper(), place.path, place.query, body, status)
    except Misfit as misfit:
        raise expected.unexpected(asked, body, misfit, status) from None


def _hold(method: str, path: str, query: str, body: bytes, status: int) -> dict[str, Any] | None:
    if status >= _DOWN or status == _TOO_MANY:
        return None
    if status != 200:
        expected.require(expected.parsed(body), _ERROR)
        return None
    answer = expected.require(expected.parsed(body), Shape({}))
    found = _API.search(path)
    named = found[0].rstrip("/") if found else path
    shape = _SHAPES.get(named)
    if method == "GET" and (shape is not None or answer.get("object") == "list"):
        _list(answer, shape or _ANY, parse_qs(query), newer=named.startswith("/v2/"))
        return answer
    collection, _slash, one = named.rpartition("/")
    if shape is not None:  # what was made
        expected.require(answer, shape)
    elif collection in _SHAPES:
        expected.require(answer, _SHAPES[collection])
        if answer["id"] != one:
            raise Misfit(_("another object than was asked for"))
    return answer


def _list(answer: dict[str, Any], shape: Shape, query: Mapping[str, list[str]], *, newer: bool) -> None:
    expected.require(answer, _LIST_V2 if newer else _LIST)
    if not newer and answer.get("object", "list") != "list":
        raise Misfit(_("an object instead of a list"))
    items = expected.rows(answer["data"], shape)
    ids = [item["id"] for item in items]
    expected.repeated(ids, query.get("starting_after", ()))
    if "" in ids:
        raise Misfit(_("objects without their ids"))
    if len(items) > int(query.get("limit", ["100"])[0]):
        raise Misfit(_("more objects than were asked for"))
    if newer:
        return
    if answer["has_more"] and not items:
        raise expected.endless()
    # In which order they come decides nothing: what follows is asked for by an id.
    times = [item["created"] for item in items if "created" in item]
    bounds = {
        name: int(query[f"created[{name}]"][0]) for name in ("gte", "lte") if f"created[{name}]" in query
    }
    if any(not bounds.get("gte", made) <= made <= bounds.get("lte", made) for made in times):
        raise Misfit(_("objects of another time than was asked for"))
