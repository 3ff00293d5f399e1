-- Who may do what, whole: groups in groups, rights narrowed to objects, the server's own
-- administrators, what may be a name, the last administrator, and the history of all of it.

-- ---- names: nothing that a terminal obeys or that turns the order of letters, one form (NFC) ----

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['tenant', 'user', 'group'] LOOP
        EXECUTE format('ALTER TABLE signet.%I DROP CONSTRAINT %I', t, t || '_name_form');
        -- NOT VALID: what is called otherwise already stays, until somebody touches it.
        EXECUTE format('ALTER TABLE signet.%I ADD CONSTRAINT %I CHECK (char_length(name) BETWEEN 1 AND 128'
            ' AND name IS NFC NORMALIZED AND name !~ ''^\s|\s$'''
            ' AND name !~ ''[\u0001-\u001F\u007F-\u009F\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]'''
            '%s) NOT VALID', t, t || '_name_form', CASE t WHEN 'tenant' THEN ' AND name !~ ''/''' ELSE '' END);
    END LOOP;
END
$$;
ALTER TABLE signet.group ADD CONSTRAINT group_description_form CHECK (char_length(description) <= 1000
    AND description !~ '[\u0001-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]') NOT VALID;

-- ---- the server's own tenant, whose users may be given the rights over tenants ----

ALTER TABLE signet.tenant ADD COLUMN is_server boolean NOT NULL DEFAULT false;
CREATE UNIQUE INDEX tenant_one_server ON signet.tenant (is_server) WHERE is_server;
-- Who is_server is said by the owner alone.
REVOKE INSERT, UPDATE, DELETE ON signet.tenant FROM signet_server;
GRANT INSERT (id, name, state), UPDATE (name, state, user_revocation, user_revocation_grace_hours), DELETE
    ON signet.tenant TO signet_server;

ALTER TABLE signet.operation ADD COLUMN for_server boolean NOT NULL DEFAULT false,
    -- The kinds of objects that the right for it may be narrowed to.
    ADD COLUMN narrowed_by text[] NOT NULL DEFAULT '{}';
UPDATE signet.operation SET narrowed_by = '{Key}' WHERE name IN ('SignDocument', 'SignDocuments', 'SignDigests',
    'CounterSign', 'ExtendSignature', 'DecryptDocument', 'ListKeys', 'VerifyDocument', 'VerifyDocuments',
    'ValidateCertificate', 'VerifyTimestamp');
UPDATE signet.operation SET narrowed_by = '{Archive}' WHERE service = 'Archive';

-- ---- groups in groups ----

