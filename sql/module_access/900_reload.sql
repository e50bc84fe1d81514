-- title: The Data API reads the schema anew
-- why: It serves the tables and columns of its own picture of the schema until it is asked to read it anew.
-- repair
notify pgrst, 'reload schema';
