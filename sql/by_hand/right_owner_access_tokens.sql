-- One owner of access_tokens in the profile's letters. Parameter: id, of the row.
/* include by_hand/right_owners_access_tokens */ and o.id::text = %(id)s
