-- What stands in access_type, one row per value.
select distinct a.access_type::text as value
  from /* include profile/accesses */ a
 where a.access_type is not null
 limit 100
