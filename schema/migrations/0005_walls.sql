-- The second wall between tenants (row-level security), who may do what with which table, and the
-- triggers that keep versions and caches right.
--
-- A transaction says its tenant by set_config('signet.tenant', id, true); one that does not sees no
-- row of any tenant. The policies bind the owner too (FORCE); he may read across tenants, which the
-- look-up functions (0006) need, and changes rows of the tenant he said.
DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['tenant', 'user', 'user_certificate', 'group', 'group_member',
        'group_right', 'signing_key', 'group_key', 'trust_anchor', 'timestamp_authority'] LOOP
        EXECUTE format('ALTER TABLE signet.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE signet.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own_tenant ON signet.%I'
            ' USING (%I = NULLIF(current_setting(''signet.tenant'', true), '''')::uuid)', t,
            CASE t WHEN 'tenant' THEN 'id' ELSE 'tenant_id' END);
        EXECUTE format('CREATE POLICY owner_reads ON signet.%I FOR SELECT TO signet_owner USING (true)', t);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON signet.%I TO signet_server', t);
        EXECUTE format('CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON signet.%I'
            ' FOR EACH ROW EXECUTE FUNCTION signet.tell_changed()', t || '_tell_changed', t);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['tenant', 'user', 'user_certificate', 'group', 'signing_key',
        'trust_anchor', 'timestamp_authority'] LOOP
        EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE ON signet.%I'
            ' FOR EACH ROW EXECUTE FUNCTION signet.count_version()', t || '_version', t);
    END LOOP;
END
$$;

-- What the server offers to all is seen by all and made by the owner.
CREATE POLICY server_wide ON signet.timestamp_authority FOR SELECT USING (tenant_id IS NULL);
CREATE POLICY owner_offers ON signet.timestamp_authority TO signet_owner
    USING (tenant_id IS NULL);

-- The log: anybody's row is written (the writer commits many tenants' rows at once), one's own are read.
ALTER TABLE signet.audit ENABLE ROW LEVEL SECURITY;
ALTER TABLE signet.audit FORCE ROW LEVEL SECURITY;
CREATE POLICY written ON signet.audit FOR INSERT TO signet_server WITH CHECK (true);
CREATE POLICY own_tenant ON signet.audit FOR SELECT
    USING (tenant_id = NULLIF(current_setting('signet.tenant', true), '')::uuid);
CREATE POLICY owner_reads ON signet.audit FOR SELECT TO signet_owner USING (true);

ALTER TABLE signet.request_id ENABLE ROW LEVEL SECURITY;
ALTER TABLE signet.request_id FORCE ROW LEVEL SECURITY;
CREATE POLICY written ON signet.request_id FOR INSERT WITH CHECK (true);
CREATE POLICY own_tenant ON signet.request_id FOR SELECT
    USING (tenant_id = NULLIF(current_setting('signet.tenant', true), '')::uuid);
CREATE POLICY owner_reads ON signet.request_id FOR SELECT TO signet_owner USING (true);
CREATE POLICY owner_forgets ON signet.request_id FOR DELETE TO signet_owner USING (true);
