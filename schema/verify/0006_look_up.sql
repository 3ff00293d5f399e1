DO $$
BEGIN
    IF has_function_privilege('signet_server', 'signet.caller(uuid)', 'EXECUTE') THEN
        RAISE EXCEPTION 'callers must be found by certificate or by name only';
    END IF;
    IF NOT (has_function_privilege('signet_server', 'signet.caller_by_certificate(bytea)', 'EXECUTE')
            AND has_function_privilege('signet_server', 'signet.caller_by_name(text, text)', 'EXECUTE')) THEN
        RAISE EXCEPTION 'signet_server must be able to find callers';
    END IF;
END
$$;
