"""The app's webhook as it is deployed: it reaches the database over the Data API, with one key."""

from __future__ import annotations

import json
from typing import Any

import stripe

from iahome_fix.sandbox.gateway import Gateway
from iahome_fix.sandbox.loopback import Request, Response, Served, json_response
from iahome_fix.sandbox.loopback_client import loopback_client

PATH = "/api/webhooks/stripe"
NODE, BROWSER = "node", "Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0"


def looks_for(gateway: Gateway, key: str, email: str, agent: str = NODE) -> list[dict[str, Any]]:
    """The look at the customer by the address."""
    headers = {"apikey": key, "authorization": f"Bearer {key}", "user-agent": agent}
    with loopback_client(base_url=gateway.url, headers=headers, timeout=15) as client:
        answer = client.get("/rest/v1/profiles", params={"select": "id,email", "email": f"eq.{email}"})
    return list(answer.json()) if answer.is_success else []


def writes(
    gateway: Gateway, key: str, user: str, module: int, agent: str = NODE, table: str = "module_access"
) -> int:
    """The insert that grants; returns the status."""
    row = {"user_id": user, "module_id": module, "access_type": "purchase", "is_active": True}
    row |= {"metadata": {"session_id": "cs_test_1"}} if table == "module_access" else {}
    headers = {"apikey": key, "authorization": f"Bearer {key}", "user-agent": agent}
    with loopback_client(base_url=gateway.url, headers=headers, timeout=15) as client:
        return client.post(f"/rest/v1/{table}", params={"select": "*"}, json=[row]).status_code


def grants(gateway: Gateway, key: str, email: str, module: int) -> int | None:
    """One turn of the handler; None where it finds no customer."""
    found = looks_for(gateway, key, email)
    return writes(gateway, key, found[0]["id"], module) if found else None


class DeployedWebhook(Served):
    """Serves the webhook's route; a context manager.

    Attributes:
        key: what the handler gives the Data API.
        deaf: it acknowledges every event and does nothing.
        events: the events that it took, by type.
    """

    def __init__(self, gateway: Gateway, key: str, secret: str) -> None:
        self.key = key
        self.deaf = False
        self.events: list[str] = []
        self._gateway = gateway
        self._secret = secret
        super().__init__()

    def _answer(self, request: Request) -> Response:
        if request.path != PATH or request.method != "POST":
            return Response(404)
        signature = request.headers.get("stripe-signature", "")
        try:
            stripe.Webhook.construct_event(request.body, signature, self._secret)
        except (stripe.SignatureVerificationError, ValueError):
            return json_response(400, {"error": "Webhook signature verification failed"})
        event = json.loads(request.body)
        self.events.append(event["type"])
        if not self.deaf:
            metadata = event["data"]["object"]["metadata"]
            found = looks_for(self._gateway, self.key, metadata["customer_email"])
            for module in metadata.get("items_ids", "").split(",") if found else ():
                writes(self._gateway, self.key, found[0]["id"], int(module))
        return json_response(200, {"received": True})
