"""Writing over the Data API into a table that says nothing of payments or runs: that of a later version."""
