-- Time-stamp authorities, signing keys, settings and jobs, as administrators change them.

-- ---- names that no terminal obeys; lists by keys ----

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['timestamp_authority', 'signing_key'] LOOP
        EXECUTE format('ALTER TABLE signet.%I DROP CONSTRAINT %I', t, t || '_name_form');
        -- NOT VALID: what is called otherwise already stays, until somebody touches it.
        EXECUTE format('ALTER TABLE signet.%I ADD CONSTRAINT %I CHECK (char_length(name) BETWEEN 1 AND 128'
            ' AND name IS NFC NORMALIZED AND name !~ ''^\s|\s$'''
            ' AND name !~ ''[\u0001-\u001F\u007F-\u009F\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]'')'
            ' NOT VALID', t, t || '_name_form');
    END LOOP;
END
$$;
CREATE INDEX signing_key_by_created ON signet.signing_key (tenant_id, created, id);
CREATE INDEX signing_key_by_changed ON signet.signing_key (tenant_id, changed, id);
CREATE INDEX signing_key_by_state ON signet.signing_key (tenant_id, state, name);

-- ---- history ----

DO $$
DECLARE
    row record;
BEGIN
    FOR row IN SELECT * FROM (VALUES
        ('timestamp_authority', 'id', 'version,created,changed,certificates,password_ref'),
        ('validation_default', 'tenant_id', 'changed')
    ) AS v (name, subject, left_out) LOOP
        -- What is of no tenant is the owner's.
        EXECUTE format('CREATE CONSTRAINT TRIGGER %I AFTER INSERT OR UPDATE ON signet.%I'
            ' DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.tenant_id IS NOT NULL)'
            ' EXECUTE FUNCTION signet.keep_history(%L, '''', %L)',
            row.name || '_history', row.name, row.subject, row.left_out);
        EXECUTE format('CREATE CONSTRAINT TRIGGER %I AFTER DELETE ON signet.%I'
            ' DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.tenant_id IS NOT NULL)'
            ' EXECUTE FUNCTION signet.keep_history(%L, '''', %L)',
            row.name || '_history_of_end', row.name, row.subject, row.left_out);
        EXECUTE format('INSERT INTO signet.history (tenant_id, kind, subject, object, image, since, made_by)'
            ' SELECT (x.image ->> ''tenant_id'')::uuid, %L, x.image ->> %L, '''','
            ' x.image - string_to_array(%L, '',''), now(), ''migration 0020'''
            ' FROM (SELECT to_jsonb(r) FROM signet.%I r WHERE r.tenant_id IS NOT NULL) AS x (image)',
            row.name, row.subject, row.left_out, row.name);
    END LOOP;
END
$$;

-- ---- jobs: a tenant's own, and for the server's own tenant those of the whole installation ----

CREATE FUNCTION signet.jobs() RETURNS SETOF signet.job
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT j.* FROM signet.job j
    WHERE j.tenant_id = NULLIF(current_setting('signet.tenant', true), '')::uuid
       OR (j.tenant_id IS NULL AND EXISTS (SELECT FROM signet.tenant t
           WHERE t.id = NULLIF(current_setting('signet.tenant', true), '')::uuid AND t.is_server))
$$;
CREATE FUNCTION signet.job_lock(of_job uuid) RETURNS SETOF signet.job
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF EXISTS (SELECT FROM signet.jobs() j WHERE j.id = of_job) THEN
        RETURN QUERY SELECT j.* FROM signet.job j WHERE j.id = of_job FOR UPDATE;
    END IF;
END
$$;
CREATE FUNCTION signet.job_runs(of_job uuid) RETURNS SETOF signet.job_run
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT r.* FROM signet.job_run r
    WHERE r.job_id = of_job AND EXISTS (SELECT FROM signet.jobs() j WHERE j.id = of_job)
$$;
CREATE FUNCTION signet.job_plan(of_job uuid, new_state text, every integer, daily time) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    UPDATE signet.job SET state = new_state, every_seconds = every, daily_at = daily,
        -- A new plan begins with a run.
        next_run = CASE WHEN every_seconds IS DISTINCT FROM every OR daily_at IS DISTINCT FROM daily
                        THEN NULL ELSE next_run END
        WHERE id = of_job AND EXISTS (SELECT FROM signet.jobs() j WHERE j.id = of_job) RETURNING name
$$;
CREATE FUNCTION signet.job_request(of_job uuid) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    UPDATE signet.job SET requested = clock_timestamp()
        WHERE id = of_job AND state <> 'disabled' AND EXISTS (SELECT FROM signet.jobs() j WHERE j.id = of_job)
        RETURNING name
$$;

-- The servers of the installation, and which jobs each is at, for the server's own tenant.
CREATE FUNCTION signet.nodes(OUT name text, OUT created timestamptz, OUT head_seq bigint,
    OUT head_at timestamptz, OUT jobs text[]) RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT n.name, n.created, n.head_seq, n.head_at, ARRAY(SELECT j.name FROM signet.job j
        WHERE j.claimed_by = n.name AND j.claimed_until > now() ORDER BY j.name)
    FROM signet.node n WHERE EXISTS (SELECT FROM signet.tenant t
        WHERE t.id = NULLIF(current_setting('signet.tenant', true), '')::uuid AND t.is_server)
$$;
GRANT EXECUTE ON FUNCTION signet.jobs(), signet.job_lock(uuid), signet.job_runs(uuid),
    signet.job_plan(uuid, text, integer, time), signet.job_request(uuid), signet.nodes() TO signet_server;

INSERT INTO signet.operation (service, name) VALUES
    ('Administration', 'CreateTimestampAuthority'), ('Administration', 'GetTimestampAuthority'),
    ('Administration', 'ListTimestampAuthorities'), ('Administration', 'UpdateTimestampAuthority'),
    ('Administration', 'RemoveTimestampAuthority'), ('Administration', 'TestTimestampAuthority'),
    ('Administration', 'GetSigningKey'), ('Administration', 'ListSigningKeys'),
    ('Administration', 'UpdateSigningKey'), ('Administration', 'RenewSigningKey'),
    ('Administration', 'GetSetting'), ('Administration', 'ListSettings'), ('Administration', 'UpdateSetting'),
    ('Administration', 'GetJob'), ('Administration', 'ListJobs'), ('Administration', 'UpdateJob'),
    ('Administration', 'RunJob'), ('Administration', 'ListJobRuns'), ('Administration', 'ListNodes');
