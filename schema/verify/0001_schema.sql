DO $$
BEGIN
    IF has_schema_privilege('signet_server', 'signet', 'CREATE')
       OR NOT has_schema_privilege('signet_server', 'signet', 'USAGE') THEN
        RAISE EXCEPTION 'signet_server must use the schema signet and make nothing in it';
    END IF;
    IF has_any_column_privilege('signet_server', 'signet.migration', 'INSERT, UPDATE')
       OR has_table_privilege('signet_server', 'signet.migration', 'DELETE, TRUNCATE')
       OR has_any_column_privilege('signet_server', 'signet.operation', 'INSERT, UPDATE')
       OR has_table_privilege('signet_server', 'signet.operation', 'DELETE, TRUNCATE') THEN
        RAISE EXCEPTION 'signet_server must not change migrations and operations';
    END IF;
    IF (SELECT count(*) FROM signet.operation) < 32 THEN
        RAISE EXCEPTION 'operations are missing';
    END IF;
    IF has_function_privilege('public', 'signet.count_version()', 'EXECUTE') THEN
        RAISE EXCEPTION 'functions must not be open to everybody';
    END IF;
END
$$;
