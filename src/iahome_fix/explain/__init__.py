"""One customer's story: gathered from Stripe and the database, judged module by module. Reads only."""
