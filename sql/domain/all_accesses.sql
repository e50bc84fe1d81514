-- Every access. (For domain/withdrawn.)
access_row as (
    select a.* from /* include profile/accesses */ a
)
