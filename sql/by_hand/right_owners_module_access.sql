-- Every owner of module_access in the profile's letters.
/* include by_hand/right_owners table=module_access column=user_id */
