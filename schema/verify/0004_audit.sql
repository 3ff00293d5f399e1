DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['signet.audit', 'signet.request_id'] LOOP
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
    END LOOP;
    IF has_table_privilege('signet_server', 'signet.node', 'DELETE')
       OR has_table_privilege('signet_server', 'signet.node', 'TRUNCATE')
       OR has_column_privilege('signet_server', 'signet.node', 'name', 'UPDATE') THEN
        RAISE EXCEPTION 'signet_server must not rename or remove nodes';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_trigger
                   WHERE tgrelid = 'signet.node'::regclass AND tgname = 'node_only_forward'
                     AND tgenabled = 'O') THEN
        RAISE EXCEPTION 'the head of an audit chain must not go back';
    END IF;
END
$$;
