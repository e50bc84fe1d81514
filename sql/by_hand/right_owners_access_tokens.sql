-- Every owner of access_tokens in the profile's letters.
/* include by_hand/right_owners table=access_tokens column=created_by */
