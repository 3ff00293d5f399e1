DO $$
DECLARE
    wrong text;
BEGIN
    -- What decides has its history, kept by a trigger that nobody passes.
    SELECT string_agg(t.name, ', ') INTO wrong
    FROM unnest(ARRAY['tenant', 'user', 'user_certificate', 'user_certificate_check', 'group', 'group_member', 'group_group', 'group_right',
        'group_right_object', 'group_key', 'signing_key']) AS t (name)
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g
                      WHERE g.tgrelid = ('signet.' || quote_ident(t.name))::regclass AND g.tgname = t.name || '_history'
                        AND g.tgenabled = 'O' AND g.tgfoid = 'signet.keep_history()'::regprocedure);
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'no history is kept of: %', wrong;
    END IF;
    IF has_any_column_privilege('signet_server', 'signet.history', 'INSERT')
       OR has_any_column_privilege('signet_server', 'signet.history', 'UPDATE')
       OR has_table_privilege('signet_server', 'signet.history', 'DELETE')
       OR has_table_privilege('signet_server', 'signet.history', 'TRUNCATE') THEN
        RAISE EXCEPTION 'signet_server must not write history';
    END IF;
    IF (SELECT count(*) FROM pg_catalog.pg_trigger g WHERE g.tgrelid = 'signet.history'::regclass
        AND g.tgenabled = 'O' AND g.tgname IN ('history_only_ends', 'history_written_once')) <> 2 THEN
        RAISE EXCEPTION 'history must not be changed';
    END IF;
    -- The last administrator stays.
    SELECT string_agg(t.name, ', ') INTO wrong
    FROM unnest(ARRAY['user', 'user_certificate', 'group_member', 'group_group', 'group_right']) AS t (name)
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g
                      WHERE g.tgrelid = ('signet.' || quote_ident(t.name))::regclass
                        AND g.tgname = t.name || '_administrator' AND g.tgenabled = 'O' AND g.tginitdeferred);
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'the last administrator may be lost by: %', wrong;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g WHERE g.tgrelid = 'signet.group_group'::regclass
                   AND g.tgname = 'group_group_check' AND g.tgenabled = 'O')
       OR NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g WHERE g.tgrelid = 'signet.group_right'::regclass
                   AND g.tgname = 'group_right_check' AND g.tgenabled = 'O') THEN
        RAISE EXCEPTION 'circles of groups and rights over tenants must be refused';
    END IF;
    SELECT string_agg(t.name, ', ') INTO wrong FROM unnest(ARRAY['group_group', 'group_right_object']) AS t (name)
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g WHERE g.tgrelid = ('signet.' || t.name)::regclass
                      AND g.tgname = t.name || '_tell_changed' AND g.tgenabled = 'O');
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'changes are not told to the caches: %', wrong;
    END IF;
    IF has_column_privilege('signet_server', 'signet.tenant', 'is_server', 'UPDATE')
       OR has_column_privilege('signet_server', 'signet.tenant', 'is_server', 'INSERT') THEN
        RAISE EXCEPTION 'which tenant is the server''s is not the server''s to say';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_indexes WHERE schemaname = 'signet' AND indexname = 'user_by_part') THEN
        RAISE EXCEPTION 'users must be found by a part of their names';
    END IF;
END
$$;
