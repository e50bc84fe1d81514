-- The same for one profile. Parameter: id, of the profile.
/* include by_hand/emails_of_logins */ and p.id::text = %(id)s
