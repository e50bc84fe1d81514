-- An access comes to its end.
update /* profile table */ set /* profile active */ = false/* profile touched */ where /* profile id */ is null
