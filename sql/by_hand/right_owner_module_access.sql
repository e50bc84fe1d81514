-- One owner of module_access in the profile's letters. Parameter: id, of the row.
/* include by_hand/right_owners_module_access */ and o.id::text = %(id)s
