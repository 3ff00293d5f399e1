DO $$
BEGIN
    IF has_any_column_privilege('signet_server', 'signet.tsa_serial', 'SELECT, INSERT, UPDATE')
       OR has_table_privilege('signet_server', 'signet.tsa_serial', 'DELETE, TRUNCATE') THEN
        RAISE EXCEPTION 'serial numbers must be taken by signet.tsa_serials() only';
    END IF;
    IF NOT has_function_privilege('signet_server', 'signet.tsa_serials(bigint)', 'EXECUTE') THEN
        RAISE EXCEPTION 'signet_server must be able to take serial numbers';
    END IF;
    IF (SELECT count(*) FROM signet.tsa_serial) <> 1 THEN
        RAISE EXCEPTION 'there must be one row of serial numbers';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_index
                   WHERE indexrelid = 'signet.signing_key_one_default'::regclass AND indisunique) THEN
        RAISE EXCEPTION 'a tenant must have one default key at most';
    END IF;
END
$$;
