DO $$
DECLARE
    wrong text;
BEGIN
    SELECT string_agg(t.name || ' ' || e.name, ', ') INTO wrong
    FROM unnest(ARRAY['user', 'user_certificate', 'group_member']) AS t (name),
        unnest(ARRAY['tell_changed', 'tell_was', 'tell_is', 'tell_gone']) AS e (name)
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g WHERE g.tgrelid = ('signet.' || t.name)::regclass
        AND g.tgname = t.name || '_' || e.name AND g.tgenabled = 'O'
        AND g.tgfoid IN ('signet.tell_users()'::regprocedure, 'signet.tell_users_of()'::regprocedure));
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'the caches do not hear of: %', wrong;
    END IF;
    SELECT string_agg(t.name, ', ') INTO wrong FROM unnest(ARRAY['tenant', 'group', 'group_group', 'group_right',
        'group_right_object', 'group_key', 'signing_key', 'url_rule', 'url_rule_group']) AS t (name)
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g WHERE g.tgrelid = ('signet.' || t.name)::regclass
        AND g.tgname = t.name || '_tell_changed' AND g.tgenabled = 'O'
        AND g.tgfoid = 'signet.tell_changed()'::regprocedure);
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'the caches do not hear of: %', wrong;
    END IF;
    IF (SELECT count(*) FROM pg_catalog.pg_index i WHERE i.indisvalid
        AND i.indexrelid IN ('signet.history_of_user_name'::regclass, 'signet.url_rule_of_page'::regclass)) <> 2 THEN
        RAISE EXCEPTION 'users of earlier times and pages of rules are not found by index';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_proc p WHERE p.oid = 'signet.caller(uuid)'::regprocedure
        AND p.proconfig @> ARRAY['enable_hashjoin=off', 'enable_seqscan=off', 'search_path=""']) THEN
        RAISE EXCEPTION 'who calls is looked up by reading tables';
    END IF;
    IF EXISTS (SELECT FROM signet.history h WHERE h.kind = 'url_rule' AND h.image ? 'page') THEN
        RAISE EXCEPTION 'history keeps what is computed';
    END IF;
END
$$;
