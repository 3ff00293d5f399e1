-- Cases: verdicts stored with all that they rest on, written once and found again. A case is written
-- in two steps. First the server writes it whole, with its objects, in a transaction of its own; then
-- the writer of the audit log commits the case's row in the log and its seal together. Without a seal
-- there is no case: nobody was told of it, no look-up shows it, and signet.case_sweep() removes it.

-- What verdicts rest on, each once in a tenant however many cases use it.
CREATE TABLE signet.case_object (
    tenant_id uuid        NOT NULL CONSTRAINT case_object_tenant REFERENCES signet.tenant,
    digest    bytea       NOT NULL,
    content   bytea       NOT NULL,
    created   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT case_object_once PRIMARY KEY (tenant_id, digest),
    CONSTRAINT case_object_digest CHECK (digest = sha256(content))
);
-- Certificates, signatures and CRLs hold what does not shrink; read in parts without unpacking.
ALTER TABLE signet.case_object ALTER COLUMN content SET STORAGE EXTERNAL;
CREATE INDEX case_object_by_time ON signet.case_object USING brin (created);

CREATE TABLE signet.case_file (
    tenant_id       uuid        NOT NULL CONSTRAINT case_file_tenant REFERENCES signet.tenant,
    id              uuid        CONSTRAINT case_file_once PRIMARY KEY,
    stored          timestamptz NOT NULL,   -- when its request came
    request         uuid        NOT NULL,   -- as in the audit log
    request_id      text        NOT NULL,   -- the caller's, or ''
    user_id         uuid        NOT NULL,
    caller          text        NOT NULL,   -- tenant/user at that time
    node            text        NOT NULL,
    program         text        NOT NULL,
    door            text        NOT NULL CONSTRAINT case_file_door CHECK (door IN
                                ('Api', 'Directory', 'Mail', 'Archive')),
    kind            text        NOT NULL CONSTRAINT case_file_kind CHECK (kind IN
                                ('ScannedBatch', 'Workflow', 'Mail', 'File')),
    indication      text        NOT NULL CONSTRAINT case_file_indication CHECK (indication IN
                                ('TotalPassed', 'Indeterminate', 'TotalFailed')),
    sub_indication  text        NOT NULL,
    reason_code     text        NOT NULL,
    reason          text        NOT NULL,
    validation_time timestamptz NOT NULL,
    policy          text        NOT NULL,
    catalogue       text        NOT NULL,
    trust_snapshot  text        NOT NULL,
    -- SHA-256 over all of the case in the encoding of server/ops/case_digest.h; also in the log.
    digest          bytea       NOT NULL CONSTRAINT case_file_digest CHECK (octet_length(digest) = 32),
    CONSTRAINT case_file_of_tenant UNIQUE (tenant_id, id)
);
CREATE INDEX case_file_by_time ON signet.case_file USING brin (stored);

-- The document that was judged, and what its detached signatures sign.
CREATE TABLE signet.case_document (
    tenant_id uuid    NOT NULL,
    case_id   uuid    NOT NULL,
    place     integer NOT NULL CONSTRAINT case_document_place CHECK (place >= 0),
    role      text    NOT NULL CONSTRAINT case_document_role CHECK (role IN ('Signed', 'Original')),
    name      text    NOT NULL,
    mime_type text    NOT NULL,
    size      bigint  NOT NULL,     -- -1: not known, only digests were sent
    -- "SHA256 <hex> SHA512 <hex>", in the order of the digests' numbers.
    digests   text    NOT NULL,
    CONSTRAINT case_document_once PRIMARY KEY (case_id, place),
    CONSTRAINT case_document_case FOREIGN KEY (tenant_id, case_id)
        REFERENCES signet.case_file (tenant_id, id)
);

