-- An access is taken away.
delete from /* profile table */ where /* profile id */ is null
