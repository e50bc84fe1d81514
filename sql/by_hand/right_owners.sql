-- Owners that are a profile's id but for capitals and blanks, written as the profile's id is. Marked: table and column.
update public./* table */ o set /* column */ = p.id::text from public.profiles p
 where p.id::text = lower(btrim(o./* column */::text)) and p.id::text <> o./* column */::text
