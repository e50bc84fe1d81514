-- Does a row itself say that switching it off, or ending it, was meant: is a field of its metadata named so? Marked:
-- held, the metadata as jsonb; more, further parts of names.
exists (select from jsonb_object_keys(case jsonb_typeof(/* held */) when 'object' then /* held */ else '{}'::jsonb end) k
         where k ~* ('deactivat|revok|withdr|refund|cancell?ed|removed|disabled' /* more */))
