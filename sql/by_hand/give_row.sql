-- One access, given to another profile. Parameters: id, of the row; owner, of the profile.
update /* profile table */ set /* profile owner */ = %(owner)s where /* profile id */::text = %(id)s
