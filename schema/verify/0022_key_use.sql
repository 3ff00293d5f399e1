DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g
        WHERE g.tgrelid = 'signet.group_key'::regclass AND g.tgname = 'group_key_history' AND g.tgenabled = 'O'
          AND g.tgfoid = 'signet.keep_history()'::regprocedure) THEN
        RAISE EXCEPTION 'no history is kept of which group may use which key';
    END IF;
    IF pg_catalog.has_table_privilege('signet_server', 'signet.group_key', 'UPDATE') THEN
        RAISE EXCEPTION 'the use of a key is given and taken, not bent';
    END IF;
END
$$;
