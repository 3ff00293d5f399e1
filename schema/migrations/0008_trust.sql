-- Trusted lists as they were imported, what tenants choose of them, and the numbered snapshots that
-- verdicts cite. Lists and snapshots are written once and never changed.
CREATE TABLE signet.trust_source (
    id           uuid        CONSTRAINT trust_source_id PRIMARY KEY,
    -- NULL: offered to every tenant; only the owner of the schema makes such a row.
    tenant_id    uuid        CONSTRAINT trust_source_tenant REFERENCES signet.tenant,
    scope        uuid        NOT NULL GENERATED ALWAYS AS
                             (COALESCE(tenant_id, '00000000-0000-0000-0000-000000000000')) STORED,
    name         text        NOT NULL
                             CONSTRAINT trust_source_name_form CHECK (name ~ '^[^[:cntrl:]]{1,128}$'),
    kind         text        NOT NULL DEFAULT 'list'
                             CONSTRAINT trust_source_kind CHECK (kind IN ('list', 'lotl')),
    url          text        CONSTRAINT trust_source_url CHECK (url ~ '^https?://[!-~]+$'
                             AND length(url) <= 2000),
    -- What the list must say of itself; NULL: anything.
    territory    text        CONSTRAINT trust_source_territory CHECK (territory ~ '^[A-Z]{2}$'),
    list_type    text        CONSTRAINT trust_source_list_type CHECK (length(list_type) BETWEEN 1 AND 2000),
    -- Pinned certificates, one of which signs; none where a list of lists names them.
    signers      bytea[]     NOT NULL DEFAULT '{}'
                             CONSTRAINT trust_source_signers CHECK (cardinality(signers) <= 64),
    lotl_id      uuid        CONSTRAINT trust_source_lotl REFERENCES signet.trust_source,
    -- Where the pinned signers of a list of lists were announced.
    announcement text        CONSTRAINT trust_source_announcement CHECK (length(announcement) BETWEEN 1 AND 2000),
    state        text        NOT NULL DEFAULT 'active'
                             CONSTRAINT trust_source_state CHECK (state IN ('active', 'disabled')),
    version      integer     NOT NULL DEFAULT 1,
    created      timestamptz NOT NULL DEFAULT now(),
    changed      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT trust_source_name_once UNIQUE NULLS NOT DISTINCT (tenant_id, name),
    CONSTRAINT trust_source_of_scope UNIQUE (scope, id),
    -- Who signs is either pinned or told by a list of lists, under the territory.
    CONSTRAINT trust_source_one_way CHECK ((cardinality(signers) > 0) <> (lotl_id IS NOT NULL)
        AND (lotl_id IS NULL OR (kind = 'list' AND territory IS NOT NULL)))
);

CREATE TABLE signet.trust_list (
    id          uuid        CONSTRAINT trust_list_id PRIMARY KEY,
    tenant_id   uuid        CONSTRAINT trust_list_tenant REFERENCES signet.tenant,
    scope       uuid        NOT NULL GENERATED ALWAYS AS
                            (COALESCE(tenant_id, '00000000-0000-0000-0000-000000000000')) STORED,
    source_id   uuid        NOT NULL,
    -- Of the bytes that were handed in, whatever became of them.
    digest      bytea       NOT NULL CONSTRAINT trust_list_digest_size CHECK (octet_length(digest) = 32),
    size        bigint      NOT NULL CONSTRAINT trust_list_size CHECK (size >= 0),
    verdict     text        NOT NULL CONSTRAINT trust_list_verdict CHECK (verdict IN ('Accepted',
                            'Malformed', 'Version', 'WrongList', 'NotSigned', 'Broken', 'Weak',
                            'Stranger', 'Old', 'NotYet', 'Expired')),
    reason      text        NOT NULL,
    -- SHA-256 of the signer's certificate, where there was one.
    signer      bytea       CONSTRAINT trust_list_signer_size CHECK (octet_length(signer) = 32),
    -- Of accepted ones only.
    content     bytea,
    sequence    bigint      CONSTRAINT trust_list_sequence CHECK (sequence >= 0),
    territory   text,
    issued      timestamptz,
    next_update timestamptz,
    imported    timestamptz NOT NULL DEFAULT now(),
    imported_by text        NOT NULL,
    CONSTRAINT trust_list_source FOREIGN KEY (scope, source_id)
        REFERENCES signet.trust_source (scope, id),
    CONSTRAINT trust_list_kept CHECK ((verdict = 'Accepted') = (content IS NOT NULL)
        AND (content IS NULL) = (sequence IS NULL) AND (content IS NULL) = (issued IS NULL)),
    CONSTRAINT trust_list_content CHECK (content IS NULL OR (digest = sha256(content)
        AND size = octet_length(content)))
);
ALTER TABLE signet.trust_list ALTER COLUMN content SET STORAGE EXTENDED;
CREATE UNIQUE INDEX trust_list_sequence_once ON signet.trust_list (source_id, sequence DESC)
    WHERE verdict = 'Accepted';
CREATE INDEX trust_list_by_source ON signet.trust_list (source_id, imported);

