"""Link stripe: will Stripe send the event to the right place?"""
