-- Take rows of a customer and module away again, by their ids. Parameters: ids (text[]), user_id, module (text).
delete from /* profile table */ a
 where a./* profile id */::text = any(%(ids)s::text[])
   and a./* profile owner */::text = %(user_id)s::text and a./* profile module */::text = %(module)s::text
