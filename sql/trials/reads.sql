-- A read of one table of the app, or of the view in its place; the mark is replaced by the name.
select * from public./* table */ limit 1
