"""Link schema: are the tables as the app needs them?"""
