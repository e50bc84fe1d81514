"""Link permissions: may each role do what the app does as that role, and no more?"""
