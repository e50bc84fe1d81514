-- What an access says of the payment that it was given for. Marked: session, payment, bought, amount and replaces (the
-- id of the row in whose place it stands, or null).
jsonb_build_object(
    'session_id', /* session */,
    'purchased_at', to_char(/* bought */, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    'amount', /* amount */,
    'payment_method', 'stripe',
    'reconciled', true)
|| case when /* payment */ is null then '{}'::jsonb else jsonb_build_object('payment_id', /* payment */) end
|| case when /* replaces */ is null then '{}'::jsonb else jsonb_build_object('replaces', /* replaces */) end
