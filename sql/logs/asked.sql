-- For the Management API's logs endpoint (ClickHouse, not PostgreSQL): who asked for the customer of an event that
-- this tool made up. {mark} is a word that stands in that customer's address and nowhere else (letters and digits).
select timestamp,
       log_attributes['request.sb.jwt.authorization.payload.role'] as token_role,
       log_attributes['request.sb.jwt.apikey.payload.role'] as key_role,
       log_attributes['request.sb.apikey.apikey.prefix'] as key_prefix
  from logs
 where source = 'edge_logs'
   and log_attributes['request.path'] like '/rest/v1/%'
   and log_attributes['request.search'] like '%{mark}%'
 order by timestamp desc
 limit 20
