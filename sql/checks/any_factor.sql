-- Whether any account of the project has a second factor that was verified.
select exists (select from auth.mfa_factors f where f.status::text = 'verified') as found
