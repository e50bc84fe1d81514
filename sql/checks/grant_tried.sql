-- Whether a condition holds for a row; the marks are replaced by what grant_rows and grant_obstacles found.
select (/* condition */) as holds from (select /* columns */) as /* name */
