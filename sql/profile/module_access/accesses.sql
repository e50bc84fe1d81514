-- The accesses, under the names and with the meaning that the rules read: id, user_id (the customer's id), module_id,
-- access_type (how they came by it), token_id, expires_at (until when, UTC), is_active, created_at, updated_at and
-- metadata (JSON, with the payment that is cited). The guide's table has these columns itself.
public.module_access
