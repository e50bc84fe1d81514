-- The accesses, under the names and with the meaning that the rules read: id, user_id (the customer's id), module_id,
-- access_type (how they came by it), token_id, expires_at (until when, UTC), is_active, created_at, updated_at and
-- metadata (JSON, with the payment that is cited). What a table does not say is empty; what not every table of the
-- profile has is empty where it is not there. The guide's table has these columns itself, and is taken as it is.
(select /* profile id */ as id, /* profile owner */ as user_id, /* profile module */ as module_id,
        /* profile origin */ as access_type, /* profile token */ as token_id, /* profile ends */ as expires_at,
        /* profile active */ as is_active, /* profile created */ as created_at, /* profile updated */ as updated_at,
        /* profile metadata */ as metadata
   from /* profile table */ held)
