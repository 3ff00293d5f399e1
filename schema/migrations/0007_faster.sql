-- Callers are found by functions that keep their plans: SQL functions are planned at each call, which
-- cost six times as much. Rights on them stay as they were.
CREATE OR REPLACE FUNCTION signet.caller(of_user uuid,
    OUT tenant_id uuid, OUT tenant_name text, OUT tenant_state text,
    OUT user_id uuid, OUT user_name text, OUT user_state text, OUT valid_until timestamptz,
    OUT password text, OUT groups text[],
    -- Side by side, sorted by the first: a right or key and a group that gives it.
    OUT rights text[], OUT right_groups text[],
    OUT key_names text[], OUT key_ids uuid[], OUT key_groups text[])
RETURNS SETOF record
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT t.id, t.name, t.state, u.id, u.name, u.state, u.valid_until, u.password,
        COALESCE(g.names, '{}'), COALESCE(r.operations, '{}'), COALESCE(r.groups, '{}'),
        COALESCE(k.names, '{}'), COALESCE(k.ids, '{}'), COALESCE(k.groups, '{}')
    FROM signet.user u
    JOIN signet.tenant t ON t.id = u.tenant_id
    CROSS JOIN LATERAL (
        SELECT array_agg(g.name ORDER BY g.name COLLATE "C") AS names
        FROM signet.group_member m JOIN signet.group g ON g.id = m.group_id
        WHERE m.tenant_id = u.tenant_id AND m.user_id = u.id) g
    CROSS JOIN LATERAL (
        SELECT array_agg(r.operation ORDER BY r.operation COLLATE "C", g.name COLLATE "C") AS operations,
            array_agg(g.name ORDER BY r.operation COLLATE "C", g.name COLLATE "C") AS groups
        FROM signet.group_member m JOIN signet.group g ON g.id = m.group_id
        JOIN signet.group_right r ON r.tenant_id = g.tenant_id AND r.group_id = g.id
        WHERE m.tenant_id = u.tenant_id AND m.user_id = u.id) r
    CROSS JOIN LATERAL (
        SELECT array_agg(k.name ORDER BY k.name COLLATE "C", g.name COLLATE "C") AS names,
            array_agg(k.id ORDER BY k.name COLLATE "C", g.name COLLATE "C") AS ids,
            array_agg(g.name ORDER BY k.name COLLATE "C", g.name COLLATE "C") AS groups
        FROM signet.group_member m JOIN signet.group g ON g.id = m.group_id
        JOIN signet.group_key gk ON gk.tenant_id = g.tenant_id AND gk.group_id = g.id
        JOIN signet.signing_key k ON k.id = gk.key_id
        WHERE m.tenant_id = u.tenant_id AND m.user_id = u.id) k
    WHERE u.id = of_user;
END
$$;

CREATE OR REPLACE FUNCTION signet.caller_by_certificate(wanted bytea)
RETURNS TABLE (tenant_id uuid, tenant_name text, tenant_state text,
    user_id uuid, user_name text, user_state text, valid_until timestamptz, password text,
    groups text[], rights text[], right_groups text[],
    key_names text[], key_ids uuid[], key_groups text[],
    certificate_state text, certificate_not_after timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT c.*, uc.state, uc.not_after
    FROM signet.user_certificate uc CROSS JOIN LATERAL signet.caller(uc.user_id) c
    WHERE uc.fingerprint = wanted;
END
$$;

CREATE OR REPLACE FUNCTION signet.caller_by_name(wanted_tenant text, wanted_user text)
RETURNS TABLE (tenant_id uuid, tenant_name text, tenant_state text,
    user_id uuid, user_name text, user_state text, valid_until timestamptz, password text,
    groups text[], rights text[], right_groups text[],
    key_names text[], key_ids uuid[], key_groups text[],
    certificate_state text, certificate_not_after timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT c.*, NULL::text, NULL::timestamptz
    FROM signet.tenant t JOIN signet.user u ON u.tenant_id = t.id AND u.name = wanted_user
    CROSS JOIN LATERAL signet.caller(u.id) c
    WHERE t.name = wanted_tenant;
END
$$;

-- Small answers stay in the row: one put aside costs two rows and a look-up more.
ALTER TABLE signet.request_id SET (toast_tuple_target = 8160);
