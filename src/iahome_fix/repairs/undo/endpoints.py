"""The webhook endpoints that a run corrected, and their fields before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iahome_fix.errors import Refused
from iahome_fix.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from iahome_fix.repairs.journal.run import Run
    from iahome_fix.systems.stripe_account import StripeAccount
    from iahome_fix.systems.stripe_writer import StripeWriter


@dataclass(frozen=True)
class EndpointBack:
    """One webhook endpoint: the fields that the run changed, what they go back to, why not (if so)."""

    endpoint_id: str
    fields: Mapping[str, tuple[Any, Any]]
    obstacle: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "endpoint": self.endpoint_id,
            "fields": {name: {"from": now, "to": before} for name, (now, before) in self.fields.items()},
            "obstacle": self.obstacle,
        }


def changes_of(run: Run | None) -> Sequence[Mapping[str, Any]]:
    """What the journal has of the endpoints that a run changed."""
    return (run.changes.get("stripe") or ()) if run else ()


def look(change: Mapping[str, Any], account: StripeAccount) -> EndpointBack:
    """What of one change can be taken back. Raises StripeFailure."""
    endpoint_id = str(change["endpoint"])
    before, after = change.get("before"), change["after"]
    if before is None:
        return EndpointBack(
            endpoint_id,
            {},
            _("the run made this endpoint; deleting it would stop all deliveries, so it stays"),
        )
    current = account.endpoint(endpoint_id)
    if current is None:
        return EndpointBack(
            endpoint_id,
            {},
            _("this Stripe account has no such endpoint: it was deleted since, or is another account's"),
        )
    fields = {
        name: (after[name], before[name]) for name in after if _plain(after[name]) != _plain(before[name])
    }
    if all(_plain(getattr(current, name)) == _plain(held) for name, (_ours, held) in fields.items()):
        return EndpointBack(endpoint_id, {}, _("it is as it was before the run"))
    for name, (ours, _before) in fields.items():
        if _plain(getattr(current, name)) != _plain(ours):
            return EndpointBack(endpoint_id, fields, _("somebody changed {field} since").format(field=name))
    return EndpointBack(endpoint_id, fields)


def give_back(writer: StripeWriter, agreed: Sequence[EndpointBack]) -> tuple[str, ...]:
    """Give the endpoints their fields back. Raises Refused when one changed since the plan, StripeFailure."""
    done = []
    for back in agreed:
        if back.obstacle:
            continue
        current = writer.account.endpoint(back.endpoint_id)
        if current is None or any(
            _plain(getattr(current, name)) != _plain(now) for name, (now, _before) in back.fields.items()
        ):
            raise Refused(
                "changed",
                _("the endpoint {id} changed since the plan was shown; it stays as it is").format(
                    id=back.endpoint_id
                ),
                _("run the same command again"),
            )
        wanted = {name: before for name, (_now, before) in back.fields.items()}
        writer.update_endpoint(
            back.endpoint_id,
            url=wanted.get("url"),
            enabled_events=wanted.get("enabled_events"),
            enable=wanted.get("status") == "enabled",
            disable=wanted.get("status") == "disabled",
        )
        done.append(back.endpoint_id)
    return tuple(done)


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, (list, tuple)) else value
