DO $$
DECLARE
    t text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = 'signet.proposal'::regclass
                   AND c.relrowsecurity AND c.relforcerowsecurity) THEN
        RAISE EXCEPTION 'tenants are not kept apart: proposal';
    END IF;
    -- What a second administrator accepts is what was proposed, and it is never lost.
    FOREACH t IN ARRAY ARRAY['operation', 'request', 'digest', 'seen_version', 'proposer_id', 'proposer_keys',
                             'proposed', 'expires', 'field_values', 'change'] LOOP
        IF has_column_privilege('signet_server', 'signet.proposal', t, 'UPDATE') THEN
            RAISE EXCEPTION 'signet_server must not change what was proposed: %', t;
        END IF;
    END LOOP;
    IF has_table_privilege('signet_server', 'signet.proposal', 'DELETE')
       OR has_table_privilege('signet_server', 'signet.proposal', 'TRUNCATE') THEN
        RAISE EXCEPTION 'signet_server must not remove a proposal';
    END IF;
    FOREACH t IN ARRAY ARRAY['tenant', 'user', 'user_certificate', 'group_member', 'group_group', 'group_right'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g
            WHERE g.tgrelid = ('signet.' || quote_ident(t))::regclass AND g.tgname = t || '_four_eyes'
              AND g.tgenabled = 'O' AND g.tgfoid = 'signet.keep_four_eyes()'::regprocedure) THEN
            RAISE EXCEPTION 'four eyes may be left with one administrator: %', t;
        END IF;
    END LOOP;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g
        WHERE g.tgrelid = 'signet.proposal'::regclass AND g.tgname = 'proposal_is_decided_once' AND g.tgenabled = 'O')
       OR NOT EXISTS (SELECT FROM pg_catalog.pg_constraint c
        WHERE c.conrelid = 'signet.proposal'::regclass AND c.conname = 'proposal_two') THEN
        RAISE EXCEPTION 'a proposal may be decided twice, or by its proposer';
    END IF;
END
$$;
