-- What a tenant signs with, whom it trusts, and where timestamps come from. Private keys and
-- passwords are not here: only their names in the keys process.
CREATE TABLE signet.signing_key (
    id          uuid        CONSTRAINT signing_key_id PRIMARY KEY,
    tenant_id   uuid        NOT NULL CONSTRAINT signing_key_tenant REFERENCES signet.tenant,
    name        text        NOT NULL
                            CONSTRAINT signing_key_name_form CHECK (name ~ '^[^[:cntrl:]]{1,128}$'),
    store_key   text        NOT NULL CONSTRAINT signing_key_store_key_form
                            CHECK (store_key ~ '^[^[:cntrl:]]{1,255}$'),
    algorithm   text        NOT NULL CONSTRAINT signing_key_algorithm
                            CHECK (algorithm IN ('RSA', 'EC', 'Ed25519', 'Ed448', 'DSA')),
    size        integer     NOT NULL CONSTRAINT signing_key_size CHECK (size BETWEEN 1 AND 65536),
    state       text        NOT NULL DEFAULT 'active'
                            CONSTRAINT signing_key_state CHECK (state IN ('active', 'disabled')),
    certificate bytea       NOT NULL CONSTRAINT signing_key_certificate_size
                            CHECK (octet_length(certificate) BETWEEN 1 AND 65536),
    chain       bytea[]     NOT NULL DEFAULT '{}'
                            CONSTRAINT signing_key_chain_size CHECK (cardinality(chain) <= 16),
    not_after   timestamptz NOT NULL,
    usage       text[]      NOT NULL CONSTRAINT signing_key_usage CHECK (cardinality(usage) > 0
                            AND usage <@ ARRAY['Sign', 'Timestamp', 'Decrypt', 'Tls']),
    is_default  boolean     NOT NULL DEFAULT false,
    version     integer     NOT NULL DEFAULT 1,
    created     timestamptz NOT NULL DEFAULT now(),
    changed     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT signing_key_name_once UNIQUE (tenant_id, name),
    CONSTRAINT signing_key_of_tenant UNIQUE (tenant_id, id)
);
CREATE UNIQUE INDEX signing_key_one_default ON signet.signing_key (tenant_id) WHERE is_default;

-- Which groups may use the key: without a row, nobody.
CREATE TABLE signet.group_key (
    tenant_id uuid NOT NULL,
    group_id  uuid NOT NULL,
    key_id    uuid NOT NULL,
    CONSTRAINT group_key_once PRIMARY KEY (tenant_id, group_id, key_id),
    CONSTRAINT group_key_group FOREIGN KEY (tenant_id, group_id)
        REFERENCES signet.group (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT group_key_key FOREIGN KEY (tenant_id, key_id)
        REFERENCES signet.signing_key (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX group_key_of_key ON signet.group_key (tenant_id, key_id);

CREATE TABLE signet.trust_anchor (
    id          uuid        CONSTRAINT trust_anchor_id PRIMARY KEY,
    tenant_id   uuid        NOT NULL CONSTRAINT trust_anchor_tenant REFERENCES signet.tenant,
    name        text        NOT NULL
                            CONSTRAINT trust_anchor_name_form CHECK (name ~ '^[^[:cntrl:]]{1,128}$'),
    certificate bytea       NOT NULL CONSTRAINT trust_anchor_certificate_size
                            CHECK (octet_length(certificate) BETWEEN 1 AND 65536),
    fingerprint bytea       NOT NULL GENERATED ALWAYS AS (sha256(certificate)) STORED,
    usage       text[]      NOT NULL CONSTRAINT trust_anchor_usage CHECK (cardinality(usage) > 0
                            AND usage <@ ARRAY['Signing', 'TlsClient', 'TlsServer', 'Timestamping',
                                               'OcspSigning']),
    state       text        NOT NULL DEFAULT 'active'
                            CONSTRAINT trust_anchor_state CHECK (state IN ('active', 'disabled')),
    version     integer     NOT NULL DEFAULT 1,
    created     timestamptz NOT NULL DEFAULT now(),
    changed     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT trust_anchor_name_once UNIQUE (tenant_id, name),
    CONSTRAINT trust_anchor_once UNIQUE (tenant_id, fingerprint)
);

CREATE TABLE signet.timestamp_authority (
    id           uuid        CONSTRAINT timestamp_authority_id PRIMARY KEY,
    -- NULL: offered to every tenant; only the owner of the schema makes such a row.
    tenant_id    uuid        CONSTRAINT timestamp_authority_tenant REFERENCES signet.tenant,
    name         text        NOT NULL CONSTRAINT timestamp_authority_name_form
                             CHECK (name ~ '^[^[:cntrl:]]{1,128}$'),
    -- Asked from the lowest on; a tenant's own before the server's at the same place.
    place        integer     NOT NULL DEFAULT 100,
    url          text        CONSTRAINT timestamp_authority_url CHECK (url ~ '^https?://[!-~]+$'
                             AND length(url) <= 2000),
    store_key    text        CONSTRAINT timestamp_authority_store_key_form
                             CHECK (store_key ~ '^[^[:cntrl:]]{1,255}$'),
    policy_oid   text        CONSTRAINT timestamp_authority_policy
                             CHECK (policy_oid ~ '^[0-2](\.(0|[1-9][0-9]{0,38})){1,63}$'),
    user_name    text,
    -- The name of a secret in the keys process, never the secret.
    password_ref text,
    timeout_ms   integer     NOT NULL DEFAULT 10000 CONSTRAINT timestamp_authority_timeout
                             CHECK (timeout_ms BETWEEN 100 AND 300000),
    certificates bytea[]     NOT NULL DEFAULT '{}'
                             CONSTRAINT timestamp_authority_chain_size CHECK (cardinality(certificates) <= 16),
    state        text        NOT NULL DEFAULT 'active' CONSTRAINT timestamp_authority_state
                             CHECK (state IN ('active', 'disabled')),
    version      integer     NOT NULL DEFAULT 1,
    created      timestamptz NOT NULL DEFAULT now(),
    changed      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT timestamp_authority_name_once UNIQUE NULLS NOT DISTINCT (tenant_id, name),
    -- Asked over the network, or made here with a key of ours.
    CONSTRAINT timestamp_authority_one_way CHECK ((url IS NULL) <> (store_key IS NULL)),
    CONSTRAINT timestamp_authority_local_certificate
        CHECK (store_key IS NULL OR cardinality(certificates) > 0)
);

-- The next serial number of our own timestamps. A row and not a sequence: a sequence may hand out a
-- value again after a crash when no transaction made it durable, an updated row never does.
CREATE TABLE signet.tsa_serial (
    the_only boolean CONSTRAINT tsa_serial_the_only PRIMARY KEY DEFAULT true
                     CONSTRAINT tsa_serial_one_row CHECK (the_only),
    next     bigint  NOT NULL CONSTRAINT tsa_serial_positive CHECK (next > 0)
);
INSERT INTO signet.tsa_serial (next) VALUES (1);

-- Reserve `wanted` serial numbers; returns the first. Committed before any is used.
CREATE FUNCTION signet.tsa_serials(wanted bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    first bigint;
BEGIN
    IF wanted IS NULL OR wanted NOT BETWEEN 1 AND 1000000 THEN
        RAISE EXCEPTION 'between 1 and 1000000 serial numbers can be reserved at once';
    END IF;
    UPDATE signet.tsa_serial SET next = next + wanted RETURNING next - wanted INTO STRICT first;
    RETURN first;
END
$$;
GRANT EXECUTE ON FUNCTION signet.tsa_serials(bigint) TO signet_server;
