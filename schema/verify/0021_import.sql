DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g
        WHERE g.tgrelid = 'signet.user'::regclass AND g.tgname = 'user_import' AND g.tgenabled = 'O'
          AND g.tgfoid = 'signet.user_import()'::regprocedure) THEN
        RAISE EXCEPTION 'the planner is not told of an import of users';
    END IF;
END
$$;
