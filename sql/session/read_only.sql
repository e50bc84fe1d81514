-- Nothing is written until the transaction ends.
set transaction read only
