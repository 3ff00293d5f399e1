-- Validation policies: what a tenant's verdicts judge more or less strictly than the server's own
-- "signet-strict". A policy that is changed is a new version of it; what verdicts cite stays.
CREATE TABLE signet.validation_policy (
    tenant_id  uuid        NOT NULL CONSTRAINT validation_policy_tenant REFERENCES signet.tenant,
    name       text        NOT NULL CONSTRAINT validation_policy_name_form
                           CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' AND name <> 'signet-strict'),
    version    integer     NOT NULL CONSTRAINT validation_policy_version CHECK (version > 0),
    -- JSON, as signet-init(8) has it; NULL: from this version on there is no such policy.
    content    text        CONSTRAINT validation_policy_size CHECK (octet_length(content) <= 65536),
    created    timestamptz NOT NULL DEFAULT now(),
    created_by text        NOT NULL,
    CONSTRAINT validation_policy_once PRIMARY KEY (tenant_id, name, version)
);

-- The policy that counts where a request names none; without a row "signet-strict" does.
CREATE TABLE signet.validation_default (
    tenant_id uuid        CONSTRAINT validation_default_once PRIMARY KEY
                          CONSTRAINT validation_default_tenant REFERENCES signet.tenant,
    name      text        NOT NULL,
    changed   timestamptz NOT NULL DEFAULT now()
);

-- The walls, as in 0005 and 0008.
DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['validation_policy', 'validation_default'] LOOP
        EXECUTE format('ALTER TABLE signet.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE signet.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own_tenant ON signet.%I'
            ' USING (tenant_id = NULLIF(current_setting(''signet.tenant'', true), '''')::uuid)', t);
        EXECUTE format('CREATE POLICY owner_reads ON signet.%I FOR SELECT TO signet_owner USING (true)', t);
        EXECUTE format('GRANT SELECT, INSERT ON signet.%I TO signet_server', t);
        EXECUTE format('CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON signet.%I'
            ' FOR EACH ROW EXECUTE FUNCTION signet.tell_changed()', t || '_tell_changed', t);
    END LOOP;
END
$$;
GRANT UPDATE, DELETE ON signet.validation_default TO signet_server;
CREATE TRIGGER validation_policy_written_once BEFORE UPDATE OR DELETE OR TRUNCATE
    ON signet.validation_policy FOR EACH STATEMENT EXECUTE FUNCTION signet.written_once();
