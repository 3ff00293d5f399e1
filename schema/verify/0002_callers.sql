DO $$
BEGIN
    -- The database itself keeps tenants apart: a member of another tenant's group is refused.
    IF (SELECT count(*) FROM pg_catalog.pg_constraint
        WHERE contype = 'f' AND cardinality(conkey) = 2
          AND conrelid IN ('signet.user_certificate'::regclass, 'signet.group_member'::regclass,
                           'signet.group_right'::regclass)) <> 4 THEN
        RAISE EXCEPTION 'certificates, members and rights must refer to rows of their own tenant';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conname = 'group_right_operation') THEN
        RAISE EXCEPTION 'a right must be one of the operations';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conname = 'user_password_form') THEN
        RAISE EXCEPTION 'passwords must be Argon2id';
    END IF;
END
$$;