CREATE TABLE signet.case_signature (
    tenant_id      uuid        NOT NULL,
    case_id        uuid        NOT NULL,
    place          integer     NOT NULL CONSTRAINT case_signature_place CHECK (place >= 0),
    name           text        NOT NULL,    -- its id in the document
    counter_of     text        NOT NULL,    -- name of the one that it counter-signs, or ''
    format         text        NOT NULL,
    level          text        NOT NULL,
    algorithm      text        NOT NULL,
    indication     text        NOT NULL,
    sub_indication text        NOT NULL,
    reason         text        NOT NULL,
    subject        text        NOT NULL,    -- of the signer; '' where his certificate was not there
    issuer         text        NOT NULL,
    serial         text        NOT NULL,
    certificate    bytea       NOT NULL,    -- SHA-256 of it, or empty
    claimed        timestamptz,
    best           timestamptz NOT NULL,
    CONSTRAINT case_signature_once PRIMARY KEY (case_id, place),
    CONSTRAINT case_signature_case FOREIGN KEY (tenant_id, case_id)
        REFERENCES signet.case_file (tenant_id, id)
);

-- Which objects a case rests on, and as what.
CREATE TABLE signet.case_use (
    tenant_id uuid    NOT NULL,
    case_id   uuid    NOT NULL,
    place     integer NOT NULL CONSTRAINT case_use_place CHECK (place >= 0),
    role      text    NOT NULL CONSTRAINT case_use_role CHECK (role IN ('Document', 'Original',
                      'Signature', 'Certificate', 'CRL', 'OCSP', 'Timestamp', 'Report', 'Other')),
    name      text    NOT NULL,
    mime_type text    NOT NULL,
    digest    bytea   NOT NULL,
    size      bigint  NOT NULL CONSTRAINT case_use_size CHECK (size >= 0),
    CONSTRAINT case_use_once PRIMARY KEY (case_id, place),
    CONSTRAINT case_use_case FOREIGN KEY (tenant_id, case_id)
        REFERENCES signet.case_file (tenant_id, id),
    CONSTRAINT case_use_object FOREIGN KEY (tenant_id, digest)
        REFERENCES signet.case_object (tenant_id, digest)
);
CREATE INDEX case_use_of_object ON signet.case_use (tenant_id, digest);

-- Every way to find a case, newest first: its one index serves all of them, page by page.
CREATE TABLE signet.case_key (
    tenant_id uuid        NOT NULL,
    kind      text        NOT NULL CONSTRAINT case_key_kind CHECK (kind IN
                          ('all', 'indication', 'digest', 'certificate', 'signer')),
    value     bytea       NOT NULL CONSTRAINT case_key_value CHECK (octet_length(value) <= 1024),
    stored    timestamptz NOT NULL,
    case_id   uuid        NOT NULL,
    CONSTRAINT case_key_once PRIMARY KEY (tenant_id, kind, value, stored, case_id),
    CONSTRAINT case_key_case FOREIGN KEY (tenant_id, case_id)
        REFERENCES signet.case_file (tenant_id, id)
);
CREATE INDEX case_key_of_case ON signet.case_key (case_id);

-- The case is whole, and this row of the audit log has its digest.
CREATE TABLE signet.case_seal (
    tenant_id uuid    NOT NULL,
    case_id   uuid    CONSTRAINT case_seal_once PRIMARY KEY,
    node      integer NOT NULL,
    seq       bigint  NOT NULL,
    CONSTRAINT case_seal_case FOREIGN KEY (tenant_id, case_id)
        REFERENCES signet.case_file (tenant_id, id)
);

-- Remains of what was never sealed may go; all else stays for good.
CREATE FUNCTION signet.case_only_remains() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    IF EXISTS (SELECT FROM signet.case_seal s
               WHERE s.case_id = (to_jsonb(OLD) ->> CASE TG_TABLE_NAME WHEN 'case_file' THEN 'id'
                                                    ELSE 'case_id' END)::uuid) THEN
        RAISE EXCEPTION '%.% is written once and never changed', TG_TABLE_SCHEMA, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END
