-- Still here. No query: that would hold a snapshot, and a concurrent build that begins at this moment would wait for it.
show transaction_isolation
