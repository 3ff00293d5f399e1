DO $$
DECLARE
    t text := 'signet.validation_policy';
BEGIN
    IF has_any_column_privilege('signet_server', t, 'UPDATE')
       OR has_table_privilege('signet_server', t, 'DELETE')
       OR has_table_privilege('signet_server', t, 'TRUNCATE')
       OR has_table_privilege('signet_server', t, 'TRIGGER') THEN
        RAISE EXCEPTION 'signet_server must not change what is in %', t;
    END IF;
    -- UPDATE, DELETE and TRUNCATE are bits 16, 8 and 32 of tgtype, BEFORE is 2.
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g
                   WHERE g.tgrelid = t::regclass AND g.tgenabled = 'O' AND g.tgtype & 58 = 58
                     AND g.tgfoid = 'signet.written_once()'::regprocedure) THEN
        RAISE EXCEPTION '% must be written once', t;
    END IF;
    FOREACH t IN ARRAY ARRAY['validation_policy', 'validation_default'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g
                       WHERE g.tgrelid = ('signet.' || t)::regclass
                         AND g.tgname = t || '_tell_changed' AND g.tgenabled = 'O') THEN
            RAISE EXCEPTION 'changes are not told to the caches: %', t;
        END IF;
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_class c
                       WHERE c.oid = ('signet.' || t)::regclass
                         AND c.relrowsecurity AND c.relforcerowsecurity) THEN
            RAISE EXCEPTION 'tenants are not kept apart: %', t;
        END IF;
    END LOOP;
END
$$;
