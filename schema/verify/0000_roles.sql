DO $$
BEGIN
    IF (SELECT count(*) FROM pg_catalog.pg_roles
        WHERE rolname IN ('signet_owner', 'signet_server')
          AND rolcanlogin AND NOT rolsuper AND NOT rolbypassrls
          AND NOT rolcreaterole AND NOT rolcreatedb AND NOT rolreplication) <> 2 THEN
        RAISE EXCEPTION 'signet_owner and signet_server must exist, log in, and be able to do nothing'
                        ' beyond their tables';
    END IF;
    IF pg_catalog.pg_has_role('signet_server', 'signet_owner', 'MEMBER') THEN
        RAISE EXCEPTION 'signet_server must not be a member of signet_owner';
    END IF;
END
$$;
