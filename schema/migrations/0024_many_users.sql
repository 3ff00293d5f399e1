-- What one request costs does not grow with a tenant's users, groups and rules: looked for by index,
-- and told to the caches by what has changed.

-- ---- what is told to the caches ----

-- "TENANT" alone: all that is known of him. With a word behind it less: "callers" (all of his),
-- "user ID" (this one), "rules" (for URLs). Whatever is told, who was nobody may be somebody now.
CREATE OR REPLACE FUNCTION signet.tell_changed() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    was uuid;
    is_now uuid;
    word text := '';
BEGIN
    IF TG_NARGS > 0 THEN
        word := ' ' || TG_ARGV[0];
    END IF;
    IF TG_OP <> 'INSERT' THEN
        IF TG_TABLE_NAME = 'tenant' THEN
            was := OLD.id;
        ELSE
            was := OLD.tenant_id;
        END IF;
        -- Without a tenant it is offered to all.
        PERFORM pg_notify('signet_changed', COALESCE(was || word, ''));
    END IF;
    IF TG_OP <> 'DELETE' THEN
        IF TG_TABLE_NAME = 'tenant' THEN
            is_now := NEW.id;
        ELSE
            is_now := NEW.tenant_id;
        END IF;
        PERFORM pg_notify('signet_changed', COALESCE(is_now || word, ''));
    END IF;
    RETURN NULL;
END
$$;

-- Of many users in one statement it is told that they are many.
CREATE FUNCTION signet.tell_users() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    IF (SELECT count(*) FROM (SELECT FROM touched LIMIT 101) t) > 100 THEN
        PERFORM pg_notify('signet_changed', t.tenant_id || ' callers')
            FROM (SELECT DISTINCT tenant_id FROM touched) t;
    ELSE
        PERFORM pg_notify('signet_changed', t.tenant_id || ' user ' || t.id) FROM touched t;
    END IF;
    RETURN NULL;
END
$$;
-- The same of rows that say whose they are.
CREATE FUNCTION signet.tell_users_of() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    IF (SELECT count(*) FROM (SELECT FROM touched LIMIT 101) t) > 100 THEN
        PERFORM pg_notify('signet_changed', t.tenant_id || ' callers')
            FROM (SELECT DISTINCT tenant_id FROM touched) t;
    ELSE
        PERFORM pg_notify('signet_changed', t.tenant_id || ' user ' || t.user_id) FROM touched t;
    END IF;
    RETURN NULL;
END
$$;
-- By key, also where the statistics are of a time when there were few.
CREATE OR REPLACE FUNCTION signet.tell_check() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' SET enable_seqscan = off AS $$
BEGIN
    PERFORM pg_notify('signet_changed', COALESCE(NEW.tenant_id || ' user ' || (SELECT c.user_id
        FROM signet.user_certificate c WHERE c.fingerprint = NEW.fingerprint), NEW.tenant_id::text));
    RETURN NULL;
END
$$;

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['user', 'user_certificate', 'group_member'] LOOP
        EXECUTE format('DROP TRIGGER %I ON signet.%I', t || '_tell_changed', t);
        EXECUTE format('CREATE TRIGGER %I AFTER INSERT ON signet.%I REFERENCING NEW TABLE AS touched'
            ' FOR EACH STATEMENT EXECUTE FUNCTION signet.%I()', t || '_tell_changed', t,
            CASE t WHEN 'user' THEN 'tell_users' ELSE 'tell_users_of' END);
        -- Both: a certificate may become another user's.
        EXECUTE format('CREATE TRIGGER %I AFTER UPDATE ON signet.%I REFERENCING OLD TABLE AS touched'
            ' FOR EACH STATEMENT EXECUTE FUNCTION signet.%I()', t || '_tell_was', t,
            CASE t WHEN 'user' THEN 'tell_users' ELSE 'tell_users_of' END);
        EXECUTE format('CREATE TRIGGER %I AFTER UPDATE ON signet.%I REFERENCING NEW TABLE AS touched'
            ' FOR EACH STATEMENT EXECUTE FUNCTION signet.%I()', t || '_tell_is', t,
            CASE t WHEN 'user' THEN 'tell_users' ELSE 'tell_users_of' END);
        EXECUTE format('CREATE TRIGGER %I AFTER DELETE ON signet.%I REFERENCING OLD TABLE AS touched'
            ' FOR EACH STATEMENT EXECUTE FUNCTION signet.%I()', t || '_tell_gone', t,
            CASE t WHEN 'user' THEN 'tell_users' ELSE 'tell_users_of' END);
    END LOOP;
    -- Nobody is in a new group, and no rule is for it.
    DROP TRIGGER group_tell_changed ON signet.group;
    CREATE TRIGGER group_tell_changed AFTER UPDATE OR DELETE ON signet.group
        FOR EACH ROW EXECUTE FUNCTION signet.tell_changed();
    FOREACH t IN ARRAY ARRAY['group_group', 'group_right', 'group_right_object'] LOOP
        EXECUTE format('DROP TRIGGER %I ON signet.%I', t || '_tell_changed', t);
        EXECUTE format('CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON signet.%I'
            ' FOR EACH ROW EXECUTE FUNCTION signet.tell_changed(''callers'')', t || '_tell_changed', t);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['url_rule', 'url_rule_group'] LOOP
        EXECUTE format('DROP TRIGGER %I ON signet.%I', t || '_tell_changed', t);
        EXECUTE format('CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON signet.%I'
            ' FOR EACH ROW EXECUTE FUNCTION signet.tell_changed(''rules'')', t || '_tell_changed', t);
    END LOOP;
