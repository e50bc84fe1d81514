delete from /* table */ where /* id */::text = %(id)s
