"""Link data: does every active token have its access, and does every row name somebody and something?"""
