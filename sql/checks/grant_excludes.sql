-- Whether an exclusion refuses one row beside another; the marks are replaced by what was found in the catalog.
select exists (select from (select /* keys */ from (select /* columns */) as module_access where /* condition */) n
                cross join (select /* keys */ from (select /* others */) as module_access where /* condition */) o
                where /* same */) as holds
