DO $$
BEGIN
    IF (SELECT count(*) FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang
        WHERE p.pronamespace = 'signet'::regnamespace AND l.lanname = 'plpgsql' AND p.prosecdef
          AND p.proname IN ('caller', 'caller_by_certificate', 'caller_by_name')) <> 3 THEN
        RAISE EXCEPTION 'callers must be found by functions that keep their plans';
    END IF;
    IF has_function_privilege('signet_server', 'signet.caller(uuid)', 'EXECUTE') THEN
        RAISE EXCEPTION 'callers must be found by certificate or by name only';
    END IF;
END
$$;
