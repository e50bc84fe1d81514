"""Link supabase: does the project answer, with these keys?"""
