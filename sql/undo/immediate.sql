-- What waits for the end of the transaction runs now.
set constraints all immediate
