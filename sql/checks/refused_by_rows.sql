exists (select from /* profile table */ held
         cross join lateral (select /* keys */ from (select held.*) as module_access where /* condition */) o
         cross join lateral (select /* keys */ from (select module_access.*) as module_access where /* condition */) n
         where /* same */)
