DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['fetched', 'fetched_content', 'fetched_part', 'fetched_page'] LOOP
        IF NOT (has_table_privilege('signet_server', 'signet.' || t, 'SELECT')
                AND has_table_privilege('signet_server', 'signet.' || t, 'INSERT')
                AND has_table_privilege('signet_server', 'signet.' || t, 'DELETE')) THEN
            RAISE EXCEPTION 'signet_server must keep validation data in %', t;
        END IF;
        IF EXISTS (SELECT FROM pg_catalog.pg_attribute a
                   WHERE a.attrelid = ('signet.' || t)::regclass AND a.attname = 'tenant_id') THEN
            RAISE EXCEPTION 'validation data are no tenant''s: %', t;
        END IF;
    END LOOP;
    IF NOT has_table_privilege('signet_server', 'signet.fetched', 'UPDATE') THEN
        RAISE EXCEPTION 'signet_server must replace what is outdated';
    END IF;
    IF has_column_privilege('signet_server', 'signet.fetched_content', 'head', 'UPDATE')
       OR has_any_column_privilege('signet_server', 'signet.fetched_part', 'UPDATE')
       OR has_any_column_privilege('signet_server', 'signet.fetched_page', 'UPDATE') THEN
        RAISE EXCEPTION 'signet_server must not change what was fetched';
    END IF;
END
$$;
