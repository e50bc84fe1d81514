-- The page joins the titles. No parameter.
select count(*) as found from public.modules
