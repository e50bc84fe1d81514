"""The account itself and its balance."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


def balance(charges: Iterable[dict[str, Any]], *, livemode: bool) -> dict[str, Any]:
    """What the succeeded charges of one mode left after refunds, per currency (no fees, nothing paid out)."""
    sums: Counter[str] = Counter({"eur": 0})
    for charge in charges:
        if charge["livemode"] == livemode and charge["status"] == "succeeded":
            sums[charge["currency"]] += charge["amount"] - charge["amount_refunded"]
    return {
        "object": "balance",
        "available": [
            {"amount": amount, "currency": currency, "source_types": {"card": amount}}
            for currency, amount in sorted(sums.items())
        ],
        "livemode": livemode,
        "pending": [{"amount": 0, "currency": "eur", "source_types": {"card": 0}}],
        "refund_and_dispute_prefunding": None,
    }


def account(account_id: str) -> dict[str, Any]:
    """A French account in good standing; like Stripe's it has no `livemode`."""
    return {
        "id": account_id,
        "object": "account",
        "business_profile": {
            **dict.fromkeys(
                (
                    "annual_revenue",
                    "estimated_worker_count",
                    "mcc",
                    "minority_owned_business_designation",
                    "product_description",
                    "support_address",
                    "support_email",
                    "support_phone",
                    "support_url",
                    "url",
                )
            ),
            "name": "IAHome sandbox",
        },
        "business_type": None,
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "controller": {"type": "account"},
        "country": "FR",
        "created": 1_735_689_600,
        "default_currency": "eur",
        "details_submitted": True,
        "email": "owner@example.test",
        "external_accounts": {
            "object": "list",
            "data": [],
            "has_more": False,
            "url": f"/v1/accounts/{account_id}/external_accounts",
        },
        "future_requirements": _requirements(),
        "groups": None,
        "metadata": {},
        "payouts_enabled": True,
        "requirements": _requirements(),
        "settings": {
            "bacs_debit_payments": {"display_name": "IAHome", "service_user_number": None},
            "branding": dict.fromkeys(("icon", "logo", "primary_color", "secondary_color")),
            "card_issuing": {"tos_acceptance": {"date": None, "ip": None}},
            "card_payments": {
                "decline_on": {"avs_failure": False, "cvc_failure": True},
                **dict.fromkeys(
                    (
                        "statement_descriptor_prefix",
                        "statement_descriptor_prefix_kana",
                        "statement_descriptor_prefix_kanji",
                    )
                ),
            },
            "dashboard": {"display_name": "IAHome sandbox", "timezone": "Europe/Paris"},
            "invoices": {"default_account_tax_ids": None, "hosted_payment_method_save": None},
            "payments": dict.fromkeys(
                (
                    "statement_descriptor",
                    "statement_descriptor_kana",
                    "statement_descriptor_kanji",
                    "statement_descriptor_prefix_kana",
                    "statement_descriptor_prefix_kanji",
                )
            ),
            "payouts": {
                "debit_negative_balances": True,
                "schedule": {"delay_days": 7, "interval": "daily"},
                "statement_descriptor": None,
            },
            "sepa_debit_payments": {},
        },
        "tos_acceptance": {"date": None, "ip": None, "user_agent": None},
        "type": "standard",
    }


def _requirements() -> dict[str, Any]:
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": [],
        "disabled_reason": None,
        "errors": [],
        "eventually_due": [],
        "past_due": [],
        "pending_verification": [],
    }
