-- The audit log, who writes it, and the answers that a repeated request gets again.

-- A server process that writes; each has a chain of its own.
CREATE TABLE signet.node (
    id        integer     GENERATED ALWAYS AS IDENTITY CONSTRAINT node_id PRIMARY KEY,
    name      text        NOT NULL CONSTRAINT node_name_once UNIQUE
                          CONSTRAINT node_name_form CHECK (name ~ '^[^[:cntrl:]]{1,128}$'),
    created   timestamptz NOT NULL DEFAULT now(),
    -- How far the chain was when the writer last said so: a log cut below it is seen.
    head_seq  bigint      NOT NULL DEFAULT 0,
    head_hash bytea       NOT NULL DEFAULT decode(repeat('00', 32), 'hex')
                          CONSTRAINT node_head_sha256 CHECK (octet_length(head_hash) = 32),
    head_at   timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT ON signet.node TO signet_server;
GRANT INSERT (name) ON signet.node TO signet_server;
GRANT UPDATE (head_seq, head_hash, head_at) ON signet.node TO signet_server;

CREATE FUNCTION signet.node_only_forward() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    IF NEW.head_seq < OLD.head_seq
       OR (NEW.head_seq = OLD.head_seq AND NEW.head_hash <> OLD.head_hash) THEN
        RAISE EXCEPTION 'the head of an audit chain does not go back';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER node_only_forward BEFORE UPDATE ON signet.node
    FOR EACH ROW EXECUTE FUNCTION signet.node_only_forward();

-- One row per request and per change, for good. hash = SHA-256 over the previous row's hash and the
-- fields in the encoding of server/ops/chain.h. No foreign keys: the row outlives what it names.
CREATE TABLE signet.audit (
    node        integer     NOT NULL,
    seq         bigint      NOT NULL,
    at          timestamptz NOT NULL,
    request     uuid        NOT NULL,
    tenant_id   uuid,       -- NULL: not authenticated
    user_id     uuid,
    caller      text        NOT NULL,   -- the name at that time, or the name that was claimed
    operation   text        NOT NULL,
    object      text        NOT NULL,   -- key or thing that was worked with
    result      text        NOT NULL,   -- Success, Warning, or the kind of the failure
    reason      text        NOT NULL,
    digest      bytea       NOT NULL,   -- of the document; empty where there is none
    size_in     bigint      NOT NULL,
    size_out    bigint      NOT NULL,
    peer        text        NOT NULL,
    duration_us bigint      NOT NULL,
    previous    bytea       NOT NULL,
    hash        bytea       NOT NULL,
    CONSTRAINT audit_once PRIMARY KEY (node, seq),
    CONSTRAINT audit_seq_positive CHECK (seq > 0),
    CONSTRAINT audit_digest_size CHECK (octet_length(digest) <= 64),
    CONSTRAINT audit_previous_sha256 CHECK (octet_length(previous) = 32),
    CONSTRAINT audit_hash_sha256 CHECK (octet_length(hash) = 32)
);
CREATE INDEX audit_by_tenant ON signet.audit (tenant_id, at);
CREATE INDEX audit_by_time ON signet.audit USING brin (at);
GRANT SELECT, INSERT ON signet.audit TO signet_server;

-- Rows of one chain in order, over all tenants: for the check of the chain.
CREATE FUNCTION signet.audit_chain(of_node integer, after bigint, most integer)
RETURNS SETOF signet.audit
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT * FROM signet.audit WHERE node = of_node AND seq > after ORDER BY seq LIMIT most
$$;
CREATE FUNCTION signet.audit_head(of_node integer, OUT seq bigint, OUT hash bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT a.seq, a.hash FROM signet.audit a WHERE a.node = of_node ORDER BY a.seq DESC LIMIT 1
$$;
GRANT EXECUTE ON FUNCTION signet.audit_chain(integer, bigint, integer),
    signet.audit_head(integer) TO signet_server;

-- What was answered to a request that carried an id of the caller's.
CREATE TABLE signet.request_id (
    tenant_id uuid        NOT NULL,
    user_id   uuid        NOT NULL,
    id        text        NOT NULL CONSTRAINT request_id_form CHECK (octet_length(id) BETWEEN 1 AND 512),
    operation text        NOT NULL,
    digest    bytea       NOT NULL
                          CONSTRAINT request_id_sha256 CHECK (octet_length(digest) = 32),
    answer    bytea       NOT NULL,
    created   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT request_id_once PRIMARY KEY (user_id, id)
);
-- Answers hold signatures and digests, which do not shrink.
ALTER TABLE signet.request_id ALTER COLUMN answer SET STORAGE EXTERNAL;
CREATE INDEX request_id_by_age ON signet.request_id USING brin (created);
GRANT SELECT, INSERT ON signet.request_id TO signet_server;

-- Insert those that are not taken; returns the place (from 1) of each that was inserted. For the
-- audit writer, whose batches hold requests of many tenants.
CREATE FUNCTION signet.request_claim(tenants uuid[], users uuid[], ids text[], operations text[],
    digests bytea[], answers bytea[]) RETURNS SETOF bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
    WITH wanted AS (
        SELECT * FROM unnest(tenants, users, ids, operations, digests, answers)
            WITH ORDINALITY AS w (tenant_id, user_id, id, operation, digest, answer, place)
    ), claimed AS (
        INSERT INTO signet.request_id (tenant_id, user_id, id, operation, digest, answer)
        SELECT tenant_id, user_id, id, operation, digest, answer FROM wanted ORDER BY user_id, id, place
        ON CONFLICT ON CONSTRAINT request_id_once DO NOTHING
        RETURNING user_id, id
    )
    SELECT DISTINCT ON (w.user_id, w.id) w.place
    FROM wanted w JOIN claimed c ON c.user_id = w.user_id AND c.id = w.id
    ORDER BY w.user_id, w.id, w.place
$$;

-- Forget answers made before `before`, at most `most` at a time; returns how many.
CREATE FUNCTION signet.request_forget(before timestamptz, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    gone bigint;
BEGIN
    IF before > now() - interval '1 hour' THEN
        RAISE EXCEPTION 'answers are kept for an hour at least';
    END IF;
    DELETE FROM signet.request_id WHERE (user_id, id) IN (
        SELECT user_id, id FROM signet.request_id WHERE created < before LIMIT most);
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
$$;
GRANT EXECUTE ON FUNCTION signet.request_claim(uuid[], uuid[], text[], text[], bytea[], bytea[]),
    signet.request_forget(timestamptz, integer) TO signet_server;
