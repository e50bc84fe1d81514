-- What a person took away, for the query of verdict.sql; behind asked.sql.
, /* include domain/withdrawn */
