-- Tenants and who may do what in them. A row that refers to another of its tenant does so by
-- (tenant_id, id), so that the database itself keeps tenants apart.
CREATE TABLE signet.tenant (
    id      uuid        CONSTRAINT tenant_id PRIMARY KEY,
    -- No '/': callers name themselves tenant/user.
    name    text        NOT NULL CONSTRAINT tenant_name_once UNIQUE
                        CONSTRAINT tenant_name_form CHECK (name ~ '^[^/[:cntrl:]]{1,128}$'),
    state   text        NOT NULL DEFAULT 'active'
                        CONSTRAINT tenant_state CHECK (state IN ('active', 'suspended')),
    version integer     NOT NULL DEFAULT 1,
    created timestamptz NOT NULL DEFAULT now(),
    changed timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE signet.user (
    id          uuid        CONSTRAINT user_id PRIMARY KEY,
    tenant_id   uuid        NOT NULL CONSTRAINT user_tenant REFERENCES signet.tenant,
    name        text        NOT NULL
                            CONSTRAINT user_name_form CHECK (name ~ '^[^[:cntrl:]]{1,128}$'),
    state       text        NOT NULL DEFAULT 'active'
                            CONSTRAINT user_state CHECK (state IN ('active', 'suspended')),
    -- PHC string of Argon2id; NULL: cannot log in by password.
    password    text        CONSTRAINT user_password_form CHECK (password ~ '^\$argon2id\$[!-~]+$'
                            AND length(password) <= 512),
    valid_until timestamptz,
    version     integer     NOT NULL DEFAULT 1,
    created     timestamptz NOT NULL DEFAULT now(),
    changed     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT user_name_once UNIQUE (tenant_id, name),
    CONSTRAINT user_of_tenant UNIQUE (tenant_id, id)
);

CREATE TABLE signet.user_certificate (
    -- Over all tenants: the certificate says who calls before the tenant is known.
    fingerprint bytea       CONSTRAINT user_certificate_once PRIMARY KEY,
    tenant_id   uuid        NOT NULL,
    user_id     uuid        NOT NULL,
    certificate bytea       NOT NULL CONSTRAINT user_certificate_size
                            CHECK (octet_length(certificate) BETWEEN 1 AND 65536),
    subject     text        NOT NULL DEFAULT '',
    not_after   timestamptz NOT NULL,
    state       text        NOT NULL DEFAULT 'active' CONSTRAINT user_certificate_state
                            CHECK (state IN ('active', 'suspended')),
    version     integer     NOT NULL DEFAULT 1,
    created     timestamptz NOT NULL DEFAULT now(),
    changed     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT user_certificate_fingerprint CHECK (fingerprint = sha256(certificate)),
    CONSTRAINT user_certificate_user FOREIGN KEY (tenant_id, user_id)
        REFERENCES signet.user (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX user_certificate_of_user ON signet.user_certificate (tenant_id, user_id);

CREATE TABLE signet.group (
    id          uuid        CONSTRAINT group_id PRIMARY KEY,
    tenant_id   uuid        NOT NULL CONSTRAINT group_tenant REFERENCES signet.tenant,
    name        text        NOT NULL
                            CONSTRAINT group_name_form CHECK (name ~ '^[^[:cntrl:]]{1,128}$'),
    description text        NOT NULL DEFAULT '',
    version     integer     NOT NULL DEFAULT 1,
    created     timestamptz NOT NULL DEFAULT now(),
    changed     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT group_name_once UNIQUE (tenant_id, name),
    CONSTRAINT group_of_tenant UNIQUE (tenant_id, id)
);

CREATE TABLE signet.group_member (
    tenant_id uuid NOT NULL,
    group_id  uuid NOT NULL,
    user_id   uuid NOT NULL,
    CONSTRAINT group_member_once PRIMARY KEY (tenant_id, user_id, group_id),
    CONSTRAINT group_member_group FOREIGN KEY (tenant_id, group_id)
        REFERENCES signet.group (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT group_member_user FOREIGN KEY (tenant_id, user_id)
        REFERENCES signet.user (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX group_member_of_group ON signet.group_member (tenant_id, group_id);

-- The matrix group x operation: a row gives the right to call the operation.
CREATE TABLE signet.group_right (
    tenant_id uuid NOT NULL,
    group_id  uuid NOT NULL,
    operation text NOT NULL CONSTRAINT group_right_operation REFERENCES signet.operation,
    CONSTRAINT group_right_once PRIMARY KEY (tenant_id, group_id, operation),
    CONSTRAINT group_right_group FOREIGN KEY (tenant_id, group_id)
        REFERENCES signet.group (tenant_id, id) ON DELETE CASCADE
);
