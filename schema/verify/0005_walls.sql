DO $$
DECLARE
    open text;
BEGIN
    SELECT string_agg(c.relname, ', ') INTO open
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
        AND (a.attname = 'tenant_id' OR (c.relname = 'tenant' AND a.attname = 'id'))
    WHERE c.relnamespace = 'signet'::regnamespace AND c.relkind = 'r'
      AND NOT (c.relrowsecurity AND c.relforcerowsecurity
               AND EXISTS (SELECT FROM pg_catalog.pg_policy p
                           WHERE p.polrelid = c.oid AND p.polname = 'own_tenant'));
    IF open IS NOT NULL THEN
        RAISE EXCEPTION 'tenants are not kept apart in: %', open;
    END IF;
    SELECT string_agg(p.proname, ', ') INTO open
    FROM pg_catalog.pg_proc p
    WHERE p.pronamespace = 'signet'::regnamespace
      AND (has_function_privilege('public', p.oid, 'EXECUTE')
           OR NOT EXISTS (SELECT FROM unnest(p.proconfig) c WHERE c IN ('search_path=""', 'search_path=')));
    IF open IS NOT NULL THEN
        RAISE EXCEPTION 'functions open to everybody or without a search_path of their own: %', open;
    END IF;
    SELECT string_agg(t.name, ', ') INTO open
    FROM unnest(ARRAY['tenant', 'user', 'user_certificate', 'group', 'group_member', 'group_right',
        'signing_key', 'group_key', 'trust_anchor', 'timestamp_authority']) AS t (name)
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g
                      WHERE g.tgrelid = ('signet.' || quote_ident(t.name))::regclass
                        AND g.tgname = t.name || '_tell_changed' AND g.tgenabled = 'O');
    IF open IS NOT NULL THEN
        RAISE EXCEPTION 'changes are not told to the caches: %', open;
    END IF;
END
$$;
