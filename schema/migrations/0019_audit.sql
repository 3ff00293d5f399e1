-- The audit log as auditors read it: found by what they ask for, checked, and time-stamped daily.

-- ---- finding ----

-- Each begins with whose row it is and ends with the time: pages by key, newest or oldest first. What
-- is rare is indexed alone, since every row that is written pays for them.
CREATE INDEX audit_by_caller ON signet.audit (tenant_id, caller, at);
CREATE INDEX audit_by_operation ON signet.audit (tenant_id, operation, at);
CREATE INDEX audit_by_object ON signet.audit (tenant_id, object, at) WHERE object <> '';
CREATE INDEX audit_by_digest ON signet.audit (tenant_id, digest, at) WHERE digest <> ''::bytea;
CREATE INDEX audit_by_failure ON signet.audit (tenant_id, at) WHERE result <> 'Success';
CREATE INDEX audit_by_request ON signet.audit (request);

-- Whether the transaction's tenant is the server's own.
CREATE FUNCTION signet.is_server() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT EXISTS (SELECT FROM signet.tenant t
        WHERE t.id = NULLIF(current_setting('signet.tenant', true), '')::uuid AND t.is_server)
$$;
-- The operations by which things are administered.
CREATE FUNCTION signet.administration() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT array_agg(o.name ORDER BY o.name) FROM signet.operation o WHERE o.service = 'Administration'
$$;
-- Who administers the server sees what is nobody's (callers who were not recognised, jobs of the whole
-- installation) and what was administered in all tenants; not what they signed, verified, stamped.
CREATE POLICY server_reads ON signet.audit FOR SELECT TO signet_server
    USING ((SELECT signet.is_server()) AND (tenant_id IS NULL
        OR operation = ANY ((SELECT signet.administration())::text[])));

