-- Keys that are made by administration: they wait for their certificates, are kept wrapped for the
-- keys processes (signing/keys/made.h), and are retired for good.

CREATE TABLE signet.signing_key_request (
    id         uuid        CONSTRAINT signing_key_request_id PRIMARY KEY,
    tenant_id  uuid        NOT NULL CONSTRAINT signing_key_request_tenant REFERENCES signet.tenant,
    name       text        NOT NULL CONSTRAINT signing_key_request_name_form CHECK (char_length(name) BETWEEN 1 AND 128
        AND name IS NFC NORMALIZED AND name !~ '^\s|\s$'
        AND name !~ '[\u0001-\u001F\u007F-\u009F\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]'),
    algorithm  text        NOT NULL CONSTRAINT signing_key_request_algorithm CHECK (algorithm IN ('RSA', 'EC')),
    size       integer     NOT NULL CONSTRAINT signing_key_request_size CHECK (size BETWEEN 256 AND 8192),
    usage      text[]      NOT NULL CONSTRAINT signing_key_request_usage CHECK (cardinality(usage) > 0
                           AND usage <@ ARRAY['Sign', 'Timestamp', 'Decrypt']),
    subject    text        NOT NULL CONSTRAINT signing_key_request_subject_form CHECK (char_length(subject) <= 1000
        AND subject !~ '[\u0001-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]'),
    -- Once certified, the new key is what this one was; and takes its name over.
    replaces   uuid,
    takes_name boolean     NOT NULL DEFAULT false,
    request    bytea       NOT NULL CONSTRAINT signing_key_request_request_size CHECK (octet_length(request) BETWEEN 1 AND 65536),
    wrapped    bytea       NOT NULL CONSTRAINT signing_key_request_wrapped_size CHECK (octet_length(wrapped) BETWEEN 1 AND 16384),
    version    integer     NOT NULL DEFAULT 1,
    created    timestamptz NOT NULL DEFAULT now(),
    changed    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT signing_key_request_name_once UNIQUE (tenant_id, name),
    CONSTRAINT signing_key_request_replaces FOREIGN KEY (tenant_id, replaces)
        REFERENCES signet.signing_key (tenant_id, id) ON DELETE SET NULL (replaces)
);
CREATE INDEX signing_key_request_of_key ON signet.signing_key_request (tenant_id, replaces);

-- Beside the key and not in it: history keeps rows of signing_key, and never what is wrapped.
CREATE TABLE signet.signing_key_wrapped (
    tenant_id uuid  NOT NULL,
    key_id    uuid  NOT NULL,
    wrapped   bytea NOT NULL CONSTRAINT signing_key_wrapped_size CHECK (octet_length(wrapped) BETWEEN 1 AND 16384),
    CONSTRAINT signing_key_wrapped_once PRIMARY KEY (tenant_id, key_id),
    CONSTRAINT signing_key_wrapped_key FOREIGN KEY (tenant_id, key_id)
        REFERENCES signet.signing_key (tenant_id, id) ON DELETE CASCADE
);

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['signing_key_request', 'signing_key_wrapped'] LOOP
        EXECUTE format('ALTER TABLE signet.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE signet.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own_tenant ON signet.%I'
            ' USING (tenant_id = NULLIF(current_setting(''signet.tenant'', true), '''')::uuid)', t);
        EXECUTE format('CREATE POLICY owner_reads ON signet.%I FOR SELECT TO signet_owner USING (true)', t);
        EXECUTE format('GRANT SELECT, INSERT, DELETE ON signet.%I TO signet_server', t);
    END LOOP;
END
$$;
-- A row is locked before it is given up or certified.
GRANT UPDATE (version) ON signet.signing_key_request TO signet_server;
CREATE POLICY owner_removes ON signet.signing_key_wrapped FOR DELETE TO signet_owner USING (true);

-- ---- retired ----

ALTER TABLE signet.signing_key DROP CONSTRAINT signing_key_state;
ALTER TABLE signet.signing_key ADD CONSTRAINT signing_key_state CHECK (state IN ('active', 'disabled', 'retired'));

-- For good; what is wrapped of it goes with it.
CREATE FUNCTION signet.signing_key_retire() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF OLD.state = 'retired' AND NEW.state <> 'retired' THEN
        RAISE EXCEPTION 'key % is retired', NEW.name
            USING ERRCODE = 'check_violation', CONSTRAINT = 'signing_key_retired';
    END IF;
    IF NEW.state = 'retired' AND OLD.state <> 'retired' THEN
        NEW.is_default := false;
        DELETE FROM signet.signing_key_wrapped w WHERE w.tenant_id = NEW.tenant_id AND w.key_id = NEW.id;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER signing_key_retire BEFORE UPDATE ON signet.signing_key
    FOR EACH ROW EXECUTE FUNCTION signet.signing_key_retire();

INSERT INTO signet.operation (service, name) VALUES
    ('Administration', 'CreateSigningKey'), ('Administration', 'GetKeyRequest'),
    ('Administration', 'ListKeyRequests'), ('Administration', 'RemoveKeyRequest'),
    ('Administration', 'CertifySigningKey'), ('Administration', 'ImportSigningKey'),
    ('Administration', 'GetSignOnRule');

-- ---- rights narrowed to trust centres ----

-- Rights over whom a tenant trusts, narrowed to one own CA certificate or one trusted list: objects of
-- the kind TrustCentre. Directories and archives come with what they are.

UPDATE signet.operation SET narrowed_by = '{TrustCentre}' WHERE name IN ('ChooseTrustCentre', 'RejectTrustCentre',
    'GetTrustAnchor', 'UpdateTrustAnchor', 'RemoveTrustAnchor');

-- As of 0014, and: a trust centre is there, the tenant's own or offered to all.
CREATE OR REPLACE FUNCTION signet.group_right_object_check() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM signet.operation o WHERE o.name = NEW.operation AND NEW.kind = ANY (o.narrowed_by)) THEN
        RAISE EXCEPTION '% cannot be narrowed by %', NEW.operation, NEW.kind
            USING ERRCODE = 'check_violation', CONSTRAINT = 'group_right_object_kind';
    END IF;
    IF NEW.kind = 'TrustCentre'
       AND NOT EXISTS (SELECT FROM signet.trust_anchor a WHERE a.tenant_id = NEW.tenant_id AND a.id = NEW.object_id)
       AND NOT EXISTS (SELECT FROM signet.trust_source s WHERE s.id = NEW.object_id
                       AND (s.tenant_id = NEW.tenant_id OR s.tenant_id IS NULL)) THEN
        RAISE EXCEPTION 'there is no trust centre %', NEW.object_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'group_right_object_trust_centre';
    END IF;
    RETURN NEW;
END
$$;

-- What goes takes the rights for it along, as a key does.
CREATE FUNCTION signet.trust_centre_gone() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    DELETE FROM signet.group_right_object o WHERE o.tenant_id = OLD.tenant_id AND o.kind = 'TrustCentre'
        AND o.object_id = OLD.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER trust_anchor_gone AFTER DELETE ON signet.trust_anchor
    FOR EACH ROW EXECUTE FUNCTION signet.trust_centre_gone();
CREATE TRIGGER trust_source_gone AFTER DELETE ON signet.trust_source
    FOR EACH ROW EXECUTE FUNCTION signet.trust_centre_gone();
