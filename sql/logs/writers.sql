-- For the Management API's logs endpoint (ClickHouse, not PostgreSQL): what the site's server asked the Data API
-- for, as the webhook's handler does: a customer by the address, and the rows that it writes. Browsers and this
-- tool itself are left out, and so are accesses of the token route; the address is looked at, but not told.
select timestamp,
       log_attributes['request.method'] as method,
       log_attributes['request.path'] as path,
       log_attributes['response.status_code'] as status,
       log_attributes['request.sb.jwt.authorization.payload.role'] as token_role,
       log_attributes['request.sb.jwt.apikey.payload.role'] as key_role,
       log_attributes['request.sb.apikey.apikey.prefix'] as key_prefix
  from logs
 where source = 'edge_logs'
   and (log_attributes['request.method'] = 'POST'
        and log_attributes['request.path'] in ('/rest/v1/module_access', '/rest/v1/payments',
                                               '/rest/v1/user_applications')
        and log_attributes['request.search'] not like '%token_id%'
        or log_attributes['request.method'] = 'GET'
        and log_attributes['request.path'] = '/rest/v1/profiles'
        and log_attributes['request.search'] like '%email=eq.%')
   and log_attributes['request.headers.user_agent'] not like 'Mozilla/%'
   and log_attributes['request.headers.user_agent'] not like 'iahome-fix/%'
 order by timestamp desc
 limit 500
