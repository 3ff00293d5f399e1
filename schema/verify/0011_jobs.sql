DO $$
DECLARE
    f text;
BEGIN
    -- Claims, leases and history are written by the functions alone.
    IF has_column_privilege('signet_server', 'signet.job', 'claimed_until', 'UPDATE')
       OR has_column_privilege('signet_server', 'signet.job', 'run', 'UPDATE')
       OR has_column_privilege('signet_server', 'signet.job', 'claimed_by', 'UPDATE')
       OR has_any_column_privilege('signet_server', 'signet.job_run', 'INSERT')
       OR has_any_column_privilege('signet_server', 'signet.job_run', 'UPDATE')
       OR has_table_privilege('signet_server', 'signet.job_run', 'DELETE')
       OR has_function_privilege('signet_server', 'signet.job_lose(bigint, text)', 'EXECUTE') THEN
        RAISE EXCEPTION 'signet_server must claim and end jobs by their functions alone';
    END IF;
    FOREACH f IN ARRAY ARRAY['job_all()', 'job_claim(uuid, timestamptz, text, integer)',
        'job_extend(bigint, integer)', 'job_finish(bigint, text, text, timestamptz)',
        'job_abandon(text)', 'job_forget(timestamptz, integer, integer)', 'trust_sources_of(uuid)',
        'own_certificates(uuid, timestamptz)'] LOOP
        IF NOT has_function_privilege('signet_server', 'signet.' || f, 'EXECUTE') THEN
            RAISE EXCEPTION 'signet_server must be able to call signet.%', f;
        END IF;
    END LOOP;
    IF (SELECT count(*) FROM pg_catalog.pg_trigger g WHERE g.tgrelid = 'signet.job'::regclass
            AND g.tgfoid = 'signet.tell_job()'::regprocedure AND g.tgenabled = 'O') <> 2 THEN
        RAISE EXCEPTION 'changes of the plan are not told to the servers';
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_policy p
               WHERE p.polrelid IN ('signet.job'::regclass, 'signet.job_run'::regclass)
                 AND p.polname NOT IN ('own_tenant', 'owner_runs')) THEN
        RAISE EXCEPTION 'signet_server must not see other tenants'' jobs';
    END IF;
END
$$;
