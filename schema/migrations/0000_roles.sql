-- The two roles of Signet. They belong to the cluster, not to a database, so an administrator of the
-- cluster runs this once (`signet-init` does); running it again changes nothing.
--   signet_owner   owns the schema and runs the migrations; the server never connects as it
--   signet_server  what the server connects as; has what its work needs and no more
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['signet_owner', 'signet_server'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION'
                           ' NOBYPASSRLS NOINHERIT', wanted);
        END IF;
        EXECUTE format('ALTER ROLE %I SET search_path = ''''', wanted);
    END LOOP;
END
$$;
