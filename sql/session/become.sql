-- Act as a role of the Data API, with the claims of a login, until the transaction ends.
select set_config('request.jwt.claims', %(claims)s::text, true),
       set_config('role', %(role)s::text, true)
