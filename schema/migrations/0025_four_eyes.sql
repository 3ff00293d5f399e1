-- Four eyes: a change of rights, trust or keys waits as a proposal until a second administrator
-- accepts it. A tenant says so itself.

-- ---- the tenant's choice ----

ALTER TABLE signet.tenant ADD COLUMN four_eyes boolean NOT NULL DEFAULT false,
    -- For how many days a proposal waits.
    ADD COLUMN four_eyes_days integer NOT NULL DEFAULT 7
        CONSTRAINT tenant_four_eyes_days CHECK (four_eyes_days BETWEEN 1 AND 90);
GRANT UPDATE (four_eyes, four_eyes_days) ON signet.tenant TO signet_server;

-- Changes of a tenant while it is on or off, alone while it is switched: until the end of the
-- transaction.
CREATE FUNCTION signet.lock_four_eyes(of_tenant uuid, alone boolean) RETURNS text
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    IF alone THEN
        PERFORM pg_advisory_xact_lock(hashtextextended('signet four eyes ' || of_tenant, 0));
    ELSE
        PERFORM pg_advisory_xact_lock_shared(hashtextextended('signet four eyes ' || of_tenant, 0));
    END IF;
    RETURN 'locked';
END
$$;

-- How many can keep it going: active users without an end who can log in, may accept proposals and
-- may grant what else is needed.
CREATE FUNCTION signet.administrators(of_tenant uuid) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    WITH RECURSIVE holder (operation, group_id) AS (
        SELECT r.operation, r.group_id FROM signet.group_right r
            WHERE r.tenant_id = of_tenant AND r.operation IN ('GrantRight', 'AcceptProposal') AND NOT r.is_narrowed
        UNION
        SELECT h.operation, g.member_id FROM holder h JOIN signet.group_group g
            ON g.tenant_id = of_tenant AND g.group_id = h.group_id)
    SELECT count(*) FROM (SELECT u.id FROM holder h
        JOIN signet.group_member m ON m.tenant_id = of_tenant AND m.group_id = h.group_id
        JOIN signet.user u ON u.id = m.user_id
        WHERE u.state = 'active' AND u.valid_until IS NULL
          AND (u.password IS NOT NULL OR EXISTS (SELECT FROM signet.user_certificate c
               WHERE c.tenant_id = of_tenant AND c.user_id = u.id AND c.state = 'active'))
        GROUP BY u.id HAVING count(DISTINCT h.operation) = 2) x
$$;

-- At the end of a transaction: a tenant with four eyes has two of them.
CREATE FUNCTION signet.keep_four_eyes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    of_tenant uuid := (to_jsonb(OLD) ->> CASE TG_TABLE_NAME WHEN 'tenant' THEN 'id' ELSE 'tenant_id' END)::uuid;
BEGIN
    PERFORM signet.lock_groups(of_tenant);
    IF EXISTS (SELECT FROM signet.tenant t WHERE t.id = of_tenant AND t.four_eyes)
       AND signet.administrators(of_tenant) < 2 THEN
        RAISE EXCEPTION 'four eyes of tenant % with less than two administrators', of_tenant
            USING ERRCODE = 'check_violation', CONSTRAINT = 'tenant_four_eyes';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER tenant_four_eyes AFTER UPDATE ON signet.tenant
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.four_eyes AND NOT OLD.four_eyes)
    EXECUTE FUNCTION signet.keep_four_eyes();
DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['user', 'user_certificate', 'group_member', 'group_group', 'group_right'] LOOP
        EXECUTE format('CREATE CONSTRAINT TRIGGER %I AFTER UPDATE OR DELETE ON signet.%I'
            ' DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION signet.keep_four_eyes()',
            t || '_four_eyes', t);
    END LOOP;
END
$$;

-- ---- proposals ----

