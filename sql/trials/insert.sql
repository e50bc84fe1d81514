-- The row of a purchase, as the handler writes it and reads it back.
insert into /* profile table */ (/* profile fills */)
select /* profile nothing */
returning /* profile id */
