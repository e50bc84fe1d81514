-- For the Management API's logs endpoint (ClickHouse, not PostgreSQL): requests and statements that failed and
-- that touch the payment flow. The window of time goes with the request. A missing key of the map reads as ''.
-- What this tool tried itself carries a marker, and is left out.
select timestamp, source, event_message,
       log_attributes['request.method'] as method,
       log_attributes['request.path'] as path,
       log_attributes['response.status_code'] as status,
       log_attributes['response.headers.proxy_status'] as proxy_status,
       log_attributes['response.headers.sb_error_code'] as gateway_code,
       log_attributes['request.sb.jwt.authorization.payload.role'] as token_role,
       log_attributes['request.sb.jwt.apikey.payload.role'] as key_role,
       log_attributes['request.sb.apikey.apikey.prefix'] as key_prefix,
       log_attributes['parsed.sql_state_code'] as sql_state,
       log_attributes['parsed.user_name'] as user_name
  from logs
 where (source = 'edge_logs'
        and toInt32OrZero(log_attributes['response.status_code']) >= 400
        and (log_attributes['request.path'] like '/rest/v1/%module_access%'
             or log_attributes['request.path'] like '/rest/v1/%access_tokens%'
             or log_attributes['request.path'] like '/rest/v1/%profiles%'
             or log_attributes['request.path'] like '/rest/v1/%modules%'))
    or (source = 'postgres_logs'
        and log_attributes['parsed.error_severity'] in ('ERROR', 'FATAL', 'PANIC')
        and (event_message like '%module_access%' or log_attributes['parsed.query'] like '%module_access%'
             or event_message like '%access_tokens%' or log_attributes['parsed.query'] like '%access_tokens%'
             or event_message like '%profiles%' or log_attributes['parsed.query'] like '%profiles%'
             or event_message like '%modules%' or log_attributes['parsed.query'] like '%modules%')
        and log_attributes['parsed.query'] not like '%iahome-fix: a trial%'
        and event_message not like '%iahome-fix: a trial%'
        and log_attributes['parsed.sql_state_code'] not in ('IF021', 'IF023', 'IF024'))
 order by timestamp desc
 limit 200
