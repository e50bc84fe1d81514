-- The channel on which the Data API is told to read the schema again.
listen pgrst