-- The trust centres that count for a tenant: all providers of a source ('') or one by its name.
CREATE TABLE signet.trust_choice (
    tenant_id uuid NOT NULL CONSTRAINT trust_choice_tenant REFERENCES signet.tenant,
    source_id uuid NOT NULL CONSTRAINT trust_choice_source REFERENCES signet.trust_source,
    provider  text NOT NULL DEFAULT '' CONSTRAINT trust_choice_provider_form
              CHECK (provider !~ '[[:cntrl:]]' AND length(provider) <= 1000),
    CONSTRAINT trust_choice_once PRIMARY KEY (tenant_id, source_id, provider)
);
CREATE INDEX trust_choice_of_source ON signet.trust_choice (source_id);

CREATE TABLE signet.trust_snapshot (
    tenant_id uuid        NOT NULL CONSTRAINT trust_snapshot_tenant REFERENCES signet.tenant,
    number    integer     NOT NULL CONSTRAINT trust_snapshot_number CHECK (number > 0),
    digest    bytea       NOT NULL,
    content   bytea       NOT NULL,
    reason    text        NOT NULL,
    made      timestamptz NOT NULL DEFAULT now(),
    made_by   text        NOT NULL,
    CONSTRAINT trust_snapshot_once PRIMARY KEY (tenant_id, number),
    CONSTRAINT trust_snapshot_digest CHECK (digest = sha256(content))
);
CREATE INDEX trust_snapshot_by_digest ON signet.trust_snapshot (tenant_id, digest);

-- Own CA certificates are the trust anchors that were there before; now with addresses.
ALTER TABLE signet.trust_anchor
    ADD COLUMN crl_urls  text[] NOT NULL DEFAULT '{}' CONSTRAINT trust_anchor_crl_urls CHECK (
        cardinality(crl_urls) <= 8 AND array_to_string(crl_urls, ' ')
        ~ '^((https?|ldap)://[!-~]+( (https?|ldap)://[!-~]+)*)?$'),
    ADD COLUMN ocsp_urls text[] NOT NULL DEFAULT '{}' CONSTRAINT trust_anchor_ocsp_urls CHECK (
        cardinality(ocsp_urls) <= 8 AND array_to_string(ocsp_urls, ' ')
        ~ '^(https?://[!-~]+( https?://[!-~]+)*)?$');

-- The walls, as in 0005.
DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['trust_source', 'trust_list', 'trust_choice', 'trust_snapshot'] LOOP
        EXECUTE format('ALTER TABLE signet.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE signet.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own_tenant ON signet.%I'
            ' USING (tenant_id = NULLIF(current_setting(''signet.tenant'', true), '''')::uuid)', t);
        EXECUTE format('CREATE POLICY owner_reads ON signet.%I FOR SELECT TO signet_owner USING (true)', t);
        EXECUTE format('GRANT SELECT, INSERT ON signet.%I TO signet_server', t);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['trust_source', 'trust_choice'] LOOP
        EXECUTE format('GRANT UPDATE, DELETE ON signet.%I TO signet_server', t);
        EXECUTE format('CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON signet.%I'
            ' FOR EACH ROW EXECUTE FUNCTION signet.tell_changed()', t || '_tell_changed', t);
    END LOOP;
END
$$;
CREATE TRIGGER trust_source_version BEFORE UPDATE ON signet.trust_source
    FOR EACH ROW EXECUTE FUNCTION signet.count_version();
CREATE POLICY server_wide ON signet.trust_source FOR SELECT USING (tenant_id IS NULL);
CREATE POLICY owner_offers ON signet.trust_source TO signet_owner USING (tenant_id IS NULL);
-- Lists for all are imported by the server's own jobs: whose they are is in their signature, which
-- is checked against pins that the server cannot change.
CREATE POLICY server_wide ON signet.trust_list FOR SELECT USING (tenant_id IS NULL);
CREATE POLICY imported_for_all ON signet.trust_list FOR INSERT WITH CHECK (tenant_id IS NULL);

-- What is written once: not even the owner changes it.
CREATE FUNCTION signet.written_once() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    RAISE EXCEPTION '%.% is written once and never changed', TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER trust_list_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON signet.trust_list
    FOR EACH STATEMENT EXECUTE FUNCTION signet.written_once();
CREATE TRIGGER trust_snapshot_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON signet.trust_snapshot
    FOR EACH STATEMENT EXECUTE FUNCTION signet.written_once();

-- A new snapshot is told to the caches without turning its megabytes into JSON.
CREATE FUNCTION signet.tell_snapshot() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    PERFORM pg_notify('signet_changed', NEW.tenant_id::text);
    RETURN NULL;
END
$$;
CREATE TRIGGER trust_snapshot_tell AFTER INSERT ON signet.trust_snapshot
    FOR EACH ROW EXECUTE FUNCTION signet.tell_snapshot();

-- The tenants that a source counts for: whoever imports its list makes their snapshots.
CREATE FUNCTION signet.trust_choosers(of_source uuid) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    RETURN QUERY SELECT DISTINCT c.tenant_id FROM signet.trust_choice c
        WHERE c.source_id = of_source ORDER BY c.tenant_id;
END
$$;
GRANT EXECUTE ON FUNCTION signet.trust_choosers(uuid) TO signet_server;
