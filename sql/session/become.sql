-- iahome-fix: a trial. Act as a role of the Data API until the transaction ends, with all that PostgREST sets for a
-- request: search_path, the settings of its own role and of the one it becomes, the claims of a login, the request.
-- Before that every function that the statement reaches through policies, defaults, checks, triggers, views, rules,
-- indexes and the functions that those call is asked for: may the role execute it? If not, IF021 tells which, and
-- nothing acts: on some images such a call does not end in an error, but with the server. Where it is a rehearsal,
-- which runs what it reaches, IF024 tells what of it would not be taken back with the transaction.
do $become$
#variable_conflict use_column
declare
  walked jsonb := '{}';
begin
  /* include acting/becoming */
end
$become$
