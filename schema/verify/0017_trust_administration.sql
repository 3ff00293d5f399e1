DO $$
DECLARE
    wrong text;
BEGIN
    SELECT string_agg(t.name, ', ') INTO wrong FROM unnest(ARRAY['trust_anchor', 'trust_choice']) AS t (name)
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g
                      WHERE g.tgrelid = ('signet.' || t.name)::regclass AND g.tgname = t.name || '_history'
                        AND g.tgenabled = 'O' AND g.tgfoid = 'signet.keep_history()'::regprocedure);
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'no history is kept of: %', wrong;
    END IF;
    IF (SELECT count(*) FROM signet.trust_anchor) + (SELECT count(*) FROM signet.trust_choice)
       <> (SELECT count(*) FROM signet.history WHERE kind IN ('trust_anchor', 'trust_choice') AND until IS NULL) THEN
        RAISE EXCEPTION 'history does not begin with whom tenants trust';
    END IF;
END
$$;
