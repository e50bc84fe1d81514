-- Whether a role sees any customer.
select exists (select from public.profiles) as found
