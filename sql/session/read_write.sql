-- What follows writes, and sees what others committed meanwhile. The first statement of a transaction.
set transaction isolation level read committed, read write
