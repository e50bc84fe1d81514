-- The accesses of one customer as the page of a later version lists them. The session is set to UTC, the zone of naive
-- timestamps. Parameter: user_id.
select a./* profile module */::text as module_id
  from (select /* profile page_columns */
          from /* profile table */
         where /* profile owner */::text = %(user_id)s and /* profile active */ = true) as a
 where a./* profile ends */ is null or a./* profile ends */ > now()
 order by 1
