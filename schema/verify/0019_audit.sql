DO $$
DECLARE
    wrong text;
BEGIN
    SELECT string_agg(i.name, ', ') INTO wrong FROM unnest(ARRAY['audit_by_caller', 'audit_by_operation',
        'audit_by_object', 'audit_by_digest', 'audit_by_failure', 'audit_by_request']) AS i (name)
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_indexes WHERE schemaname = 'signet' AND indexname = i.name);
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'the audit log cannot be searched without: %', wrong;
    END IF;
    -- A stamp is written once, and what it is of never changes.
    IF has_any_column_privilege('signet_server', 'signet.audit_stamp', 'UPDATE')
       OR has_table_privilege('signet_server', 'signet.audit_stamp', 'DELETE')
       OR has_table_privilege('signet_server', 'signet.audit_stamp', 'TRUNCATE')
       OR has_table_privilege('signet_server', 'signet.audit_statement', 'DELETE')
       OR has_table_privilege('signet_server', 'signet.audit_statement', 'TRUNCATE')
       OR has_column_privilege('signet_server', 'signet.audit_statement', 'content', 'UPDATE')
       OR has_column_privilege('signet_server', 'signet.audit_statement', 'digest', 'UPDATE')
       OR has_column_privilege('signet_server', 'signet.audit_statement', 'day', 'UPDATE') THEN
        RAISE EXCEPTION 'signet_server must not change time stamps of the audit log';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_policies WHERE schemaname = 'signet' AND tablename = 'audit'
                   AND policyname = 'server_reads') THEN
        RAISE EXCEPTION 'the server''s own users must see what is nobody''s';
    END IF;
END
$$;
