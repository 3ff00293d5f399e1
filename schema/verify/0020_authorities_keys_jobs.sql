DO $$
DECLARE
    wrong text;
BEGIN
    SELECT string_agg(t.name, ', ') INTO wrong FROM unnest(ARRAY['timestamp_authority', 'validation_default']) AS t (name)
    WHERE (SELECT count(*) FROM pg_catalog.pg_trigger g
           WHERE g.tgrelid = ('signet.' || t.name)::regclass AND g.tgenabled = 'O'
             AND g.tgname IN (t.name || '_history', t.name || '_history_of_end')
             AND g.tgfoid = 'signet.keep_history()'::regprocedure) <> 2;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'no history is kept of: %', wrong;
    END IF;
    IF EXISTS (SELECT FROM signet.jobs()) OR EXISTS (SELECT FROM signet.nodes()) THEN
        RAISE EXCEPTION 'without a tenant there are no jobs and no nodes';
    END IF;
END
$$;
