DO $$
DECLARE
    wrong text;
BEGIN
    SELECT string_agg(t.name, ', ') INTO wrong FROM unnest(ARRAY['url_rule', 'url_rule_group']) AS t (name)
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g
                      WHERE g.tgrelid = ('signet.' || t.name)::regclass AND g.tgname = t.name || '_history'
                        AND g.tgenabled = 'O' AND g.tgfoid = 'signet.keep_history()'::regprocedure);
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'no history is kept of: %', wrong;
    END IF;
    IF (SELECT count(*) FROM signet.url_rule) + (SELECT count(*) FROM signet.url_rule_group)
       <> (SELECT count(*) FROM signet.history WHERE kind IN ('url_rule', 'url_rule_group') AND until IS NULL) THEN
        RAISE EXCEPTION 'history does not begin with the rules that there are';
    END IF;
    IF NOT has_function_privilege('signet_server', 'signet.url_rule_history_begin()', 'EXECUTE') THEN
        RAISE EXCEPTION 'the server must be able to tell since when history is kept';
    END IF;
END
$$;
