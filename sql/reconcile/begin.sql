-- Begins the query of classified.sql: what the payments checks say of each module of each paid session (their
-- query follows, tokens first) decides here, too, so that both mean the same by "served".
with judged as materialized (
