DO $$
DECLARE
    f text;
BEGIN
    IF has_table_privilege('signet_server', 'signet.user_certificate_check', 'DELETE')
       OR has_column_privilege('signet_server', 'signet.user_certificate_check', 'tenant_id', 'UPDATE')
       OR has_column_privilege('signet_server', 'signet.user_certificate_check', 'state', 'INSERT') THEN
        RAISE EXCEPTION 'signet_server must not make or move what is known of a certificate';
    END IF;
    IF NOT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_catalog.pg_class
            WHERE oid = 'signet.user_certificate_check'::regclass) THEN
        RAISE EXCEPTION 'tenants must not see what is known of other tenants'' users';
    END IF;
    FOREACH f IN ARRAY ARRAY['caller_by_certificate(bytea)', 'user_certificate_tenants(uuid)',
        'user_certificate_counts(uuid, timestamptz)', 'user_certificate_next(uuid)'] LOOP
        IF NOT has_function_privilege('signet_server', 'signet.' || f, 'EXECUTE') THEN
            RAISE EXCEPTION 'signet_server must be able to call signet.%', f;
        END IF;
    END LOOP;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g
                   WHERE g.tgrelid = 'signet.user_certificate_check'::regclass
                     AND g.tgfoid = 'signet.tell_check()'::regprocedure AND g.tgenabled = 'O') THEN
        RAISE EXCEPTION 'a revocation is not told to the servers';
    END IF;
    IF EXISTS (SELECT FROM signet.user_certificate c
               WHERE NOT EXISTS (SELECT FROM signet.user_certificate_check k
                                 WHERE k.fingerprint = c.fingerprint)) THEN
        RAISE EXCEPTION 'a user''s certificate is watched by nobody';
    END IF;
END
$$;
