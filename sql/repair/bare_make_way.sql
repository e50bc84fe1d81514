-- (a statement) What holds the place of a new access and is over is deactivated, and nothing else of it is changed, so that
-- undo has only to activate it again; the ids are left in iahome_fix.ended. Of those that still run the longest, where it ends
-- before what is due, is given that start and end in its own row, as nothing would tell an inactive one from one that a person
-- took away. What it held before is left in iahome_fix.lengthened, for the journal. For tables that say nothing of payments
-- or runs. Marks: due (a table with owner and ends), module (its column of the module), active (a condition: whether what
-- is due is to be active), start (when it begins).
with ended as (
    update /* profile table */ a
       set /* profile active */ = false
      from /* due */ d
     where /* active */ and a./* profile active */ and a./* profile ends */::timestamp <= (now() at time zone 'utc')
       and a./* profile owner */::text = d.owner and a./* profile module */::text = /* module */
 returning a./* profile id */::text as id
), longest as (
    select distinct on (d.owner, /* module */)
           a./* profile id */ as id, a./* profile ends */ as ends, a./* profile created */ as created,
           d.ends as until, /* start */ as made
      from /* due */ d
      join /* profile table */ a on a./* profile owner */::text = d.owner and a./* profile module */::text = /* module */
     where /* active */ and a./* profile active */
       and (a./* profile ends */ is null or a./* profile ends */::timestamp > (now() at time zone 'utc'))
     order by d.owner, /* module */, a./* profile ends */ desc nulls first, a./* profile id */::text, d.ends desc nulls first
), lengthened as (
    update /* profile table */ a
       set /* profile ends */ = r./* profile ends */, /* profile created */ = r./* profile created */
      from longest l
     cross join lateral jsonb_populate_record(
           null::/* profile table */,
           jsonb_build_object(/* profile ends_name */, l.until, /* profile created_name */, l.made)) r
     where a./* profile id */ = l.id and l.ends is not null and (l.until is null or l.ends::timestamp < l.until)
 returning l.id, l.ends, l.created, l.until
)
select set_config('iahome_fix.ended', (select coalesce(jsonb_agg(e.id), '[]'::jsonb)::text from ended e), true),
       set_config('iahome_fix.lengthened', (
           select coalesce(jsonb_agg(jsonb_build_object('id', l.id::text, 'ends', l.ends, 'created', l.created,
                                                        'to', l.until)), '[]'::jsonb)::text
             from lengthened l), true)
