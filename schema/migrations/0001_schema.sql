-- The schema, what has been migrated, and the operations: each is one right.
CREATE SCHEMA signet;
GRANT USAGE ON SCHEMA signet TO signet_server;
ALTER DEFAULT PRIVILEGES IN SCHEMA signet REVOKE ALL ON TABLES FROM PUBLIC;
-- Functions are open to PUBLIC unless taken away for all schemas of the role.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- One row per file of schema/migrations; written by the runner in the transaction of the file.
CREATE TABLE signet.migration (
    number  integer     CONSTRAINT migration_number PRIMARY KEY,
    name    text        NOT NULL CONSTRAINT migration_name_once UNIQUE,
    sha256  bytea       NOT NULL CONSTRAINT migration_sha256_size CHECK (octet_length(sha256) = 32),
    at      timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT ON signet.migration TO signet_server;

-- Every operation of the contract; a right is given for one of them. A migration that adds an
-- operation adds its row; authz/right.c holds the same names and a test compares both.
CREATE TABLE signet.operation (
    name    text CONSTRAINT operation_name PRIMARY KEY
                 CONSTRAINT operation_name_form CHECK (name ~ '^[A-Z][A-Za-z]{1,63}$'),
    service text NOT NULL CONSTRAINT operation_service CHECK (service IN
                 ('Signing', 'Timestamping', 'Verification', 'Archive', 'Access', 'Administration'))
);
GRANT SELECT ON signet.operation TO signet_server;

INSERT INTO signet.operation (service, name) VALUES
    ('Signing', 'SignDocument'), ('Signing', 'SignDocuments'), ('Signing', 'SignDigests'),
    ('Signing', 'CounterSign'), ('Signing', 'ExtendSignature'), ('Signing', 'EncryptDocument'),
    ('Signing', 'DecryptDocument'), ('Signing', 'ListKeys'),
    ('Timestamping', 'TimestampDigest'), ('Timestamping', 'TimestampDocument'),
    ('Verification', 'VerifyDocument'), ('Verification', 'VerifyDocuments'),
    ('Verification', 'ValidateCertificate'), ('Verification', 'VerifyTimestamp'),
    ('Verification', 'VerifyEvidenceRecord'), ('Verification', 'GetOriginalDocument'),
    ('Archive', 'ArchiveSubmission'), ('Archive', 'ArchiveUpdate'), ('Archive', 'ArchiveRetrieval'),
    ('Archive', 'ArchiveEvidence'), ('Archive', 'ArchiveDeletion'), ('Archive', 'ArchiveVerify'),
    ('Archive', 'ArchiveTrace'), ('Archive', 'RetrieveInfo'),
    ('Access', 'SignOn'), ('Access', 'CheckAccess'), ('Access', 'IssueToken'),
    ('Access', 'RefreshToken'), ('Access', 'WhoAmI'),
    ('Administration', 'ExplainRight'), ('Administration', 'QueryAudit'),
    ('Administration', 'GetStatus');

-- Counts the changes of a row, so that whoever writes back a row that another has changed since is
-- told so.
CREATE FUNCTION signet.count_version() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    NEW.version := OLD.version + 1;
    NEW.changed := now();
    RETURN NEW;
END
$$;

-- Tells the servers' caches that something of a tenant has changed ('' = of all of them).
CREATE FUNCTION signet.tell_changed() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    was jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    is_now jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    field text := CASE TG_TABLE_NAME WHEN 'tenant' THEN 'id' ELSE 'tenant_id' END;
BEGIN
    IF was IS NOT NULL THEN
        PERFORM pg_notify('signet_changed', COALESCE(was ->> field, ''));
    END IF;
    IF is_now IS NOT NULL THEN
        PERFORM pg_notify('signet_changed', COALESCE(is_now ->> field, ''));
    END IF;
    RETURN NULL;
END
$$;
