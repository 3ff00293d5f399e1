DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['signet.trust_list', 'signet.trust_snapshot'] LOOP
        IF has_any_column_privilege('signet_server', t, 'UPDATE')
           OR has_table_privilege('signet_server', t, 'DELETE')
           OR has_table_privilege('signet_server', t, 'TRUNCATE')
           OR has_table_privilege('signet_server', t, 'TRIGGER') THEN
            RAISE EXCEPTION 'signet_server must not change what is in %', t;
        END IF;
        IF NOT (has_table_privilege('signet_server', t, 'SELECT')
                AND has_table_privilege('signet_server', t, 'INSERT')) THEN
            RAISE EXCEPTION 'signet_server must write and read %', t;
        END IF;
        -- UPDATE, DELETE and TRUNCATE are bits 16, 8 and 32 of tgtype, BEFORE is 2.
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g
                       WHERE g.tgrelid = t::regclass AND g.tgenabled = 'O' AND g.tgtype & 58 = 58
                         AND g.tgfoid = 'signet.written_once()'::regprocedure) THEN
            RAISE EXCEPTION '% must be written once', t;
        END IF;
    END LOOP;
    FOREACH t IN ARRAY ARRAY['trust_source', 'trust_choice'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g
                       WHERE g.tgrelid = ('signet.' || t)::regclass
                         AND g.tgname = t || '_tell_changed' AND g.tgenabled = 'O') THEN
            RAISE EXCEPTION 'changes are not told to the caches: %', t;
        END IF;
    END LOOP;
    -- Pins of lists for all are the owner's: the server has no policy that lets it write them.
    IF EXISTS (SELECT FROM pg_catalog.pg_policy p
               WHERE p.polrelid = 'signet.trust_source'::regclass AND p.polcmd <> 'r'
                 AND p.polname NOT IN ('own_tenant', 'owner_offers')) THEN
        RAISE EXCEPTION 'signet_server must not pin signers for all tenants';
    END IF;
    IF NOT has_function_privilege('signet_server', 'signet.trust_choosers(uuid)', 'EXECUTE') THEN
        RAISE EXCEPTION 'signet_server must be able to find whom a source counts for';
    END IF;
END
$$;