CREATE TABLE signet.proposal (
    id            uuid        CONSTRAINT proposal_id PRIMARY KEY,
    tenant_id     uuid        NOT NULL CONSTRAINT proposal_tenant REFERENCES signet.tenant ON DELETE CASCADE,
    state         text        NOT NULL DEFAULT 'waiting' CONSTRAINT proposal_state
                              CHECK (state IN ('waiting', 'accepted', 'refused', 'expired', 'failed')),
    operation     text        NOT NULL CONSTRAINT proposal_operation REFERENCES signet.operation (name),
    -- What it is about, and what it would change, in the words of the operation.
    object        text        NOT NULL,
    change        text        NOT NULL,
    -- The fields of the request, a line each: what is run once it is accepted. Passwords are digests.
    request       bytea       NOT NULL CONSTRAINT proposal_request_size CHECK (octet_length(request) <= 4194304),
    -- The same for people, side by side.
    field_names   text[]      NOT NULL,
    field_values  text[]      NOT NULL,
    -- The version of the object that it was made for.
    seen_version  integer,
    -- SHA-256 of all that is proposed, by whom and when.
    digest        bytea       NOT NULL CONSTRAINT proposal_digest_sha256 CHECK (octet_length(digest) = 32),
    proposer_id   uuid        NOT NULL,
    proposer      text        NOT NULL,
    -- SHA-256 of the public keys that he could have shown.
    proposer_keys bytea[]     NOT NULL,
    proposed      timestamptz NOT NULL,
    expires       timestamptz NOT NULL,
    decided       timestamptz,
    decider_id    uuid,
    decider       text,
    reason        text        CONSTRAINT proposal_reason_form CHECK (char_length(reason) BETWEEN 1 AND 500
                              AND reason !~ '[\u0001-\u001F\u007F-\u009F\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]'),
    CONSTRAINT proposal_of_tenant UNIQUE (tenant_id, id),
    CONSTRAINT proposal_fields CHECK (cardinality(field_names) = cardinality(field_values)),
    CONSTRAINT proposal_decision CHECK ((state IN ('accepted', 'refused', 'failed')) = (decided IS NOT NULL)
        AND (decided IS NULL) = (decider IS NULL) AND (decided IS NULL) = (decider_id IS NULL)),
    -- The second wall: whoever accepts is another.
    CONSTRAINT proposal_two CHECK (state <> 'accepted' OR decider_id <> proposer_id)
);
-- The same change waits once.
CREATE UNIQUE INDEX proposal_waits_once ON signet.proposal (tenant_id, operation, sha256(request))
    WHERE state = 'waiting';
CREATE INDEX proposal_by_time ON signet.proposal (tenant_id, state, proposed, id);

-- What was decided stays so.
CREATE FUNCTION signet.proposal_is_decided_once() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    IF OLD.state <> 'waiting' THEN
        RAISE EXCEPTION 'proposal % was decided', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'proposal_once';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER proposal_is_decided_once BEFORE UPDATE ON signet.proposal
    FOR EACH ROW EXECUTE FUNCTION signet.proposal_is_decided_once();

ALTER TABLE signet.proposal ENABLE ROW LEVEL SECURITY;
ALTER TABLE signet.proposal FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON signet.proposal
    USING (tenant_id = NULLIF(current_setting('signet.tenant', true), '')::uuid);
CREATE POLICY owner_reads ON signet.proposal FOR SELECT TO signet_owner USING (true);
-- What was proposed stays as it was, and stays; only what became of it changes.
GRANT SELECT, INSERT ON signet.proposal TO signet_server;
GRANT UPDATE (state, decided, decider_id, decider, reason) ON signet.proposal TO signet_server;

CREATE CONSTRAINT TRIGGER proposal_history AFTER INSERT OR UPDATE OR DELETE ON signet.proposal
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION signet.keep_history('id', '', 'request,field_names,field_values,proposer_keys');

-- Room for one more in the transaction's tenant, which nobody else takes until its end: how many
-- wait. What has ended is marked.
CREATE FUNCTION signet.proposal_room() RETURNS bigint
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    of_tenant uuid := NULLIF(current_setting('signet.tenant', true), '')::uuid;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('signet proposal ' || of_tenant, 0));
    UPDATE signet.proposal p SET state = 'expired'
        WHERE p.tenant_id = of_tenant AND p.state = 'waiting' AND p.expires <= clock_timestamp();
    RETURN (SELECT count(*) FROM signet.proposal p WHERE p.tenant_id = of_tenant AND p.state = 'waiting');
END
$$;
GRANT EXECUTE ON FUNCTION signet.lock_four_eyes(uuid, boolean), signet.proposal_room() TO signet_server;

INSERT INTO signet.operation (service, name) VALUES
    ('Administration', 'ListProposals'), ('Administration', 'GetProposal'),
    ('Administration', 'AcceptProposal'), ('Administration', 'RefuseProposal');
