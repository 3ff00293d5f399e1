-- Rules for URLs (0015) as things that administrators change: names that no terminal obeys, lists by
-- keys, and history: who could open which page at an earlier time.

ALTER TABLE signet.url_rule DROP CONSTRAINT url_rule_name_form;
-- NOT VALID: what is called otherwise already stays, until somebody touches it.
ALTER TABLE signet.url_rule ADD CONSTRAINT url_rule_name_form CHECK (char_length(name) BETWEEN 1 AND 128
    AND name IS NFC NORMALIZED AND name !~ '^\s|\s$'
    AND name !~ '[\u0001-\u001F\u007F-\u009F\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]') NOT VALID;
ALTER TABLE signet.url_rule ADD CONSTRAINT url_rule_path_marks CHECK (
    path !~ '[\u0080-\u009F\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]') NOT VALID;
CREATE INDEX url_rule_by_created ON signet.url_rule (tenant_id, created, id);
CREATE INDEX url_rule_by_changed ON signet.url_rule (tenant_id, changed, id);
CREATE INDEX url_rule_by_host ON signet.url_rule (tenant_id, host, name);

-- Groups are taken in and out, not bent.
REVOKE UPDATE ON signet.url_rule_group FROM signet_server;

DO $$
DECLARE
    row record;
BEGIN
    FOR row IN SELECT * FROM (VALUES
        ('url_rule', 'id', '', 'version,created,changed'),
        ('url_rule_group', 'rule_id', 'group_id', '')
    ) AS v (name, subject, object, left_out) LOOP
        EXECUTE format('CREATE CONSTRAINT TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON signet.%I'
            ' DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION signet.keep_history(%L, %L, %L)',
            row.name || '_history', row.name, row.subject, row.object, row.left_out);
        -- What there is when history begins.
        EXECUTE format('INSERT INTO signet.history (tenant_id, kind, subject, object, image, since, made_by)'
            ' SELECT (x.image ->> ''tenant_id'')::uuid, %L, x.image ->> %L, COALESCE(x.image ->> %L, ''''),'
            ' x.image - string_to_array(%L, '',''), now(), ''migration 0016'''
            ' FROM (SELECT to_jsonb(r) FROM signet.%I r) AS x (image)',
            row.name, row.subject, row.object, row.left_out, row.name);
    END LOOP;
END
$$;

-- Since when it is known which rules there were: of a tenant with older history, since this migration.
CREATE FUNCTION signet.url_rule_history_begin() RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT GREATEST(signet.history_begin(), (SELECT m.at FROM signet.migration m WHERE m.name LIKE '%url_rule_history'))
$$;

-- The rules of the transaction's tenant as they were at a time (NULL: now), by the names of then.
CREATE FUNCTION signet.url_rules_at(at timestamptz, OUT id uuid, OUT name text, OUT host text, OUT path text,
    OUT methods text[], OUT opens_to text, OUT groups text[]) RETURNS SETOF record
LANGUAGE plpgsql STABLE SET search_path = '' AS $$
DECLARE
    t timestamptz := COALESCE(at, now());
    of_tenant uuid := NULLIF(current_setting('signet.tenant', true), '')::uuid;
BEGIN
    RETURN QUERY SELECT r.subject::uuid, r.image ->> 'name', r.image ->> 'host', r.image ->> 'path',
        ARRAY(SELECT jsonb_array_elements_text(r.image -> 'methods')), r.image ->> 'opens_to',
        ARRAY(SELECT g.image ->> 'name' FROM signet.history m
            JOIN signet.history g ON g.tenant_id = of_tenant AND g.kind = 'group' AND g.subject = m.object
                AND g.since <= t AND (g.until IS NULL OR g.until > t)
            WHERE m.tenant_id = of_tenant AND m.kind = 'url_rule_group' AND m.subject = r.subject
              AND m.since <= t AND (m.until IS NULL OR m.until > t)
            ORDER BY 1)
    FROM signet.history r
    WHERE r.tenant_id = of_tenant AND r.kind = 'url_rule' AND r.since <= t AND (r.until IS NULL OR r.until > t);
END
$$;

-- Its users at a time who were in one of the groups (NULL: any user), directly or by other groups;
-- by name behind `after`.
CREATE FUNCTION signet.url_holders_at(at timestamptz, of_groups text[], after text, most integer,
    OUT id uuid, OUT name text) RETURNS SETOF record
LANGUAGE plpgsql STABLE SET search_path = '' AS $$
DECLARE
    t timestamptz := COALESCE(at, now());
    of_tenant uuid := NULLIF(current_setting('signet.tenant', true), '')::uuid;
BEGIN
    RETURN QUERY WITH RECURSIVE opened (group_id) AS (
        SELECT g.subject FROM signet.history g
            WHERE g.tenant_id = of_tenant AND g.kind = 'group' AND g.image ->> 'name' = ANY (of_groups)
              AND g.since <= t AND (g.until IS NULL OR g.until > t)
        UNION
        SELECT h.subject FROM opened o JOIN signet.history h ON h.tenant_id = of_tenant
            AND h.kind = 'group_group' AND h.object = o.group_id
            AND h.since <= t AND (h.until IS NULL OR h.until > t)
    ), member AS (
        SELECT DISTINCT m.subject FROM opened o JOIN signet.history m ON m.tenant_id = of_tenant
            AND m.kind = 'group_member' AND m.object = o.group_id
            AND m.since <= t AND (m.until IS NULL OR m.until > t)
    )
    SELECT u.subject::uuid, u.image ->> 'name' FROM signet.history u
        WHERE u.tenant_id = of_tenant AND u.kind = 'user' AND u.since <= t AND (u.until IS NULL OR u.until > t)
          AND (of_groups IS NULL OR u.subject IN (SELECT m.subject FROM member m))
          AND (u.image ->> 'name') COLLATE "C" > after COLLATE "C"
        ORDER BY (u.image ->> 'name') COLLATE "C" LIMIT most;
END
$$;
GRANT EXECUTE ON FUNCTION signet.url_rule_history_begin(), signet.url_rules_at(timestamptz),
    signet.url_holders_at(timestamptz, text[], text, integer) TO signet_server;

INSERT INTO signet.operation (service, name) VALUES
    ('Administration', 'CreateUrlRule'), ('Administration', 'GetUrlRule'), ('Administration', 'ListUrlRules'),
    ('Administration', 'UpdateUrlRule'), ('Administration', 'RemoveUrlRule'),
    ('Administration', 'ExplainAccess'), ('Administration', 'ListAccessHolders');