END
$$;

-- ---- who calls ----

-- A handful of rows, each by its key, however many there are beside them and whatever the statistics
-- say: without the first three the planner reads all groups of all tenants for the few of one user.
-- One plan: looking for a better one for each caller costs more than the look-up.
DO $$
DECLARE
    f text;
    setting text;
BEGIN
    FOREACH f IN ARRAY ARRAY['caller(uuid)', 'caller_by_certificate(bytea)', 'caller_by_name(text, text)'] LOOP
        FOREACH setting IN ARRAY ARRAY['enable_seqscan = off', 'enable_hashjoin = off',
            'enable_mergejoin = off', 'plan_cache_mode = force_generic_plan', 'jit = off'] LOOP
            CONTINUE WHEN setting LIKE 'enable%' AND f LIKE 'caller\_by%';
            EXECUTE format('ALTER FUNCTION signet.%s SET %s', f, setting);
        END LOOP;
    END LOOP;
END
$$;

-- ---- who it was ----

CREATE INDEX history_of_user_name ON signet.history (tenant_id, (image ->> 'name'), since)
    WHERE kind = 'user';

-- The user of the transaction's tenant by id, or else by name, at a time.
CREATE FUNCTION signet.user_at(named text, at timestamptz) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    of_tenant uuid := NULLIF(current_setting('signet.tenant', true), '')::uuid;
    found text;
BEGIN
    SELECT h.subject INTO found FROM signet.history h
        WHERE h.tenant_id = of_tenant AND h.kind = 'user' AND h.subject = named
          AND h.since <= at AND (h.until IS NULL OR h.until > at) LIMIT 1;
    IF found IS NULL THEN
        SELECT h.subject INTO found FROM signet.history h
            WHERE h.tenant_id = of_tenant AND h.kind = 'user' AND h.image ->> 'name' = normalize(named, NFC)
              AND h.since <= at AND (h.until IS NULL OR h.until > at) LIMIT 1;
    END IF;
    RETURN found;
END
$$;

-- As in 0014, but for how the user is found.
CREATE OR REPLACE FUNCTION signet.caller_at(named text, fingerprint bytea, at timestamptz) RETURNS SETOF signet.caller_found
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' SET enable_seqscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan SET jit = off AS $$
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
        of_user := signet.user_at(named, at);
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

-- ---- rules for URLs ----

-- The page that a path is for: with and without a slash at the end. A column, since row-level
-- security lets the server search an index by what is compared, and not by what is computed.
ALTER TABLE signet.url_rule ADD COLUMN page text GENERATED ALWAYS AS (rtrim(path, '/')) STORED;
DROP INDEX signet.url_rule_of_host;
CREATE INDEX url_rule_of_page ON signet.url_rule (tenant_id, host, page);
DROP TRIGGER url_rule_history ON signet.url_rule;
CREATE CONSTRAINT TRIGGER url_rule_history AFTER INSERT OR UPDATE OR DELETE ON signet.url_rule
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION signet.keep_history('id', '', 'version,created,changed,page');

-- As in 0015, by index: whatever the statistics say, no other one gives this order without a sort.
CREATE OR REPLACE FUNCTION signet.url_rule_is_alone() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' SET enable_seqscan = off SET enable_sort = off AS $$
DECLARE
    its_page text := rtrim(NEW.path, '/');
    other text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('url_rule'), hashtext(NEW.tenant_id::text));
    SELECT r.name INTO other FROM signet.url_rule r
    WHERE r.tenant_id = NEW.tenant_id AND r.host = NEW.host AND r.page >= its_page AND r.page <= its_page
      AND r.id <> NEW.id AND (r.methods && NEW.methods OR (r.methods = '{}' AND NEW.methods = '{}'))
    ORDER BY r.page LIMIT 1;
    IF FOUND THEN
        RAISE unique_violation USING CONSTRAINT = 'url_rule_is_alone', TABLE = 'url_rule', SCHEMA = 'signet',
            MESSAGE = format('rule %s is for the same host, path and method', other);
    END IF;
    RETURN NEW;
END
$$;
