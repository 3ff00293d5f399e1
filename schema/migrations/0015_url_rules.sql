-- Which groups may open which pages of which websites (REQUIREMENTS S2-26). The forms of host and
-- path are those of authz/url_rules.h, which could not use a set of rules with one that has another.
CREATE TABLE signet.url_rule (
    id        uuid        CONSTRAINT url_rule_id PRIMARY KEY,
    tenant_id uuid        NOT NULL CONSTRAINT url_rule_tenant REFERENCES signet.tenant,
    name      text        NOT NULL CONSTRAINT url_rule_name_form CHECK (name ~ '^[^[:cntrl:]]{1,128}$'),
    host      text        NOT NULL CONSTRAINT url_rule_host_form CHECK (
                          host ~ '^(\*|(\*\.)?[a-z0-9._-]+|\[[0-9a-f:.]+\])$' AND length(host) < 256),
    -- Segments, literal, "*" or (the last) "**".
    path      text        NOT NULL CONSTRAINT url_rule_path_form CHECK (
                          path ~ '^/' AND length(path) <= 1024
                          AND path !~ '[[:cntrl:][:space:]%;?#\\]' AND path !~ '//'
                          AND path !~ '/\.\.?(/|$)' AND path !~ '[^/]\*[^*]|[^/*]\*|\*[^/*]|\*\*\*'
                          AND path !~ '\*\*/.' AND path !~ '(/\*(?!\*).*){9}'
                          AND path !~ '(/[^/]+){129}'),
    methods   text[]      NOT NULL DEFAULT '{}' CONSTRAINT url_rule_methods CHECK (methods <@
                          ARRAY['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'other']),
    -- 'groups': members of url_rule_group; 'users': every user of the tenant; 'all': also strangers.
    opens_to  text        NOT NULL DEFAULT 'groups'
                          CONSTRAINT url_rule_opens_to CHECK (opens_to IN ('groups', 'users', 'all')),
    version   integer     NOT NULL DEFAULT 1,
    created   timestamptz NOT NULL DEFAULT now(),
    changed   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT url_rule_name_once UNIQUE (tenant_id, name),
    CONSTRAINT url_rule_of_tenant UNIQUE (tenant_id, id)
);
CREATE INDEX url_rule_of_host ON signet.url_rule (tenant_id, host, path);

CREATE TABLE signet.url_rule_group (
    tenant_id uuid NOT NULL,
    rule_id   uuid NOT NULL,
    group_id  uuid NOT NULL,
    CONSTRAINT url_rule_group_once PRIMARY KEY (tenant_id, rule_id, group_id),
    CONSTRAINT url_rule_group_rule FOREIGN KEY (tenant_id, rule_id)
        REFERENCES signet.url_rule (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT url_rule_group_group FOREIGN KEY (tenant_id, group_id)
        REFERENCES signet.group (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX url_rule_group_of_group ON signet.url_rule_group (tenant_id, group_id);

-- Of two rules for the same host, path and method neither would be the more specific one.
CREATE FUNCTION signet.url_rule_is_alone() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    other text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('url_rule'), hashtext(NEW.tenant_id::text));
    SELECT r.name INTO other FROM signet.url_rule r
    WHERE r.tenant_id = NEW.tenant_id AND r.host = NEW.host AND r.id <> NEW.id
      AND rtrim(r.path, '/') = rtrim(NEW.path, '/')
      AND (r.methods && NEW.methods OR (r.methods = '{}' AND NEW.methods = '{}')) LIMIT 1;
    IF FOUND THEN
        RAISE unique_violation USING CONSTRAINT = 'url_rule_is_alone', TABLE = 'url_rule', SCHEMA = 'signet',
            MESSAGE = format('rule %s is for the same host, path and method', other);
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER url_rule_is_alone BEFORE INSERT OR UPDATE ON signet.url_rule
    FOR EACH ROW EXECUTE FUNCTION signet.url_rule_is_alone();
CREATE TRIGGER url_rule_version BEFORE UPDATE ON signet.url_rule
    FOR EACH ROW EXECUTE FUNCTION signet.count_version();

-- The walls, as in 0005.
DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['url_rule', 'url_rule_group'] LOOP
        EXECUTE format('ALTER TABLE signet.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE signet.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own_tenant ON signet.%I'
            ' USING (tenant_id = NULLIF(current_setting(''signet.tenant'', true), '''')::uuid)', t);
        EXECUTE format('CREATE POLICY owner_reads ON signet.%I FOR SELECT TO signet_owner USING (true)', t);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON signet.%I TO signet_server', t);
        EXECUTE format('CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON signet.%I'
            ' FOR EACH ROW EXECUTE FUNCTION signet.tell_changed()', t || '_tell_changed', t);
    END LOOP;
END
$$;