$$;
CREATE FUNCTION signet.case_object_only_remains() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    IF EXISTS (SELECT FROM signet.case_use u
               WHERE u.tenant_id = OLD.tenant_id AND u.digest = OLD.digest) THEN
        RAISE EXCEPTION '%.% is written once and never changed', TG_TABLE_SCHEMA, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END
$$;

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['case_object', 'case_file', 'case_document', 'case_signature',
        'case_use', 'case_key', 'case_seal'] LOOP
        EXECUTE format('ALTER TABLE signet.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE signet.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own_tenant ON signet.%I'
            ' USING (tenant_id = NULLIF(current_setting(''signet.tenant'', true), '''')::uuid)', t);
        EXECUTE format('CREATE POLICY owner_reads ON signet.%I FOR SELECT TO signet_owner USING (true)', t);
        EXECUTE format('GRANT SELECT, INSERT ON signet.%I TO signet_server', t);
        IF t = 'case_seal' THEN
            EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE OR TRUNCATE ON signet.%I'
                ' FOR EACH STATEMENT EXECUTE FUNCTION signet.written_once()', t || '_written_once', t);
            CONTINUE;
        END IF;
        EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR TRUNCATE ON signet.%I'
            ' FOR EACH STATEMENT EXECUTE FUNCTION signet.written_once()', t || '_written_once', t);
        EXECUTE format('CREATE TRIGGER %I BEFORE DELETE ON signet.%I'
            ' FOR EACH ROW EXECUTE FUNCTION signet.%I()', t || '_only_remains', t,
            CASE t WHEN 'case_object' THEN 'case_object_only_remains' ELSE 'case_only_remains' END);
        EXECUTE format('CREATE POLICY owner_sweeps ON signet.%I FOR DELETE TO signet_owner USING (true)', t);
    END LOOP;
END
$$;
-- The writer of the audit log seals the cases of many tenants at once.
CREATE POLICY written ON signet.case_seal FOR INSERT TO signet_server WITH CHECK (true);

-- Remove what crashes left behind between two times: cases without a seal, at most `most`, and objects
-- that no case uses. Returns how many cases.
CREATE FUNCTION signet.case_sweep(since timestamptz, before timestamptz, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    gone uuid[];
BEGIN
    IF before > now() - interval '1 hour' THEN
        RAISE EXCEPTION 'what is under way is left alone for an hour at least';
    END IF;
    gone := ARRAY(SELECT f.id FROM signet.case_file f WHERE f.stored >= since AND f.stored < before
        AND NOT EXISTS (SELECT FROM signet.case_seal s WHERE s.case_id = f.id) LIMIT most);
    DELETE FROM signet.case_key WHERE case_id = ANY (gone);
    DELETE FROM signet.case_use WHERE case_id = ANY (gone);
    DELETE FROM signet.case_signature WHERE case_id = ANY (gone);
    DELETE FROM signet.case_document WHERE case_id = ANY (gone);
    DELETE FROM signet.case_file WHERE id = ANY (gone);
    DELETE FROM signet.case_object o WHERE (o.tenant_id, o.digest) IN (
        SELECT p.tenant_id, p.digest FROM signet.case_object p WHERE p.created >= since AND p.created < before
            AND NOT EXISTS (SELECT FROM signet.case_use u
                            WHERE u.tenant_id = p.tenant_id AND u.digest = p.digest) LIMIT most);
    RETURN cardinality(gone);
END
$$;
GRANT EXECUTE ON FUNCTION signet.case_sweep(timestamptz, timestamptz, integer) TO signet_server;

INSERT INTO signet.operation (service, name) VALUES
    ('Verification', 'GetCase'), ('Verification', 'FindCases'), ('Verification', 'CheckCase');
INSERT INTO signet.job (name, daily_at) VALUES ('case-remains', '03:45');
