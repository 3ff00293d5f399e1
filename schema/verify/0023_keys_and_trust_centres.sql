DO $$
DECLARE
    wrong text;
BEGIN
    SELECT string_agg(t.name, ', ') INTO wrong
        FROM unnest(ARRAY['signing_key_request', 'signing_key_wrapped']) AS t (name)
        JOIN pg_catalog.pg_class c ON c.oid = ('signet.' || t.name)::regclass
        WHERE NOT (c.relrowsecurity AND c.relforcerowsecurity)
           OR pg_catalog.has_table_privilege('signet_server', c.oid, 'TRUNCATE');
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'no wall between tenants, or too much is allowed: %', wrong;
    END IF;
    IF pg_catalog.has_column_privilege('signet_server', 'signet.signing_key_wrapped', 'wrapped', 'UPDATE') THEN
        RAISE EXCEPTION 'a wrapped key could be exchanged';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g
        WHERE g.tgrelid = 'signet.signing_key'::regclass AND g.tgname = 'signing_key_retire' AND g.tgenabled = 'O') THEN
        RAISE EXCEPTION 'a retired key could come back';
    END IF;
END
$$;
DO $$
BEGIN
    IF (SELECT count(*) FROM pg_catalog.pg_trigger g WHERE g.tgname IN ('trust_anchor_gone', 'trust_source_gone')
        AND g.tgenabled = 'O' AND g.tgfoid = 'signet.trust_centre_gone()'::regprocedure) <> 2 THEN
        RAISE EXCEPTION 'rights for trust centres that are gone would stay';
    END IF;
END
$$;
