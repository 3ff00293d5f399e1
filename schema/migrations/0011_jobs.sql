-- Work by the clock: what is to be done when, who does it now, and what became of it. A job is
-- claimed by one server at a time, for so long as it says that it still works (its lease); the
-- database's clock counts for leases, whatever the servers' say.
CREATE TABLE signet.job (
    id            uuid        CONSTRAINT job_id PRIMARY KEY DEFAULT gen_random_uuid(),
    -- NULL: for the whole installation.
    tenant_id     uuid        CONSTRAINT job_tenant REFERENCES signet.tenant ON DELETE CASCADE,
    -- Which function of the server; a server that knows no such job leaves it alone.
    name          text        NOT NULL CONSTRAINT job_name_form CHECK (name ~ '^[a-z][a-z0-9-]{0,62}$'),
    -- Either of both: so long from one start to the next, or at this time of each day, in UTC.
    every_seconds integer     CONSTRAINT job_every CHECK (every_seconds BETWEEN 10 AND 31536000),
    daily_at      time(0)     CONSTRAINT job_daily CHECK (daily_at < '24:00'),
    -- paused: runs only when it is asked for; disabled: never.
    state         text        NOT NULL DEFAULT 'active'
                              CONSTRAINT job_state CHECK (state IN ('active', 'paused', 'disabled')),
    next_run      timestamptz,            -- NULL: as soon as a server sees it
    requested     timestamptz,            -- when "now" was asked for; NULL: it was not
    fails         integer     NOT NULL DEFAULT 0, -- in a row
    run           bigint,                 -- under way: its row of job_run
    claimed_by    text,
    claimed_until timestamptz,
    version       integer     NOT NULL DEFAULT 1,
    created       timestamptz NOT NULL DEFAULT now(),
    changed       timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT job_name_once UNIQUE NULLS NOT DISTINCT (tenant_id, name),
    CONSTRAINT job_one_schedule CHECK ((every_seconds IS NULL) <> (daily_at IS NULL)),
    CONSTRAINT job_claim CHECK ((run IS NULL) = (claimed_by IS NULL)
        AND (run IS NULL) = (claimed_until IS NULL))
);

-- What was done: one row a run, kept for a while (signet.job_forget). No foreign key: the row
-- outlives its job.
CREATE TABLE signet.job_run (
    id        bigint      GENERATED ALWAYS AS IDENTITY CONSTRAINT job_run_id PRIMARY KEY,
    job_id    uuid        NOT NULL,
    tenant_id uuid,
    name      text        NOT NULL,
    node      text        NOT NULL,
    started   timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended     timestamptz,
    -- Lost: its server died, or did not say in time that it still works.
    result    text        CONSTRAINT job_run_result
                          CHECK (result IN ('Success', 'Warning', 'Failed', 'Lost')),
    message   text        NOT NULL DEFAULT '',
    CONSTRAINT job_run_end CHECK ((ended IS NULL) = (result IS NULL))
);
CREATE INDEX job_run_by_job ON signet.job_run (job_id, id);

