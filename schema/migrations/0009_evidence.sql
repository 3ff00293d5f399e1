-- Validation data that certificates point to (CRLs, OCSP answers, issuers' certificates), fetched once
-- for all servers. They are public and signed by those who made them, and each verdict proves them
-- anew; so they are no tenant's, and there is no tenant_id.
CREATE TABLE signet.fetched_content (
    sha256      bytea       CONSTRAINT fetched_content_id PRIMARY KEY
                            CONSTRAINT fetched_content_sha256 CHECK (octet_length(sha256) = 32),
    size        bigint      NOT NULL CONSTRAINT fetched_content_size CHECK (size > 0),
    -- Of a list whose entries stand in pages: all else of it.
    head        bytea,
    made        timestamptz NOT NULL DEFAULT now(),
    -- When something newer took its place; it stays for a while for those who are reading it.
    replaced    timestamptz
);
CREATE INDEX fetched_content_replaced ON signet.fetched_content (replaced) WHERE replaced IS NOT NULL;

-- The DER itself, in pieces.
CREATE TABLE signet.fetched_part (
    content bytea   NOT NULL CONSTRAINT fetched_part_content
                    REFERENCES signet.fetched_content ON DELETE CASCADE,
    number  integer NOT NULL CONSTRAINT fetched_part_number CHECK (number >= 0),
    data    bytea   NOT NULL,
    CONSTRAINT fetched_part_once PRIMARY KEY (content, number)
);
ALTER TABLE signet.fetched_part ALTER COLUMN data SET STORAGE EXTERNAL;

-- The entries of a long list, sorted by issuer, length of the serial number, and its bytes. The key
-- is that of the first entry of the page.
CREATE TABLE signet.fetched_page (
    content bytea   NOT NULL CONSTRAINT fetched_page_content
                    REFERENCES signet.fetched_content ON DELETE CASCADE,
    issuer  integer NOT NULL,
    length  integer NOT NULL CONSTRAINT fetched_page_length CHECK (length = octet_length(serial)),
    serial  bytea   NOT NULL,
    entries bytea   NOT NULL,
    CONSTRAINT fetched_page_once PRIMARY KEY (content, issuer, length, serial)
);
ALTER TABLE signet.fetched_page ALTER COLUMN entries SET STORAGE EXTERNAL;

-- What was asked for, and what came.
CREATE TABLE signet.fetched (
    -- SHA-256 over the kind, the URL and, of OCSP, the question.
    key         bytea       CONSTRAINT fetched_key PRIMARY KEY
                            CONSTRAINT fetched_key_size CHECK (octet_length(key) = 32),
    kind        text        NOT NULL CONSTRAINT fetched_kind CHECK (kind IN ('Crl', 'Ocsp', 'Issuers')),
    url         text        NOT NULL CONSTRAINT fetched_url CHECK (length(url) BETWEEN 1 AND 2000),
    -- The certificate that it is about, and its issuer: to ask again, and to know whose word it is.
    subject     bytea,
    issuer      bytea,
    content     bytea       CONSTRAINT fetched_of_content REFERENCES signet.fetched_content,
    fetched     timestamptz,
    -- Used without asking again until then.
    good_until  timestamptz,
    -- Why the last attempt failed, and when the next may be made.
    failure     text        CONSTRAINT fetched_failure CHECK (length(failure) <= 1000),
    retry_after timestamptz,
    -- When a verdict last wanted it, by the hour.
    asked       timestamptz NOT NULL,
    -- The server that is fetching it now.
    lease       uuid,
    lease_ends  timestamptz
);
CREATE INDEX fetched_by_content ON signet.fetched (content);
CREATE INDEX fetched_by_end ON signet.fetched (good_until) WHERE content IS NOT NULL;
CREATE INDEX fetched_by_asked ON signet.fetched (asked);

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['fetched', 'fetched_content', 'fetched_part', 'fetched_page'] LOOP
        EXECUTE format('GRANT SELECT, INSERT, DELETE ON signet.%I TO signet_server', t);
    END LOOP;
END
$$;
-- What came never changes: it is its own name.
GRANT UPDATE ON signet.fetched TO signet_server;
GRANT UPDATE (replaced) ON signet.fetched_content TO signet_server;
