-- Users who are not there yet hand their certificates in (REQUIREMENTS S2-22): what waits until an
-- administrator decides, and what makes a challenge good once and for this installation alone.

-- Who may hand in: nobody, who has a certificate that the tenant trusts, or anybody.
ALTER TABLE signet.tenant ADD COLUMN sign_on text NOT NULL DEFAULT 'closed'
    CONSTRAINT tenant_sign_on CHECK (sign_on IN ('closed', 'trusted', 'open'));
GRANT UPDATE (sign_on) ON signet.tenant TO signet_server;

-- The installation, and by what its servers know their own challenges. It proves nothing to anybody
-- else: who had it could prepare a challenge, and would still need the key of the certificate.
CREATE TABLE signet.sign_on_server (
    id     uuid  CONSTRAINT sign_on_server_id PRIMARY KEY,
    secret bytea NOT NULL CONSTRAINT sign_on_server_secret CHECK (octet_length(secret) = 32)
);
CREATE UNIQUE INDEX sign_on_server_one ON signet.sign_on_server ((true));
INSERT INTO signet.sign_on_server (id, secret) VALUES (gen_random_uuid(),
    sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())));
GRANT SELECT ON signet.sign_on_server TO signet_server;

-- Challenges that were answered, until they have ended by themselves: on whatever server. A row is
-- written only once the signature over it is right; challenges that were only asked for leave none.
CREATE TABLE signet.sign_on_challenge (
    nonce   bytea       CONSTRAINT sign_on_challenge_once PRIMARY KEY
                        CONSTRAINT sign_on_challenge_size CHECK (octet_length(nonce) = 16),
    expires timestamptz NOT NULL
);
CREATE INDEX sign_on_challenge_by_end ON signet.sign_on_challenge (expires);
GRANT SELECT, INSERT, DELETE ON signet.sign_on_challenge TO signet_server;

CREATE TABLE signet.sign_on (
    id            uuid        CONSTRAINT sign_on_id PRIMARY KEY,
    tenant_id     uuid        NOT NULL CONSTRAINT sign_on_tenant REFERENCES signet.tenant ON DELETE CASCADE,
    state         text        NOT NULL DEFAULT 'waiting' CONSTRAINT sign_on_state
                              CHECK (state IN ('waiting', 'accepted', 'refused', 'expired')),
    fingerprint   bytea       NOT NULL,
    certificate   bytea       NOT NULL CONSTRAINT sign_on_certificate_size
                              CHECK (octet_length(certificate) BETWEEN 1 AND 16384),
    subject       text        NOT NULL,
    issuer        text        NOT NULL,
    serial_number text        NOT NULL,
    not_before    timestamptz NOT NULL,
    not_after     timestamptz NOT NULL,
    -- What it came to when it was checked against the tenant's trust, in the contract's words.
    verdict       text        NOT NULL CONSTRAINT sign_on_verdict
                              CHECK (verdict IN ('TotalPassed', 'Indeterminate', 'TotalFailed')),
    verdict_reason text       NOT NULL,
    proof         text        NOT NULL CONSTRAINT sign_on_proof CHECK (proof IN ('Handshake', 'Challenge')),
    peer          text        NOT NULL,
    -- What counts as one address: of IPv6 the first 64 bits.
    network       text        NOT NULL,
    note          text        CONSTRAINT sign_on_note_form CHECK (char_length(note) BETWEEN 1 AND 500
                              AND note !~ '[\u0001-\u001F\u007F-\u009F\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]'),
    requested     timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires       timestamptz NOT NULL,
    decided       timestamptz,
    decided_by    text,
    reason        text        CONSTRAINT sign_on_reason_form CHECK (char_length(reason) BETWEEN 1 AND 500
                              AND reason !~ '[\u0001-\u001F\u007F-\u009F\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]'),
    -- As whom it was accepted, and his name then; the request outlives him.
    user_id       uuid,
    user_name     text,
    version       integer     NOT NULL DEFAULT 1,
    changed       timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT sign_on_of_tenant UNIQUE (tenant_id, id),
    CONSTRAINT sign_on_fingerprint CHECK (fingerprint = sha256(certificate)),
    CONSTRAINT sign_on_decision CHECK ((state IN ('accepted', 'refused')) = (decided IS NOT NULL)
        AND (decided IS NULL) = (decided_by IS NULL) AND (state = 'refused' OR reason IS NULL)
        AND (state <> 'refused' OR reason IS NOT NULL))
);
-- A certificate waits once.
CREATE UNIQUE INDEX sign_on_waits_once ON signet.sign_on (tenant_id, fingerprint) WHERE state = 'waiting';
CREATE INDEX sign_on_by_fingerprint ON signet.sign_on (tenant_id, fingerprint, requested);
CREATE INDEX sign_on_by_time ON signet.sign_on (tenant_id, state, requested, id);
CREATE TRIGGER sign_on_version BEFORE UPDATE ON signet.sign_on
    FOR EACH ROW EXECUTE FUNCTION signet.count_version();

ALTER TABLE signet.sign_on ENABLE ROW LEVEL SECURITY;
ALTER TABLE signet.sign_on FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON signet.sign_on
    USING (tenant_id = NULLIF(current_setting('signet.tenant', true), '')::uuid);
CREATE POLICY owner_reads ON signet.sign_on FOR SELECT TO signet_owner USING (true);
GRANT SELECT, INSERT, DELETE ON signet.sign_on TO signet_server;
-- What was handed in stays as it was; only what became of it changes.
GRANT UPDATE (state, decided, decided_by, reason, user_id, user_name, version, changed) ON signet.sign_on
    TO signet_server;

-- The tenant of this name and its rule, for strangers: no row where nobody may hand in.
CREATE FUNCTION signet.sign_on_tenant(named text, OUT id uuid, OUT rule text) RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT t.id, t.sign_on FROM signet.tenant t
    WHERE t.name = normalize(named, NFC) AND t.state = 'active' AND t.sign_on <> 'closed'
$$;

-- Room for one more in the transaction's tenant, which nobody else takes until its end: '', or what
-- is full, with how many wait. What has ended is marked, what is old is removed.
CREATE FUNCTION signet.sign_on_room(of_network text, most integer, most_of_network integer,
    OUT full_is text, OUT met bigint) RETURNS record
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    of_tenant uuid := NULLIF(current_setting('signet.tenant', true), '')::uuid;
    near bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('signet sign-on ' || of_tenant, 0));
    UPDATE signet.sign_on s SET state = 'expired'
        WHERE s.tenant_id = of_tenant AND s.state = 'waiting' AND s.expires <= clock_timestamp();
    DELETE FROM signet.sign_on s WHERE s.tenant_id = of_tenant
        AND (s.state = 'expired' AND s.expires < now() - interval '30 days'
             OR s.state IN ('accepted', 'refused') AND s.decided < now() - interval '90 days');
    SELECT count(*), count(*) FILTER (WHERE s.network = of_network) INTO met, near
        FROM signet.sign_on s WHERE s.tenant_id = of_tenant AND s.state = 'waiting';
    full_is := '';
    IF near >= most_of_network THEN
        full_is := 'network';
        met := near;
    ELSIF met >= most THEN
        full_is := 'all';
    END IF;
END
$$;
GRANT EXECUTE ON FUNCTION signet.sign_on_tenant(text), signet.sign_on_room(text, integer, integer) TO signet_server;

INSERT INTO signet.operation (service, name) VALUES
    ('Administration', 'ListSignOns'), ('Administration', 'AcceptSignOn'), ('Administration', 'RefuseSignOn'),
    ('Administration', 'SetSignOnRule');
