-- Which payment a row cites: the invoice that it names, else the Checkout Session. A renewal names both, so that the row
-- of the first month does not speak for the second. Ids of invoices begin with in_; what else an app may note as
-- payment_id (pi_…) is a part of its session. Marked: session and payment, the texts under session_id and payment_id.
case when starts_with(/* payment */, 'in_') then /* payment */ else nullif(/* session */, '') end
