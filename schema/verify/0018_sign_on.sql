DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = 'signet.sign_on'::regclass
                   AND c.relrowsecurity AND c.relforcerowsecurity) THEN
        RAISE EXCEPTION 'tenants are not kept apart: sign_on';
    END IF;
    -- What an administrator decides on is what was handed in.
    IF has_column_privilege('signet_server', 'signet.sign_on', 'certificate', 'UPDATE')
       OR has_column_privilege('signet_server', 'signet.sign_on', 'fingerprint', 'UPDATE')
       OR has_column_privilege('signet_server', 'signet.sign_on', 'verdict', 'UPDATE') THEN
        RAISE EXCEPTION 'signet_server must not change what was handed in';
    END IF;
    IF has_table_privilege('signet_server', 'signet.sign_on_challenge', 'UPDATE') THEN
        RAISE EXCEPTION 'an answered challenge must stay answered';
    END IF;
    IF has_table_privilege('signet_server', 'signet.sign_on_server', 'INSERT')
       OR has_any_column_privilege('signet_server', 'signet.sign_on_server', 'UPDATE')
       OR has_table_privilege('signet_server', 'signet.sign_on_server', 'DELETE') THEN
        RAISE EXCEPTION 'signet_server must not change by what challenges are known';
    END IF;
    IF (SELECT count(*) FROM signet.sign_on_server) <> 1 THEN
        RAISE EXCEPTION 'the installation must have one secret for challenges';
    END IF;
END
$$;
