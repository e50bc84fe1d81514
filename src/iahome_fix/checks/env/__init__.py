"""Link env: is the configuration there and coherent?"""