-- The walls. The functions below are the only way to claim and to end: they see all tenants' jobs.
DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['job', 'job_run'] LOOP
        EXECUTE format('ALTER TABLE signet.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE signet.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own_tenant ON signet.%I'
            ' USING (tenant_id = NULLIF(current_setting(''signet.tenant'', true), '''')::uuid)', t);
        EXECUTE format('CREATE POLICY owner_runs ON signet.%I TO signet_owner USING (true)', t);
        EXECUTE format('GRANT SELECT ON signet.%I TO signet_server', t);
    END LOOP;
END
$$;
-- A tenant's own jobs are changed by its administrators; what is under way is not theirs to write.
GRANT INSERT (id, tenant_id, name, every_seconds, daily_at, state), DELETE,
    UPDATE (every_seconds, daily_at, state, next_run, requested) ON signet.job TO signet_server;
CREATE TRIGGER job_version BEFORE UPDATE OF every_seconds, daily_at, state ON signet.job
    FOR EACH ROW EXECUTE FUNCTION signet.count_version();

-- Tells the servers that the plan has changed. Claims and their ends are told by nobody: who plans
-- looks at the table anyway when the time comes.
CREATE FUNCTION signet.tell_job() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    PERFORM pg_notify('signet_job', '');
    RETURN NULL;
END
$$;
CREATE TRIGGER job_tell_new AFTER INSERT OR DELETE ON signet.job
    FOR EACH STATEMENT EXECUTE FUNCTION signet.tell_job();
CREATE TRIGGER job_tell_change AFTER UPDATE ON signet.job FOR EACH ROW
    WHEN (OLD.every_seconds IS DISTINCT FROM NEW.every_seconds
        OR OLD.daily_at IS DISTINCT FROM NEW.daily_at OR OLD.state <> NEW.state
        OR (NEW.next_run IS DISTINCT FROM OLD.next_run AND NEW.next_run > OLD.next_run IS NOT TRUE)
        OR NEW.requested IS DISTINCT FROM OLD.requested)
    EXECUTE FUNCTION signet.tell_job();

-- All jobs with what a server needs to plan. lease_left: seconds, NULL when nobody works on it.
CREATE FUNCTION signet.job_all(OUT id uuid, OUT tenant_id uuid, OUT name text,
    OUT every_seconds integer, OUT daily_at integer, OUT state text, OUT next_run timestamptz,
    OUT is_requested boolean, OUT fails integer, OUT lease_left integer, OUT last_good timestamptz)
RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT j.id, j.tenant_id, j.name, j.every_seconds,
        EXTRACT(epoch FROM j.daily_at)::integer, j.state, j.next_run, j.requested IS NOT NULL,
        j.fails, ceil(EXTRACT(epoch FROM j.claimed_until - clock_timestamp()))::integer,
        (SELECT r.started FROM signet.job_run r WHERE r.job_id = j.id
            AND r.result IN ('Success', 'Warning') ORDER BY r.id DESC LIMIT 1)
    FROM signet.job j LEFT JOIN signet.tenant t ON t.id = j.tenant_id
    WHERE j.tenant_id IS NULL OR t.state = 'active'
    ORDER BY j.name, j.id
$$;

-- What was under way has ended without a word.
CREATE FUNCTION signet.job_lose(of_run bigint, why text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    UPDATE signet.job_run SET ended = clock_timestamp(), result = 'Lost', message = why
        WHERE id = of_run AND ended IS NULL
$$;

-- Claim a job that the caller has found due when its next run was `seen`: the id of the run, or
-- NULL when somebody else has it, had it meanwhile, or it is no longer to be done.
CREATE FUNCTION signet.job_claim(of_job uuid, seen timestamptz, by_node text, lease_seconds integer)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    j signet.job;
    new_run bigint;
BEGIN
    SELECT * INTO j FROM signet.job
        WHERE id = of_job AND (claimed_until IS NULL OR claimed_until <= clock_timestamp())
          AND ((state = 'active' AND next_run IS NOT DISTINCT FROM seen)
               OR (state <> 'disabled' AND requested IS NOT NULL))
        FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF j.run IS NOT NULL THEN
        PERFORM signet.job_lose(j.run, j.claimed_by || ' did not say in time that it still works; '
            || by_node || ' took over');
    END IF;
    INSERT INTO signet.job_run (job_id, tenant_id, name, node)
        VALUES (j.id, j.tenant_id, j.name, by_node) RETURNING id INTO new_run;
    UPDATE signet.job SET run = new_run, claimed_by = by_node,
        claimed_until = clock_timestamp() + make_interval(secs => lease_seconds),
        fails = j.fails + (j.run IS NOT NULL)::integer
        WHERE id = j.id;
    RETURN new_run;
END
$$;

-- Still at work: true, or false when the run was given to another.
CREATE FUNCTION signet.job_extend(of_run bigint, lease_seconds integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    UPDATE signet.job SET claimed_until = clock_timestamp() + make_interval(secs => lease_seconds)
        WHERE run = of_run;
    RETURN FOUND;
END
$$;

-- Done: true, or false when the run was given to another (what it did stays, its word does not
-- count). A request that came while it ran asks for another run.
CREATE FUNCTION signet.job_finish(of_run bigint, how text, words text, next timestamptz)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    began timestamptz;
BEGIN
    UPDATE signet.job_run SET ended = clock_timestamp(), result = how, message = words
        WHERE id = of_run AND ended IS NULL RETURNING started INTO began;
    UPDATE signet.job SET run = NULL, claimed_by = NULL, claimed_until = NULL, next_run = next,
        requested = CASE WHEN requested > began THEN requested END,
        fails = CASE WHEN how = 'Failed' THEN fails + 1 ELSE 0 END
        WHERE run = of_run;
    RETURN FOUND;
END
$$;

-- A server's jobs process has started: whatever it was at before is lost, and due again. What kills
-- its process each time waits longer and longer.
CREATE FUNCTION signet.job_abandon(by_node text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    count bigint;
BEGIN
    PERFORM signet.job_lose(j.run, 'the process of ' || by_node || ' died of it or beside it')
        FROM signet.job j WHERE j.claimed_by = by_node;
    UPDATE signet.job SET run = NULL, claimed_by = NULL, claimed_until = NULL, fails = fails + 1,
        requested = CASE WHEN fails < 2 THEN requested END,
        next_run = CASE WHEN fails < 2 THEN next_run
            ELSE clock_timestamp() + LEAST(interval '1 minute' * 2 ^ LEAST(fails, 10), interval '6 hours') END
        WHERE claimed_by = by_node;
    GET DIAGNOSTICS count = ROW_COUNT;
    IF count > 0 THEN
        PERFORM pg_notify('signet_job', '');
    END IF;
    RETURN count;
END
$$;

-- Forget runs that ended before `before` (a day ago at the latest), but not the last `keep` of each
-- job, and whatever is more than `most` of one job.
CREATE FUNCTION signet.job_forget(before timestamptz, keep integer, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    gone bigint;
BEGIN
    IF before > clock_timestamp() - interval '1 day' OR keep < 1 OR most < keep THEN
        RAISE EXCEPTION 'runs are kept for a day at least, and the last of each job';
    END IF;
    DELETE FROM signet.job_run r USING (SELECT id, row_number() OVER
            (PARTITION BY job_id ORDER BY id DESC) AS place FROM signet.job_run) o
        WHERE o.id = r.id AND r.ended IS NOT NULL
          AND (o.place > most OR (o.place > keep AND r.ended < before));
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
$$;

-- Where trusted lists are fetched from, lists of lists first: for the job of all tenants
-- (of_tenant NULL) those for all and those of tenants without a job of this kind of their own.
CREATE FUNCTION signet.trust_sources_of(of_tenant uuid, OUT tenant_id uuid, OUT name text,
    OUT kind text) RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT s.tenant_id, s.name, s.kind FROM signet.trust_source s
    WHERE s.state = 'active' AND (s.url IS NOT NULL OR s.lotl_id IS NOT NULL)
      AND CASE WHEN of_tenant IS NOT NULL THEN s.tenant_id = of_tenant
          ELSE s.tenant_id IS NULL OR (
              EXISTS (SELECT FROM signet.tenant t WHERE t.id = s.tenant_id AND t.state = 'active')
              AND NOT EXISTS (SELECT FROM signet.job j WHERE j.tenant_id = s.tenant_id
                              AND j.name = 'trust-lists' AND j.state <> 'disabled')) END
    ORDER BY s.kind DESC, s.tenant_id NULLS FIRST, s.name
$$;

-- Certificates of our own that end before `before`. Where the end is NULL it is in the certificate.
CREATE FUNCTION signet.own_certificates(of_tenant uuid, before timestamptz, OUT tenant text,
    OUT kind text, OUT name text, OUT not_after timestamptz, OUT certificate bytea)
RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT t.name, o.kind, o.name, o.not_after, o.certificate FROM (
        SELECT k.tenant_id, 'key', k.name, k.not_after, NULL::bytea
            FROM signet.signing_key k WHERE k.state = 'active' AND k.not_after < before
        UNION ALL
        SELECT c.tenant_id, 'user', u.name, c.not_after, NULL
            FROM signet.user_certificate c JOIN signet.user u
                ON u.tenant_id = c.tenant_id AND u.id = c.user_id
            WHERE c.state = 'active' AND u.state = 'active' AND c.not_after < before
        UNION ALL
        SELECT a.tenant_id, 'trust anchor', a.name, NULL, a.certificate FROM signet.trust_anchor a
            WHERE a.state = 'active'
        UNION ALL
        SELECT a.tenant_id, 'time-stamp authority', a.name, NULL, a.certificates[1]
            FROM signet.timestamp_authority a WHERE a.store_key IS NOT NULL AND a.state = 'active'
    ) AS o (tenant_id, kind, name, not_after, certificate)
    LEFT JOIN signet.tenant t ON t.id = o.tenant_id
    WHERE (o.tenant_id IS NULL OR t.state = 'active') AND (of_tenant IS NULL OR o.tenant_id = of_tenant)
    ORDER BY o.not_after, t.name, o.kind, o.name
$$;

REVOKE EXECUTE ON FUNCTION signet.job_lose(bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION signet.job_all(), signet.job_claim(uuid, timestamptz, text, integer),
    signet.job_extend(bigint, integer), signet.job_finish(bigint, text, text, timestamptz),
    signet.job_abandon(text), signet.job_forget(timestamptz, integer, integer),
    signet.trust_sources_of(uuid), signet.own_certificates(uuid, timestamptz) TO signet_server;

-- What every installation does; the intervals are there to be changed.
INSERT INTO signet.job (name, every_seconds, daily_at) VALUES
    ('trust-lists', 21600, NULL),
    ('revocation', 300, NULL),
    ('expiry', NULL, '03:00'),
    ('history', NULL, '03:30');
