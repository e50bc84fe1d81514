-- The look for an access that covers what was bought, as the handler and the page do it.
select /* profile page_columns */
  from /* profile table */
 where /* profile owner */::text = '' and /* profile module */ is null and /* profile active */ = true
