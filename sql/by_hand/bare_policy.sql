-- Customers read their own rows of the table of another version.
grant select on /* profile table */ to authenticated; create policy customer_reads_own on /* profile table */ for select to authenticated using (/* profile owner */::text = (select auth.uid())::text)
