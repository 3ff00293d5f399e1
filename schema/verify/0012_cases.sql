DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['case_object', 'case_file', 'case_document', 'case_signature',
        'case_use', 'case_key', 'case_seal'] LOOP
        IF has_any_column_privilege('signet_server', 'signet.' || t, 'UPDATE')
           OR has_table_privilege('signet_server', 'signet.' || t, 'DELETE')
           OR has_table_privilege('signet_server', 'signet.' || t, 'TRUNCATE')
           OR has_table_privilege('signet_server', 'signet.' || t, 'TRIGGER') THEN
            RAISE EXCEPTION 'signet_server must not change what is in signet.%', t;
        END IF;
        IF NOT (has_table_privilege('signet_server', 'signet.' || t, 'SELECT')
                AND has_table_privilege('signet_server', 'signet.' || t, 'INSERT')) THEN
            RAISE EXCEPTION 'signet_server must write and read signet.%', t;
        END IF;
        -- UPDATE and TRUNCATE are bits 16 and 32 of tgtype, DELETE is 8, BEFORE is 2.
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g
                       WHERE g.tgrelid = ('signet.' || t)::regclass AND g.tgenabled = 'O'
                         AND g.tgtype & 50 = 50 AND g.tgfoid = 'signet.written_once()'::regprocedure)
           OR NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g
                       WHERE g.tgrelid = ('signet.' || t)::regclass AND g.tgenabled = 'O'
                         AND g.tgtype & 10 = 10) THEN
            RAISE EXCEPTION 'signet.% must be written once', t;
        END IF;
    END LOOP;
    IF NOT has_function_privilege('signet_server', 'signet.case_sweep(timestamptz, timestamptz, integer)', 'EXECUTE') THEN
        RAISE EXCEPTION 'signet_server must be able to remove remains';
    END IF;
    IF (SELECT count(*) FROM signet.operation WHERE name IN ('GetCase', 'FindCases', 'CheckCase')) <> 3 THEN
        RAISE EXCEPTION 'operations on cases are missing';
    END IF;
END
$$;
