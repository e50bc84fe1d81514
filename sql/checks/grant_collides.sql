-- Whether two rows have the same key in a unique index; the marks are replaced by what was found in the catalog.
select exists (select from (select /* columns */ union all select /* others */) as module_access
                where (/* condition */) and (/* known */)
                group by /* keys */ having count(*) > 1) as holds
