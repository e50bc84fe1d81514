-- The same for one login. Parameter: id, of the login.
/* include by_hand/profiles_of_logins */ and u.id::text = %(id)s