-- Whoever is in the group `member_id` is in the group `group_id`.
CREATE TABLE signet.group_group (
    tenant_id uuid NOT NULL,
    group_id  uuid NOT NULL,
    member_id uuid NOT NULL,
    CONSTRAINT group_group_once PRIMARY KEY (tenant_id, member_id, group_id),
    CONSTRAINT group_group_group FOREIGN KEY (tenant_id, group_id)
        REFERENCES signet.group (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT group_group_member FOREIGN KEY (tenant_id, member_id)
        REFERENCES signet.group (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX group_group_of_group ON signet.group_group (tenant_id, group_id);

-- Changes of who is in what, one at a time in each tenant: until the end of the transaction.
CREATE FUNCTION signet.lock_groups(of_tenant uuid) RETURNS void
LANGUAGE sql SET search_path = '' AS $$
    SELECT pg_advisory_xact_lock(hashtextextended('signet groups ' || of_tenant, 0))
$$;

-- No circles, and chains of at most 16 groups: as the database is when the lock was got.
CREATE FUNCTION signet.group_group_check() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    above integer;
    below integer;
BEGIN
    PERFORM signet.lock_groups(NEW.tenant_id);
    IF EXISTS (WITH RECURSIVE up (id) AS (
            SELECT NEW.group_id
            UNION
            SELECT g.group_id FROM up JOIN signet.group_group g
                ON g.tenant_id = NEW.tenant_id AND g.member_id = up.id)
            SELECT FROM up WHERE id = NEW.member_id) THEN
        RAISE EXCEPTION 'group % would contain itself', NEW.group_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'group_group_circle';
    END IF;
    WITH RECURSIVE up (id, depth) AS (
        SELECT NEW.group_id, 1
        UNION
        SELECT g.group_id, up.depth + 1 FROM up JOIN signet.group_group g
            ON g.tenant_id = NEW.tenant_id AND g.member_id = up.id)
    SELECT max(depth) INTO above FROM up;
    WITH RECURSIVE down (id, depth) AS (
        SELECT NEW.member_id, 1
        UNION
        SELECT g.member_id, down.depth + 1 FROM down JOIN signet.group_group g
            ON g.tenant_id = NEW.tenant_id AND g.group_id = down.id)
    SELECT max(depth) INTO below FROM down;
    IF above + below > 16 THEN
        RAISE EXCEPTION 'a chain of % groups', above + below
            USING ERRCODE = 'check_violation', CONSTRAINT = 'group_group_depth';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER group_group_check BEFORE INSERT OR UPDATE ON signet.group_group
    FOR EACH ROW EXECUTE FUNCTION signet.group_group_check();

-- ---- rights narrowed to objects ----

-- Narrowed: for the objects of group_right_object alone, which may be none any more.
ALTER TABLE signet.group_right ADD COLUMN is_narrowed boolean NOT NULL DEFAULT false;

CREATE TABLE signet.group_right_object (
    tenant_id uuid NOT NULL,
    group_id  uuid NOT NULL,
    operation text NOT NULL,
    kind      text NOT NULL CONSTRAINT group_right_object_kind
                   CHECK (kind IN ('Key', 'Directory', 'TrustCentre', 'Archive')),
    object_id uuid NOT NULL,
    -- Keys go, and their rows with them. A further kind gets a column like this.
    key_id    uuid GENERATED ALWAYS AS (CASE WHEN kind = 'Key' THEN object_id END) STORED,
    CONSTRAINT group_right_object_once PRIMARY KEY (tenant_id, group_id, operation, kind, object_id),
    CONSTRAINT group_right_object_right FOREIGN KEY (tenant_id, group_id, operation)
        REFERENCES signet.group_right (tenant_id, group_id, operation) ON DELETE CASCADE,
    CONSTRAINT group_right_object_key FOREIGN KEY (tenant_id, key_id)
        REFERENCES signet.signing_key (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX group_right_object_of_key ON signet.group_right_object (tenant_id, key_id) WHERE key_id IS NOT NULL;

-- A right over tenants is for the server's own tenant; a right is narrowed by what it has to do with.
CREATE FUNCTION signet.group_right_check() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF EXISTS (SELECT FROM signet.operation o WHERE o.name = NEW.operation AND o.for_server)
       AND NOT EXISTS (SELECT FROM signet.tenant t WHERE t.id = NEW.tenant_id AND t.is_server) THEN
        RAISE EXCEPTION '% is for the server''s own tenant', NEW.operation
            USING ERRCODE = 'check_violation', CONSTRAINT = 'group_right_server';
    END IF;
    RETURN NEW;
END
$$;
CREATE FUNCTION signet.group_right_object_check() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM signet.operation o WHERE o.name = NEW.operation AND NEW.kind = ANY (o.narrowed_by)) THEN
        RAISE EXCEPTION '% cannot be narrowed by %', NEW.operation, NEW.kind
            USING ERRCODE = 'check_violation', CONSTRAINT = 'group_right_object_kind';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER group_right_check BEFORE INSERT OR UPDATE ON signet.group_right
    FOR EACH ROW EXECUTE FUNCTION signet.group_right_check();
CREATE TRIGGER group_right_object_check BEFORE INSERT OR UPDATE ON signet.group_right_object
    FOR EACH ROW EXECUTE FUNCTION signet.group_right_object_check();

-- ---- history ----

-- What each row that decides was, from when until when, and who made it so. Written by triggers at
-- the end of each transaction, with the time of that, and by nothing else; only an open end is
-- closed. A row here outlives what it is about.
CREATE TABLE signet.history (
    id         bigint      GENERATED ALWAYS AS IDENTITY CONSTRAINT history_id PRIMARY KEY,
    tenant_id  uuid        NOT NULL,
    kind       text        NOT NULL,    -- the table
    subject    text        NOT NULL,    -- what the row is about: a user, a group, a key, a tenant
    object     text        NOT NULL,    -- what it is tied to, or ''
    image      jsonb       NOT NULL,    -- the row, without what is secret or large
    since      timestamptz NOT NULL,
    until      timestamptz,             -- NULL: it still is so
    made_by    text        NOT NULL,    -- "request user name", as the server said it
    ended_by   text,
    CONSTRAINT history_order CHECK (until >= since),
    CONSTRAINT history_end CHECK ((until IS NULL) = (ended_by IS NULL))
);
CREATE UNIQUE INDEX history_now ON signet.history (tenant_id, kind, subject, object) WHERE until IS NULL;
CREATE INDEX history_of_subject ON signet.history (tenant_id, kind, subject, since);
CREATE INDEX history_of_object ON signet.history (tenant_id, kind, object, since);

-- The time of a transaction's changes: that of the first that asks at its end. A time that was set
-- by hand counts only where the transaction was under way then.
CREATE FUNCTION signet.commit_time() RETURNS timestamptz
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    t timestamptz := NULLIF(current_setting('signet.commit_time', true), '')::timestamptz;
BEGIN
    IF t IS NULL OR t < now() OR t > clock_timestamp() THEN
        t := clock_timestamp();
        PERFORM set_config('signet.commit_time', t::text, true);
    END IF;
    RETURN t;
END
$$;

-- For a table (arguments: the column of the subject; those of the object, by commas; those that are
-- not kept): close what was so, keep what is so now.
CREATE FUNCTION signet.keep_history() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    was jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    is_now jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    about jsonb := COALESCE(is_now, was);
    tenant uuid := (about ->> CASE TG_TABLE_NAME WHEN 'tenant' THEN 'id' ELSE 'tenant_id' END)::uuid;
    the_subject text := about ->> TG_ARGV[0];
    the_object text := COALESCE((SELECT string_agg(about ->> c, ' ' ORDER BY place)
        FROM unnest(string_to_array(TG_ARGV[1], ',')) WITH ORDINALITY AS x (c, place)), '');
    actor text := COALESCE(NULLIF(current_setting('signet.actor', true), ''), session_user);
    t timestamptz := signet.commit_time();
BEGIN
    -- Of a password it is kept that there is one.
    was := (was || CASE WHEN was ? 'password' THEN jsonb_build_object('has_password', was ->> 'password' IS NOT NULL)
                        ELSE '{}' END) - string_to_array(TG_ARGV[2], ',');
    is_now := (is_now || CASE WHEN is_now ? 'password'
                              THEN jsonb_build_object('has_password', is_now ->> 'password' IS NOT NULL)
                              ELSE '{}' END) - string_to_array(TG_ARGV[2], ',');
    IF was IS NOT DISTINCT FROM is_now THEN
        RETURN NULL;
    END IF;
    IF was IS NOT NULL THEN
        UPDATE signet.history h SET until = GREATEST(t, h.since), ended_by = actor
            WHERE h.tenant_id = tenant AND h.kind = TG_TABLE_NAME AND h.subject = the_subject
              AND h.object = the_object AND h.until IS NULL;
    END IF;
    IF is_now IS NOT NULL THEN
        INSERT INTO signet.history (tenant_id, kind, subject, object, image, since, made_by)
            VALUES (tenant, TG_TABLE_NAME, the_subject, the_object, is_now, t, actor);
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION signet.history_only_ends() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    IF OLD.until IS NOT NULL OR NEW.until IS NULL
       OR to_jsonb(OLD) - '{until,ended_by}'::text[] <> to_jsonb(NEW) - '{until,ended_by}'::text[] THEN
        RAISE EXCEPTION 'signet.history is written once; only an open end is closed'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER history_only_ends BEFORE UPDATE ON signet.history
    FOR EACH ROW EXECUTE FUNCTION signet.history_only_ends();
CREATE TRIGGER history_written_once BEFORE DELETE OR TRUNCATE ON signet.history
    FOR EACH STATEMENT EXECUTE FUNCTION signet.written_once();

-- ---- walls and triggers ----

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['group_group', 'group_right_object', 'history'] LOOP
        EXECUTE format('ALTER TABLE signet.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE signet.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own_tenant ON signet.%I'
            ' USING (tenant_id = NULLIF(current_setting(''signet.tenant'', true), '''')::uuid)', t);
        EXECUTE format('CREATE POLICY owner_reads ON signet.%I FOR SELECT TO signet_owner USING (true)', t);
        IF t = 'history' THEN
            CONTINUE;
        END IF;
        EXECUTE format('GRANT SELECT, INSERT, DELETE ON signet.%I TO signet_server', t);
        EXECUTE format('CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON signet.%I'
            ' FOR EACH ROW EXECUTE FUNCTION signet.tell_changed()', t || '_tell_changed', t);
    END LOOP;
END
$$;
-- Ties are made and cut, not bent; a right may be narrowed.
REVOKE UPDATE ON signet.group_member, signet.group_right, signet.group_key FROM signet_server;
GRANT UPDATE (is_narrowed) ON signet.group_right TO signet_server;
GRANT SELECT ON signet.history TO signet_server;
CREATE POLICY owner_keeps ON signet.history FOR INSERT TO signet_owner WITH CHECK (true);
CREATE POLICY owner_ends ON signet.history FOR UPDATE TO signet_owner USING (true);

DO $$
DECLARE
    row record;
BEGIN
    FOR row IN SELECT * FROM (VALUES
        ('tenant', 'id', '', 'version,created,changed'),
        ('user', 'id', '', 'version,created,changed,password'),
        ('user_certificate', 'user_id', 'fingerprint', 'version,created,changed,certificate'),
        ('user_certificate_check', 'fingerprint', '',
            'run,since,checked,reason,source,this_update,next_update'),
        ('group', 'id', '', 'version,created,changed,description'),
        ('group_member', 'user_id', 'group_id', ''),
        ('group_group', 'member_id', 'group_id', ''),
        ('group_right', 'group_id', 'operation', ''),
        ('group_right_object', 'group_id', 'operation,kind,object_id', 'key_id'),
        ('group_key', 'group_id', 'key_id', ''),
        ('signing_key', 'id', '', 'version,created,changed,certificate,chain,store_key')
    ) AS v (name, subject, object, left_out) LOOP
        EXECUTE format('CREATE CONSTRAINT TRIGGER %I AFTER INSERT %s OR DELETE ON signet.%I'
            ' DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION signet.keep_history(%L, %L, %L)',
            row.name || '_history', CASE row.name WHEN 'user_certificate_check' THEN '' ELSE 'OR UPDATE' END,
            row.name, row.subject, row.object, row.left_out);
        -- A look that found nothing new is not worth a trigger.
        IF row.name = 'user_certificate_check' THEN
            EXECUTE format('CREATE CONSTRAINT TRIGGER %I AFTER UPDATE ON signet.%I DEFERRABLE INITIALLY DEFERRED'
                ' FOR EACH ROW WHEN (OLD.state <> NEW.state OR OLD.revoked IS DISTINCT FROM NEW.revoked'
                ' OR OLD.revocation_reason <> NEW.revocation_reason)'
                ' EXECUTE FUNCTION signet.keep_history(%L, %L, %L)',
                row.name || '_history_of_change', row.name, row.subject, row.object, row.left_out);
        END IF;
        -- What there is when history begins.
        EXECUTE format('INSERT INTO signet.history (tenant_id, kind, subject, object, image, since, made_by)'
            ' SELECT (x.image ->> %L)::uuid, %L, x.image ->> %L, COALESCE((SELECT string_agg('
            ' x.image ->> c, '' '' ORDER BY place) FROM unnest(string_to_array(%L, '','')) WITH ORDINALITY AS'
            ' y (c, place)), ''''), (x.image || CASE WHEN x.image ? ''password'' THEN'
            ' jsonb_build_object(''has_password'', x.image ->> ''password'' IS NOT NULL) ELSE ''{}'' END)'
            ' - string_to_array(%L, '',''), now(), ''migration 0014'''
            ' FROM (SELECT to_jsonb(r) FROM signet.%I r) AS x (image)',
            CASE row.name WHEN 'tenant' THEN 'id' ELSE 'tenant_id' END, row.name, row.subject, row.object,
            row.left_out, row.name);
    END LOOP;
END
$$;

-- ---- the last administrator ----

-- Whether an active user who can log in may grant rights; for good: his access has no end.
CREATE FUNCTION signet.has_administrator(of_tenant uuid, for_good boolean) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    WITH RECURSIVE holder (group_id) AS (
        SELECT r.group_id FROM signet.group_right r
            WHERE r.tenant_id = of_tenant AND r.operation = 'GrantRight' AND NOT r.is_narrowed
        UNION
        SELECT g.member_id FROM holder h JOIN signet.group_group g
            ON g.tenant_id = of_tenant AND g.group_id = h.group_id)
    SELECT EXISTS (SELECT FROM holder h
        JOIN signet.group_member m ON m.tenant_id = of_tenant AND m.group_id = h.group_id
        JOIN signet.user u ON u.id = m.user_id
        WHERE u.state = 'active' AND (u.valid_until IS NULL OR (u.valid_until > now() AND NOT for_good))
          AND (u.password IS NOT NULL OR EXISTS (SELECT FROM signet.user_certificate c
               WHERE c.tenant_id = of_tenant AND c.user_id = u.id)))
$$;

-- The same of an earlier time.
CREATE FUNCTION signet.had_administrator(of_tenant uuid, for_good boolean, at timestamptz) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    WITH RECURSIVE holder (group_id) AS (
        SELECT r.subject FROM signet.history r
            WHERE r.tenant_id = of_tenant AND r.kind = 'group_right' AND r.object = 'GrantRight'
              AND r.since <= at AND (r.until IS NULL OR r.until > at)
              AND NOT (r.image ->> 'is_narrowed')::boolean
        UNION
        SELECT g.subject FROM holder h JOIN signet.history g
            ON g.tenant_id = of_tenant AND g.kind = 'group_group' AND g.object = h.group_id
              AND g.since <= at AND (g.until IS NULL OR g.until > at))
    SELECT EXISTS (SELECT FROM holder h
        JOIN signet.history m ON m.tenant_id = of_tenant AND m.kind = 'group_member'
            AND m.object = h.group_id AND m.since <= at AND (m.until IS NULL OR m.until > at)
        JOIN signet.history u ON u.tenant_id = of_tenant AND u.kind = 'user' AND u.subject = m.subject
            AND u.since <= at AND (u.until IS NULL OR u.until > at)
        WHERE u.image ->> 'state' = 'active'
          AND (u.image ->> 'valid_until' IS NULL
               OR ((u.image ->> 'valid_until')::timestamptz > at AND NOT for_good))
          AND ((u.image ->> 'has_password')::boolean OR EXISTS (SELECT FROM signet.history c
               WHERE c.tenant_id = of_tenant AND c.kind = 'user_certificate' AND c.subject = u.subject
                 AND c.since <= at AND (c.until IS NULL OR c.until > at))))
$$;

-- At the end of a transaction: who had an administrator when it began still has one. Tenants that
-- never had one (that are being made) are left alone.
CREATE FUNCTION signet.keep_administrator() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    for_good boolean;
BEGIN
    PERFORM signet.lock_groups(OLD.tenant_id);
    FOREACH for_good IN ARRAY ARRAY[false, true] LOOP
        IF NOT signet.has_administrator(OLD.tenant_id, for_good)
           AND EXISTS (SELECT FROM signet.tenant t WHERE t.id = OLD.tenant_id)
           AND signet.had_administrator(OLD.tenant_id, for_good, now()) THEN
            RAISE EXCEPTION 'the last administrator of tenant %', OLD.tenant_id
                USING ERRCODE = 'check_violation',
                      CONSTRAINT = CASE WHEN for_good THEN 'tenant_administrator_for_good'
                                        ELSE 'tenant_administrator' END;
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['user', 'user_certificate', 'group_member', 'group_group', 'group_right'] LOOP
        EXECUTE format('CREATE CONSTRAINT TRIGGER %I AFTER UPDATE OR DELETE ON signet.%I'
            ' DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION signet.keep_administrator()',
            t || '_administrator', t);
    END LOOP;
END
$$;

-- ---- who calls (0006, 0007), with the chains of groups ----

DROP FUNCTION signet.caller_by_certificate(bytea);
DROP FUNCTION signet.caller_by_name(text, text);
DROP FUNCTION signet.caller(uuid);

CREATE TYPE signet.caller_found AS (
    tenant_id uuid, tenant_name text, tenant_state text, tenant_is_server boolean,
    user_id uuid, user_name text, user_state text, valid_until timestamptz, password text,
    -- Side by side, sorted by the first: a group, and the one in it by which he is in it ('': himself).
    groups text[], group_vias text[],
    -- Side by side, sorted by the first: a whole right and a group that gives it, the nearest first.
    rights text[], right_groups text[],
    -- The same of keys.
    key_names text[], key_ids uuid[], key_groups text[],
    -- The same of rights for one object each.
    object_rights text[], object_kinds text[], object_ids uuid[], object_groups text[],
    certificate_state text, certificate_not_after timestamptz,
    -- 0013
    check_state text, check_since timestamptz, check_revoked timestamptz, check_reason text,
    check_refused timestamptz);

CREATE FUNCTION signet.caller(of_user uuid) RETURNS SETOF signet.caller_found
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    of_tenant uuid := (SELECT u.tenant_id FROM signet.user u WHERE u.id = of_user);
BEGIN
    RETURN QUERY WITH RECURSIVE reached (group_id, via, depth) AS (
        SELECT m.group_id, NULL::uuid, 1 FROM signet.group_member m
            WHERE m.tenant_id = of_tenant AND m.user_id = of_user
        UNION
        SELECT g.group_id, r.group_id, r.depth + 1 FROM reached r
            JOIN signet.group_group g ON g.tenant_id = of_tenant AND g.member_id = r.group_id
            WHERE r.depth < 16
    ), nearest AS MATERIALIZED (
        SELECT DISTINCT ON (r.group_id) r.group_id, r.via, r.depth, g.name COLLATE "C" AS name
        FROM reached r JOIN signet.group g ON g.id = r.group_id
        ORDER BY r.group_id, r.depth, r.via
    )
    SELECT t.id, t.name, t.state, t.is_server, u.id, u.name, u.state, u.valid_until, u.password,
        COALESCE(g.names, '{}'), COALESCE(g.vias, '{}'),
        COALESCE(r.operations, '{}'), COALESCE(r.groups, '{}'),
        COALESCE(k.names, '{}'), COALESCE(k.ids, '{}'), COALESCE(k.groups, '{}'),
        COALESCE(o.operations, '{}'), COALESCE(o.kinds, '{}'), COALESCE(o.ids, '{}'), COALESCE(o.groups, '{}'),
        NULL::text, NULL::timestamptz, NULL::text, NULL::timestamptz, NULL::timestamptz, NULL::text, NULL::timestamptz
    FROM signet.user u
    JOIN signet.tenant t ON t.id = u.tenant_id
    CROSS JOIN LATERAL (
        SELECT array_agg(n.name::text ORDER BY n.name) AS names,
            array_agg(COALESCE(v.name::text, '') ORDER BY n.name) AS vias
        FROM nearest n LEFT JOIN nearest v ON v.group_id = n.via) g
    CROSS JOIN LATERAL (
        SELECT array_agg(r.operation ORDER BY r.operation COLLATE "C", n.depth, n.name) AS operations,
            array_agg(n.name::text ORDER BY r.operation COLLATE "C", n.depth, n.name) AS groups
        FROM nearest n JOIN signet.group_right r ON r.tenant_id = of_tenant AND r.group_id = n.group_id
        WHERE NOT r.is_narrowed) r
    CROSS JOIN LATERAL (
        SELECT array_agg(k.name ORDER BY k.name COLLATE "C", n.depth, n.name) AS names,
            array_agg(k.id ORDER BY k.name COLLATE "C", n.depth, n.name) AS ids,
            array_agg(n.name::text ORDER BY k.name COLLATE "C", n.depth, n.name) AS groups
        FROM nearest n JOIN signet.group_key gk ON gk.tenant_id = of_tenant AND gk.group_id = n.group_id
        JOIN signet.signing_key k ON k.id = gk.key_id) k
    CROSS JOIN LATERAL (
        SELECT array_agg(x.operation ORDER BY x.operation COLLATE "C", x.kind COLLATE "C", x.object_id, n.depth, n.name)
                AS operations,
            array_agg(x.kind ORDER BY x.operation COLLATE "C", x.kind COLLATE "C", x.object_id, n.depth, n.name) AS kinds,
            array_agg(x.object_id ORDER BY x.operation COLLATE "C", x.kind COLLATE "C", x.object_id, n.depth, n.name)
                AS ids,
            array_agg(n.name::text ORDER BY x.operation COLLATE "C", x.kind COLLATE "C", x.object_id, n.depth, n.name)
                AS groups
        FROM nearest n
        JOIN signet.group_right_object x ON x.tenant_id = of_tenant AND x.group_id = n.group_id) o
    WHERE u.id = of_user;
END
$$;

CREATE FUNCTION signet.caller_by_certificate(wanted bytea) RETURNS SETOF signet.caller_found
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    c record;
    found signet.caller_found;
BEGIN
    SELECT uc.user_id, uc.state, uc.not_after, k.state AS check_state, k.since, k.revoked, k.revocation_reason,
            signet.user_certificate_refused(k.state, k.since, t.user_revocation, t.user_revocation_grace_hours)
                AS refused
        INTO c FROM signet.user_certificate uc
        JOIN signet.user_certificate_check k ON k.fingerprint = uc.fingerprint
        JOIN signet.tenant t ON t.id = uc.tenant_id
        WHERE uc.fingerprint = wanted;
    FOR found IN SELECT * FROM signet.caller(c.user_id) LOOP
        found.certificate_state := c.state;
        found.certificate_not_after := c.not_after;
        found.check_state := c.check_state;
        found.check_since := c.since;
        found.check_revoked := c.revoked;
        found.check_reason := c.revocation_reason;
        found.check_refused := c.refused;
        RETURN NEXT found;
    END LOOP;
END
$$;

CREATE FUNCTION signet.caller_by_name(wanted_tenant text, wanted_user text) RETURNS SETOF signet.caller_found
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    RETURN QUERY SELECT c.* FROM signet.tenant t
        JOIN signet.user u ON u.tenant_id = t.id AND u.name = normalize(wanted_user, NFC)
        CROSS JOIN LATERAL signet.caller(u.id) c
        WHERE t.name = normalize(wanted_tenant, NFC);
END
$$;

-- What a user (or whoever has the certificate) of the transaction's tenant was at a time, from
-- history; the password is never told. Without rows: he did not exist then.
CREATE FUNCTION signet.caller_at(named text, fingerprint bytea, at timestamptz) RETURNS SETOF signet.caller_found
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    of_tenant uuid := NULLIF(current_setting('signet.tenant', true), '')::uuid;
    of_user text;
    its_state text;
    its_end timestamptz;
BEGIN
    IF fingerprint IS NOT NULL THEN
        SELECT h.subject, h.image ->> 'state', (h.image ->> 'not_after')::timestamptz
            INTO of_user, its_state, its_end FROM signet.history h
            WHERE h.tenant_id = of_tenant AND h.kind = 'user_certificate' AND h.object = fingerprint::text
              AND h.since <= at AND (h.until IS NULL OR h.until > at);
    ELSE
        SELECT h.subject INTO of_user FROM signet.history h
            WHERE h.tenant_id = of_tenant AND h.kind = 'user'
              AND (h.subject = named OR h.image ->> 'name' = normalize(named, NFC))
              AND h.since <= at AND (h.until IS NULL OR h.until > at)
            ORDER BY h.subject = named DESC LIMIT 1;
    END IF;
    RETURN QUERY WITH RECURSIVE reached (group_id, via, depth) AS (
        SELECT h.object, NULL::text, 1 FROM signet.history h
            WHERE h.tenant_id = of_tenant AND h.kind = 'group_member' AND h.subject = of_user
              AND h.since <= at AND (h.until IS NULL OR h.until > at)
        UNION
        SELECT h.object, r.group_id, r.depth + 1 FROM reached r
            JOIN signet.history h ON h.tenant_id = of_tenant AND h.kind = 'group_group' AND h.subject = r.group_id
              AND h.since <= at AND (h.until IS NULL OR h.until > at)
            WHERE r.depth < 16
    ), nearest AS MATERIALIZED (
        SELECT DISTINCT ON (r.group_id) r.group_id, r.via, r.depth, (g.image ->> 'name') COLLATE "C" AS name
        FROM reached r JOIN signet.history g ON g.tenant_id = of_tenant AND g.kind = 'group'
            AND g.subject = r.group_id AND g.since <= at AND (g.until IS NULL OR g.until > at)
        ORDER BY r.group_id, r.depth, r.via
    )
    SELECT of_tenant, t.image ->> 'name', t.image ->> 'state', (t.image ->> 'is_server')::boolean,
        of_user::uuid, u.image ->> 'name', u.image ->> 'state', (u.image ->> 'valid_until')::timestamptz, NULL::text,
        COALESCE(g.names, '{}'), COALESCE(g.vias, '{}'),
        COALESCE(r.operations, '{}'), COALESCE(r.groups, '{}'),
        COALESCE(k.names, '{}'), COALESCE(k.ids, '{}'), COALESCE(k.groups, '{}'),
        COALESCE(o.operations, '{}'), COALESCE(o.kinds, '{}'), COALESCE(o.ids, '{}'), COALESCE(o.groups, '{}'),
        its_state, its_end, c.image ->> 'state', c.since, (c.image ->> 'revoked')::timestamptz,
        c.image ->> 'revocation_reason',
        signet.user_certificate_refused(c.image ->> 'state', c.since, t.image ->> 'user_revocation',
            (t.image ->> 'user_revocation_grace_hours')::integer)
    FROM signet.history u
    LEFT JOIN signet.history c ON c.tenant_id = of_tenant AND c.kind = 'user_certificate_check'
        AND c.subject = fingerprint::text AND c.since <= at AND (c.until IS NULL OR c.until > at)
    JOIN signet.history t ON t.tenant_id = of_tenant AND t.kind = 'tenant' AND t.since <= at
        AND (t.until IS NULL OR t.until > at)
    CROSS JOIN LATERAL (
        SELECT array_agg(n.name::text ORDER BY n.name) AS names,
            array_agg(COALESCE(v.name::text, '') ORDER BY n.name) AS vias
        FROM nearest n LEFT JOIN nearest v ON v.group_id = n.via) g
    CROSS JOIN LATERAL (
        SELECT array_agg(r.object ORDER BY r.object COLLATE "C", n.depth, n.name) AS operations,
            array_agg(n.name::text ORDER BY r.object COLLATE "C", n.depth, n.name) AS groups
        FROM nearest n JOIN signet.history r ON r.tenant_id = of_tenant AND r.kind = 'group_right'
            AND r.subject = n.group_id AND r.since <= at AND (r.until IS NULL OR r.until > at)
        WHERE NOT (r.image ->> 'is_narrowed')::boolean) r
    CROSS JOIN LATERAL (
        SELECT array_agg(x.name ORDER BY x.name COLLATE "C", x.depth, x.of_group) AS names,
            array_agg(x.id ORDER BY x.name COLLATE "C", x.depth, x.of_group) AS ids,
            array_agg(x.of_group::text ORDER BY x.name COLLATE "C", x.depth, x.of_group) AS groups
        FROM (SELECT k.image ->> 'name', k.subject::uuid, n.depth, n.name FROM nearest n
            JOIN signet.history gk ON gk.tenant_id = of_tenant AND gk.kind = 'group_key'
                AND gk.subject = n.group_id AND gk.since <= at AND (gk.until IS NULL OR gk.until > at)
            JOIN signet.history k ON k.tenant_id = of_tenant AND k.kind = 'signing_key'
                AND k.subject = gk.object AND k.since <= at AND (k.until IS NULL OR k.until > at)
            ) AS x (name, id, depth, of_group)) k
    CROSS JOIN LATERAL (
        SELECT array_agg(x.op ORDER BY x.op COLLATE "C", x.kind COLLATE "C", x.id, x.depth, x.of_group) AS operations,
            array_agg(x.kind ORDER BY x.op COLLATE "C", x.kind COLLATE "C", x.id, x.depth, x.of_group) AS kinds,
            array_agg(x.id ORDER BY x.op COLLATE "C", x.kind COLLATE "C", x.id, x.depth, x.of_group) AS ids,
            array_agg(x.of_group::text ORDER BY x.op COLLATE "C", x.kind COLLATE "C", x.id, x.depth, x.of_group) AS groups
        FROM (SELECT r.image ->> 'operation', r.image ->> 'kind', (r.image ->> 'object_id')::uuid, n.depth, n.name
            FROM nearest n JOIN signet.history r ON r.tenant_id = of_tenant AND r.kind = 'group_right_object'
                AND r.subject = n.group_id AND r.since <= at AND (r.until IS NULL OR r.until > at)
            ) AS x (op, kind, id, depth, of_group)) o
    WHERE u.tenant_id = of_tenant AND u.kind = 'user' AND u.subject = of_user
      AND u.since <= at AND (u.until IS NULL OR u.until > at);
END
$$;

-- Users of the transaction's tenant who, by their groups at a time, had the right for an operation
-- (NULL: any) and could use a key (NULL: any), by name behind `after`: candidates, of whom
-- caller_at() says all.
CREATE FUNCTION signet.holders_at(of_operation text, of_key uuid, at timestamptz, after text, most integer,
    OUT id uuid, OUT name text) RETURNS SETOF record
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    of_tenant uuid := NULLIF(current_setting('signet.tenant', true), '')::uuid;
BEGIN
    RETURN QUERY WITH RECURSIVE by_right (group_id) AS (
        SELECT h.subject FROM signet.history h
            WHERE h.tenant_id = of_tenant AND h.kind = 'group_right' AND h.object = of_operation
              AND h.since <= at AND (h.until IS NULL OR h.until > at)
              AND (NOT (h.image ->> 'is_narrowed')::boolean OR EXISTS (SELECT FROM signet.history o
                  WHERE o.tenant_id = of_tenant AND o.kind = 'group_right_object' AND o.subject = h.subject
                    AND o.since <= at AND (o.until IS NULL OR o.until > at)
                    AND o.image ->> 'operation' = of_operation
                    AND (of_key IS NULL OR o.image ->> 'object_id' = of_key::text)))
        UNION
        SELECT h.subject FROM by_right b JOIN signet.history h ON h.tenant_id = of_tenant
            AND h.kind = 'group_group' AND h.object = b.group_id
            AND h.since <= at AND (h.until IS NULL OR h.until > at)
    ), by_key (group_id) AS (
        SELECT h.subject FROM signet.history h
            WHERE h.tenant_id = of_tenant AND h.kind = 'group_key' AND h.object = of_key::text
              AND h.since <= at AND (h.until IS NULL OR h.until > at)
        UNION
        SELECT h.subject FROM by_key b JOIN signet.history h ON h.tenant_id = of_tenant
            AND h.kind = 'group_group' AND h.object = b.group_id
            AND h.since <= at AND (h.until IS NULL OR h.until > at)
    ), member AS (
        SELECT m.subject, m.object AS group_id FROM signet.history m
            WHERE m.tenant_id = of_tenant AND m.kind = 'group_member'
              AND m.since <= at AND (m.until IS NULL OR m.until > at)
    )
    SELECT u.subject::uuid, u.image ->> 'name' FROM signet.history u
        WHERE u.tenant_id = of_tenant AND u.kind = 'user' AND u.since <= at AND (u.until IS NULL OR u.until > at)
          AND (of_operation IS NULL OR u.subject IN (SELECT m.subject FROM member m JOIN by_right b USING (group_id)))
          AND (of_key IS NULL OR u.subject IN (SELECT m.subject FROM member m JOIN by_key b USING (group_id)))
          AND (u.image ->> 'name') COLLATE "C" > after COLLATE "C"
        ORDER BY (u.image ->> 'name') COLLATE "C" LIMIT most;
END
$$;

-- Since when history is kept of the transaction's tenant.
CREATE FUNCTION signet.history_begin() RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT h.since FROM signet.history h
    WHERE h.tenant_id = NULLIF(current_setting('signet.tenant', true), '')::uuid AND h.kind = 'tenant'
      AND h.subject = h.tenant_id::text ORDER BY h.since LIMIT 1
$$;

GRANT EXECUTE ON FUNCTION signet.caller_by_certificate(bytea), signet.caller_by_name(text, text),
    signet.caller_at(text, bytea, timestamptz), signet.holders_at(text, uuid, timestamptz, text, integer),
    signet.history_begin() TO signet_server;

-- ---- lists ----

-- Names by any part of them. The extension comes with PostgreSQL's server package and is trusted;
-- its functions stay out of the schema signet.
CREATE SCHEMA signet_search;
CREATE EXTENSION pg_trgm SCHEMA signet_search;
CREATE INDEX user_by_part ON signet.user USING gin (name signet_search.gin_trgm_ops);
CREATE INDEX user_by_created ON signet.user (tenant_id, created, id);
CREATE INDEX user_by_changed ON signet.user (tenant_id, changed, id);
CREATE INDEX user_by_state ON signet.user (tenant_id, state, name);
CREATE INDEX group_by_created ON signet.group (tenant_id, created, id);
CREATE INDEX group_by_changed ON signet.group (tenant_id, changed, id);

-- A filter as a pattern of ILIKE: the text itself, anywhere.
CREATE FUNCTION signet.part_pattern(part text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = '' AS $$
    SELECT '%' || regexp_replace(normalize(part, NFC), '([\\%_])', '\\\1', 'g') || '%'
$$;
-- Row-level security keeps the server from searching an index by a pattern (it would have to trust
-- the comparison with rows that are not to be seen); here the tenant is in the question itself.
CREATE FUNCTION signet.users_by_part(part text) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    RETURN QUERY SELECT u.id FROM signet.user u
        WHERE u.tenant_id = NULLIF(current_setting('signet.tenant', true), '')::uuid
          AND u.name ILIKE signet.part_pattern(part);
END
$$;

-- All tenants, for users of the server's own and nobody else.
CREATE FUNCTION signet.tenants() RETURNS SETOF signet.tenant
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT t.* FROM signet.tenant t WHERE EXISTS (SELECT FROM signet.tenant s
        WHERE s.id = NULLIF(current_setting('signet.tenant', true), '')::uuid AND s.is_server)
$$;
GRANT EXECUTE ON FUNCTION signet.part_pattern(text), signet.users_by_part(text), signet.tenants() TO signet_server;

-- ---- operations ----

INSERT INTO signet.operation (service, name, for_server) VALUES
    ('Administration', 'CreateTenant', true), ('Administration', 'GetTenant', true),
    ('Administration', 'ListTenants', true), ('Administration', 'UpdateTenant', true),
    ('Administration', 'RemoveTenant', true),
    ('Administration', 'CreateUser', false), ('Administration', 'GetUser', false),
    ('Administration', 'ListUsers', false), ('Administration', 'UpdateUser', false),
    ('Administration', 'RemoveUser', false), ('Administration', 'SetPassword', false),
    ('Administration', 'AddUserCertificate', false), ('Administration', 'UpdateUserCertificate', false),
    ('Administration', 'RemoveUserCertificate', false),
    ('Administration', 'CreateGroup', false), ('Administration', 'GetGroup', false),
    ('Administration', 'ListGroups', false), ('Administration', 'UpdateGroup', false),
    ('Administration', 'RemoveGroup', false), ('Administration', 'AddGroupMember', false),
    ('Administration', 'RemoveGroupMember', false), ('Administration', 'ListGroupMembers', false),
    ('Administration', 'GrantRight', false), ('Administration', 'RevokeRight', false),
    ('Administration', 'ListRights', false), ('Administration', 'ListRightHolders', false);
