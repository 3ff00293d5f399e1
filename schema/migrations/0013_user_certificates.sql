-- What is known of users' certificates: whether their issuers have revoked them, by whom that was
-- told and when it was last asked. A job looks at all of them (S2-31); who calls is decided by it.
ALTER TABLE signet.tenant
    -- What of a certificate of which nobody could say whether it is revoked: lenient warns once
    -- that has lasted for the grace, strict refuses it then.
    ADD COLUMN user_revocation text NOT NULL DEFAULT 'lenient'
        CONSTRAINT tenant_user_revocation CHECK (user_revocation IN ('lenient', 'strict')),
    ADD COLUMN user_revocation_grace_hours integer NOT NULL DEFAULT 24
        CONSTRAINT tenant_user_revocation_grace CHECK (user_revocation_grace_hours BETWEEN 0 AND 8760);

-- A row of its own beside each certificate: it changes with every look, and nobody's cache has to
-- hear of that unless the verdict is another.
CREATE TABLE signet.user_certificate_check (
    fingerprint       bytea       CONSTRAINT user_certificate_check_once PRIMARY KEY
                                  CONSTRAINT user_certificate_check_certificate
                                  REFERENCES signet.user_certificate ON DELETE CASCADE,
    tenant_id         uuid        NOT NULL,
    -- The run of the job that looked last (signet.job_run): who was not looked at for longest is
    -- first in the next.
    run               bigint      NOT NULL DEFAULT 0,
    state             text        NOT NULL DEFAULT 'NotChecked'
                                  CONSTRAINT user_certificate_check_state CHECK (state IN ('NotChecked',
                                  'Good', 'NotCheckable', 'Unknown', 'OnHold', 'Revoked', 'Expired',
                                  'NotYetValid')),
    since             timestamptz NOT NULL DEFAULT now(),   -- of this state
    checked           timestamptz,                          -- when it was last looked at
    reason            text        NOT NULL DEFAULT ''
                                  CONSTRAINT user_certificate_check_reason_size CHECK (length(reason) <= 1000),
    -- Of OnHold and Revoked, as the issuer tells it (RFC 5280 section 5.3.1).
    revoked           timestamptz,
    revocation_reason text        NOT NULL DEFAULT '',
    -- What the state rests on, and when it was made: nothing older undoes a revocation.
    source            text        NOT NULL DEFAULT ''
                                  CONSTRAINT user_certificate_check_source CHECK (source IN ('', 'CRL', 'OCSP')),
    this_update       timestamptz,
    next_update       timestamptz,
    CONSTRAINT user_certificate_check_revoked
        CHECK (state NOT IN ('OnHold', 'Revoked') OR revoked IS NOT NULL)
);
CREATE INDEX user_certificate_check_walk ON signet.user_certificate_check (tenant_id, run, fingerprint);
CREATE INDEX user_certificate_check_by_state ON signet.user_certificate_check (tenant_id, state);
INSERT INTO signet.user_certificate_check (fingerprint, tenant_id, since)
    SELECT fingerprint, tenant_id, created FROM signet.user_certificate;

