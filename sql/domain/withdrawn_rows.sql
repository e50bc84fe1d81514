-- What a person took away, for the query of verdict.sql; behind tokens.sql or no_tokens.sql.
, /* include domain/withdrawn */
