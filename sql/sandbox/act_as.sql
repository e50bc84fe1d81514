-- For the rest of the transaction: one of the API's roles with a visitor's claims, as PostgREST does it.
select
  set_config('timezone', 'UTC', true),
  set_config('request.jwt.claims', %(claims)s, true),
  set_config('role', %(role)s, true)
