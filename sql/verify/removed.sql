-- The end of a transaction that deletes: a statement that gives one short row.
select true as removed
