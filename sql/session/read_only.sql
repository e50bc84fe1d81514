-- Nothing is written until the transaction ends. The first statement of a transaction.
set transaction isolation level read committed, read only
