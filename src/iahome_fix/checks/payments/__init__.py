"""Link payments: did everyone who paid get access?"""