CREATE FUNCTION signet.user_certificate_watch() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    INSERT INTO signet.user_certificate_check (fingerprint, tenant_id)
        VALUES (NEW.fingerprint, NEW.tenant_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER user_certificate_watch AFTER INSERT ON signet.user_certificate
    FOR EACH ROW EXECUTE FUNCTION signet.user_certificate_watch();

-- The walls, as in 0005.
ALTER TABLE signet.user_certificate_check ENABLE ROW LEVEL SECURITY;
ALTER TABLE signet.user_certificate_check FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON signet.user_certificate_check
    USING (tenant_id = NULLIF(current_setting('signet.tenant', true), '')::uuid);
CREATE POLICY owner_reads ON signet.user_certificate_check FOR SELECT TO signet_owner USING (true);
GRANT SELECT, INSERT (fingerprint, tenant_id), UPDATE (run, state, since, checked, reason, revoked,
    revocation_reason, source, this_update, next_update) ON signet.user_certificate_check TO signet_server;

-- Another verdict is told to the caches; that it was looked at again is not.
CREATE FUNCTION signet.tell_check() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    PERFORM pg_notify('signet_changed', NEW.tenant_id::text);
    RETURN NULL;
END
$$;
CREATE TRIGGER user_certificate_check_tell AFTER UPDATE ON signet.user_certificate_check FOR EACH ROW
    WHEN (OLD.state <> NEW.state OR OLD.since <> NEW.since OR OLD.revoked IS DISTINCT FROM NEW.revoked
        OR OLD.revocation_reason <> NEW.revocation_reason)
    EXECUTE FUNCTION signet.tell_check();

-- From when on who shows such a certificate is refused for its state; NULL: he is not.
CREATE FUNCTION signet.user_certificate_refused(state text, since timestamptz, rule text, grace_hours integer)
RETURNS timestamptz
LANGUAGE plpgsql STABLE SET search_path = '' AS $$
BEGIN
    RETURN CASE WHEN state IN ('Revoked', 'OnHold') THEN 'epoch'::timestamptz
        WHEN rule = 'strict' AND state IN ('Unknown', 'NotChecked')
            THEN since + make_interval(hours => grace_hours) END;
END
$$;

-- As in 0007, with what is known of the certificate.
DROP FUNCTION signet.caller_by_certificate(bytea);
CREATE FUNCTION signet.caller_by_certificate(wanted bytea)
RETURNS TABLE (tenant_id uuid, tenant_name text, tenant_state text,
    user_id uuid, user_name text, user_state text, valid_until timestamptz, password text,
    groups text[], rights text[], right_groups text[],
    key_names text[], key_ids uuid[], key_groups text[],
    certificate_state text, certificate_not_after timestamptz,
    check_state text, check_since timestamptz, check_revoked timestamptz, check_reason text,
    check_refused timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT c.*, uc.state, uc.not_after, k.state, k.since, k.revoked, k.revocation_reason,
        signet.user_certificate_refused(k.state, k.since, t.user_revocation,
            t.user_revocation_grace_hours)
    FROM signet.user_certificate uc
    JOIN signet.user_certificate_check k ON k.fingerprint = uc.fingerprint
    JOIN signet.tenant t ON t.id = uc.tenant_id
    CROSS JOIN LATERAL signet.caller(uc.user_id) c
    WHERE uc.fingerprint = wanted;
END
$$;

-- The tenants whose users' certificates a run looks at, those left alone for longest first: one, or
-- all that are active and have no job of this kind of their own.
CREATE FUNCTION signet.user_certificate_tenants(of_tenant uuid) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    RETURN QUERY SELECT k.tenant_id FROM signet.user_certificate_check k
        JOIN signet.tenant t ON t.id = k.tenant_id
        WHERE t.state = 'active' AND (k.tenant_id = of_tenant OR (of_tenant IS NULL
            AND NOT EXISTS (SELECT FROM signet.job j WHERE j.tenant_id = k.tenant_id
                            AND j.name = 'user-certificates' AND j.state <> 'disabled')))
        GROUP BY k.tenant_id ORDER BY min(k.run), k.tenant_id;
END
$$;

-- How many certificates of users who may call are in which state; `overdue`: of how many of them
-- nobody could say anything for longer than their tenant's grace.
CREATE FUNCTION signet.user_certificate_counts(of_tenant uuid, now_is timestamptz,
    OUT state text, OUT total bigint, OUT overdue bigint) RETURNS SETOF record
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT k.state, count(*),
        count(*) FILTER (WHERE k.state = 'Unknown'
            AND k.since + make_interval(hours => t.user_revocation_grace_hours) <= now_is)
    FROM signet.user_certificate_check k
    JOIN signet.user_certificate c ON c.fingerprint = k.fingerprint
    JOIN signet.tenant t ON t.id = k.tenant_id
    WHERE c.state = 'active' AND t.state = 'active' AND (of_tenant IS NULL OR k.tenant_id = of_tenant)
    GROUP BY k.state;
END
$$;

-- When the next look is planned; NULL: at once, or never.
CREATE FUNCTION signet.user_certificate_next(of_tenant uuid) RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT next_run FROM signet.job
    WHERE name = 'user-certificates' AND state = 'active' AND (tenant_id = of_tenant OR tenant_id IS NULL)
    ORDER BY tenant_id IS NULL LIMIT 1
$$;

GRANT EXECUTE ON FUNCTION signet.caller_by_certificate(bytea), signet.user_certificate_tenants(uuid),
    signet.user_certificate_counts(uuid, timestamptz), signet.user_certificate_next(uuid),
    signet.user_certificate_refused(text, timestamptz, text, integer) TO signet_server;

INSERT INTO signet.job (name, every_seconds) VALUES ('user-certificates', 3600);
