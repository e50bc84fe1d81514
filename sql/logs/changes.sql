-- For the Management API's logs endpoint (ClickHouse, not PostgreSQL): who changed module_access over the Data API,
-- and was let. What was changed the log does not say. The server itself, whose key may do it all, is left out, and so is
-- this tool.
select timestamp,
       log_attributes['request.method'] as method,
       log_attributes['request.path'] as path,
       log_attributes['response.status_code'] as status,
       log_attributes['request.sb.jwt.authorization.payload.role'] as token_role,
       log_attributes['request.sb.jwt.apikey.payload.role'] as key_role,
       log_attributes['request.sb.apikey.apikey.prefix'] as key_prefix
  from logs
 where source = 'edge_logs'
   and log_attributes['request.path'] = '/rest/v1/module_access'
   and log_attributes['request.method'] in ('PATCH', 'POST', 'PUT', 'DELETE')
   and toInt32OrZero(log_attributes['response.status_code']) between 200 and 299
   and log_attributes['request.sb.jwt.authorization.payload.role'] <> 'service_role'
   and log_attributes['request.sb.apikey.apikey.prefix'] not like 'sb_secret_%'
   and log_attributes['request.headers.user_agent'] not like 'iahome-fix/%'
 order by timestamp desc
 limit 500
