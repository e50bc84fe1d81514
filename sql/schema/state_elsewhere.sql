-- Column a of module_access, whose name speaks of a state, and that is not the same for all rows.
(a.attname not in ('id', 'user_id', 'module_id', 'access_type', 'token_id', 'expires_at', 'is_active', 'created_at',
                   'updated_at', 'metadata')
 and a.attname ~* '(stat|etat|revok|revoq|cancel|annul|delet|suppr|disab|enabl|activ|actif|suspen|withdr|retir|archiv|bann|block|bloq|valid|refund|rembours|clos|clotur|ended)'
 and exists (select from public.module_access x
              where to_jsonb(x) -> a.attname::text
                    is distinct from (select to_jsonb(y) -> a.attname::text from public.module_access y limit 1)))
