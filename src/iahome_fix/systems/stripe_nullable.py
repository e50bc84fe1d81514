"""Which top-level fields of each object Stripe allows to be null (its OpenAPI file, 2026-10-28.endive).

For v2 destinations the types of the Python library are the source, as the file covers v1 only.
"""

from __future__ import annotations

from collections.abc import Collection

_FIELDS = {
    "webhook_endpoint": "api_version application description",
    "event": "api_version context request",
    "checkout.session": """
        adaptive_pricing after_expiration allow_promotion_codes allowed_payment_method_types
        amount_subtotal amount_total billing_address_collection branding_settings cancel_url
        client_reference_id client_secret collected_information consent consent_collection currency
        currency_conversion customer customer_account customer_creation customer_details
        customer_email discounts excluded_payment_method_types integration_identifier invoice
        invoice_creation line_items locale managed_payments metadata name_collection optional_items
        origin_context payment_intent payment_link payment_method_collection
        payment_method_configuration_details payment_method_options permissions presentment_details
        recovered_from redirect_on_completion return_url saved_payment_method_options setup_intent
        shipping_address_collection shipping_cost status submit_type subscription success_url
        total_details ui_mode url wallet_options
    """,
    "payment_intent": """
        allowed_payment_method_types application application_fee_amount automatic_payment_methods
        canceled_at cancellation_reason client_secret customer customer_account description
        excluded_payment_method_types hooks last_payment_error latest_charge managed_payments
        next_action on_behalf_of payment_details payment_method payment_method_configuration_details
        payment_method_options payment_record presentment_details processing receipt_email review
        setup_future_usage shipping source statement_descriptor statement_descriptor_suffix
        transfer_data transfer_group
    """,
    "charge": """
        application application_fee application_fee_amount authorization_code balance_transaction
        calculated_statement_descriptor customer description failure_balance_transaction
        failure_code failure_message fraud_details level3 on_behalf_of outcome payment_intent
        payment_method payment_method_details presentment_details receipt_email receipt_number
        receipt_url refunds review shipping source source_transfer statement_descriptor
        statement_descriptor_suffix transfer_data transfer_group
    """,
    "invoice": """
        account_country account_name account_tax_ids amount_paid_off_stripe application
        automatically_finalizes_at billing_reason confirmation_secret custom_fields customer
        customer_account customer_address customer_email customer_name customer_phone
        customer_shipping customer_tax_exempt customer_tax_ids default_payment_method default_source
        description due_date effective_at ending_balance footer from_invoice hosted_invoice_url
        invoice_pdf last_finalization_error latest_revision metadata next_payment_attempt number
        on_behalf_of parent payments receipt_number rendering shipping_cost shipping_details
        statement_descriptor status status_details subtotal_excluding_tax test_clock
        threshold_reason total_discount_amounts total_excluding_tax total_pretax_credit_amounts
        total_taxes webhooks_delivered_at
    """,
    "invoice_payment": "amount_paid",
    "balance": "refund_and_dispute_prefunding",
    "account": "business_profile business_type email external_accounts groups individual settings",
    "v2.core.event_destination": """
        amazon_eventbridge azure_event_grid events_from metadata snapshot_api_version status_details
        webhook_endpoint
    """,
}

NULLABLE = {kind: tuple(names.split()) for kind, names in _FIELDS.items()}


def nulls(kind: str, *, without: Collection[str] = ()) -> dict[str, None]:
    """All those fields as null, to be filled in; `without` are those that Stripe sends only on demand."""
    return {name: None for name in NULLABLE[kind] if name not in without}
