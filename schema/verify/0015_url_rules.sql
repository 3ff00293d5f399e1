DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['url_rule', 'url_rule_group'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g
                       WHERE g.tgrelid = ('signet.' || t)::regclass
                         AND g.tgname = t || '_tell_changed' AND g.tgenabled = 'O') THEN
            RAISE EXCEPTION 'changes are not told to the caches: %', t;
        END IF;
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_class c
                       WHERE c.oid = ('signet.' || t)::regclass
                         AND c.relrowsecurity AND c.relforcerowsecurity) THEN
            RAISE EXCEPTION 'tenants are not kept apart: %', t;
        END IF;
    END LOOP;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g
                   WHERE g.tgrelid = 'signet.url_rule'::regclass AND g.tgname = 'url_rule_is_alone'
                     AND g.tgenabled = 'O') THEN
        RAISE EXCEPTION 'two rules may be for the same page';
    END IF;
END
$$;