-- A chain in its order, for a copy that can be checked by itself: of the rows that the transaction's
-- tenant may not see their places and hashes alone.
CREATE FUNCTION signet.audit_links(of_node text, after bigint, most integer)
RETURNS TABLE (node text, seq bigint, is_link boolean, at timestamptz, request uuid, tenant_id uuid,
    user_id uuid, caller text, operation text, object text, result text, reason text, digest bytea,
    size_in bigint, size_out bigint, peer text, duration_us bigint, previous bytea, hash bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
#variable_conflict use_column
DECLARE
    of_tenant uuid := NULLIF(current_setting('signet.tenant', true), '')::uuid;
    is_server boolean := signet.is_server();
    administered text[] := signet.administration();
BEGIN
    IF of_tenant IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT of_node, a.seq, NOT s.seen,
        CASE WHEN s.seen THEN a.at END, CASE WHEN s.seen THEN a.request END,
        CASE WHEN s.seen THEN a.tenant_id END, CASE WHEN s.seen THEN a.user_id END,
        CASE WHEN s.seen THEN a.caller END, CASE WHEN s.seen THEN a.operation END,
        CASE WHEN s.seen THEN a.object END, CASE WHEN s.seen THEN a.result END,
        CASE WHEN s.seen THEN a.reason END, CASE WHEN s.seen THEN a.digest END,
        CASE WHEN s.seen THEN a.size_in END, CASE WHEN s.seen THEN a.size_out END,
        CASE WHEN s.seen THEN a.peer END, CASE WHEN s.seen THEN a.duration_us END,
        a.previous, a.hash
    FROM signet.node n JOIN signet.audit a ON a.node = n.id AND a.seq > after
    CROSS JOIN LATERAL (SELECT COALESCE(a.tenant_id = of_tenant, false) OR (is_server AND
        (a.tenant_id IS NULL OR a.operation = ANY (administered))) AS seen) s
    WHERE n.name = of_node ORDER BY a.seq LIMIT most;
END
$$;

-- Behind which row of a chain to begin for what came at a time or later. Rows stand in the order of
-- their commits, which is that of their times but for requests that took long: an hour is allowed.
CREATE FUNCTION signet.audit_seq_at(of_node text, since timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    n integer := (SELECT id FROM signet.node WHERE name = of_node);
    last bigint := COALESCE((SELECT a.seq FROM signet.audit a WHERE a.node = n ORDER BY a.seq DESC LIMIT 1), 0);
    low bigint := 0;
    high bigint := last;
    middle bigint;
    found timestamptz;
BEGIN
    WHILE low < high LOOP
        middle := (low + high) / 2;
        SELECT a.at INTO found FROM signet.audit a WHERE a.node = n AND a.seq > middle ORDER BY a.seq LIMIT 1;
        IF found < since - interval '1 hour' THEN
            low := middle + 1;
        ELSE
            high := middle;
        END IF;
    END LOOP;
    RETURN COALESCE((SELECT a.seq - 1 FROM signet.audit a WHERE a.node = n AND a.seq > low
        AND a.at >= since ORDER BY a.seq LIMIT 1), last);
END
$$;

-- All chains: how long they are, and how long their servers say that they are.
CREATE FUNCTION signet.audit_chains(OUT id integer, OUT name text, OUT created timestamptz, OUT seq bigint,
    OUT hash bytea, OUT at timestamptz, OUT told bigint, OUT told_hash bytea, OUT told_at timestamptz)
RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT n.id, n.name, n.created, COALESCE(a.seq, 0), COALESCE(a.hash, decode(repeat('00', 32), 'hex')),
        a.at, n.head_seq, n.head_hash, n.head_at
    FROM signet.node n LEFT JOIN LATERAL (SELECT a.seq, a.hash, a.at FROM signet.audit a
        WHERE a.node = n.id ORDER BY a.seq DESC LIMIT 1) a ON true ORDER BY n.id
$$;
GRANT EXECUTE ON FUNCTION signet.is_server(), signet.administration(), signet.audit_links(text, bigint, integer),
    signet.audit_seq_at(text, timestamptz), signet.audit_chains() TO signet_server;

-- ---- the time stamps ----

-- How far all chains were on a day (signing/proof/audit_heads.h). The row of the log that was written
-- with it has its digest. Who gets its time stamp, and why there is none yet, stands beside it.
CREATE TABLE signet.audit_statement (
    day           date        CONSTRAINT audit_statement_day PRIMARY KEY,
    made          timestamptz NOT NULL,
    node          text        NOT NULL,
    content       text        NOT NULL,
    digest        bytea       NOT NULL CONSTRAINT audit_statement_sha256 CHECK (octet_length(digest) = 32),
    claimed_by    text,
    claimed_until timestamptz,
    failure       text        NOT NULL DEFAULT '',
    failed        timestamptz
);
GRANT SELECT, INSERT (day, made, node, content, digest),
    UPDATE (claimed_by, claimed_until, failure, failed) ON signet.audit_statement TO signet_server;

-- Written once.
CREATE TABLE signet.audit_stamp (
    day       date        CONSTRAINT audit_stamp_day PRIMARY KEY
                          CONSTRAINT audit_stamp_of REFERENCES signet.audit_statement,
    token     bytea       NOT NULL CONSTRAINT audit_stamp_size CHECK (octet_length(token) BETWEEN 1 AND 1048576),
    authority text        NOT NULL,
    generated timestamptz NOT NULL,
    stored    timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON signet.audit_stamp TO signet_server;

-- Where the keys are not, a stamp is asked for; where they are, it is made.
CREATE FUNCTION signet.tell_stamp() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    PERFORM pg_notify(TG_ARGV[0], '');
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_statement_tell AFTER INSERT ON signet.audit_statement
    FOR EACH STATEMENT EXECUTE FUNCTION signet.tell_stamp('signet_stamp_wanted');
CREATE TRIGGER audit_statement_tell_failure AFTER UPDATE OF failed ON signet.audit_statement
    FOR EACH STATEMENT EXECUTE FUNCTION signet.tell_stamp('signet_stamp_made');
CREATE TRIGGER audit_stamp_tell AFTER INSERT ON signet.audit_stamp
    FOR EACH STATEMENT EXECUTE FUNCTION signet.tell_stamp('signet_stamp_made');

-- The tenant whose authorities are the server's own.
CREATE FUNCTION signet.server_tenant() RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT t.id FROM signet.tenant t WHERE t.is_server ORDER BY t.created LIMIT 1
$$;
-- What the log says of statements that were made: whoever removes one has to remove that, too.
CREATE FUNCTION signet.audit_stated(behind timestamptz, most integer,
    OUT at timestamptz, OUT digest bytea, OUT object text) RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT a.at, a.digest, a.object FROM signet.audit a WHERE a.tenant_id IS NULL
        AND a.operation = 'StateAuditHeads' AND a.at > behind ORDER BY a.at LIMIT most
$$;
-- Whether the log has such a row.
CREATE FUNCTION signet.audit_is_stated(wanted bytea) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT EXISTS (SELECT FROM signet.audit a WHERE a.tenant_id IS NULL AND a.digest = wanted
        AND a.digest <> ''::bytea AND a.operation = 'StateAuditHeads')
$$;
GRANT EXECUTE ON FUNCTION signet.server_tenant(), signet.audit_stated(timestamptz, integer),
    signet.audit_is_stated(bytea) TO signet_server;

INSERT INTO signet.job (name, daily_at) VALUES ('audit-stamps', '00:20');
INSERT INTO signet.operation (service, name, for_server) VALUES
    ('Administration', 'VerifyAudit', false), ('Administration', 'ListAuditChains', false),
    ('Administration', 'ListAuditStamps', false);
