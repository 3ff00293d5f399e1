-- Whom a tenant trusts, as its administrators change it: names that no terminal obeys, lists by keys,
-- and history of who chose or added what.

ALTER TABLE signet.trust_anchor DROP CONSTRAINT trust_anchor_name_form;
-- NOT VALID: what is called otherwise already stays, until somebody touches it.
ALTER TABLE signet.trust_anchor ADD CONSTRAINT trust_anchor_name_form CHECK (char_length(name) BETWEEN 1 AND 128
    AND name IS NFC NORMALIZED AND name !~ '^\s|\s$'
    AND name !~ '[\u0001-\u001F\u007F-\u009F\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]') NOT VALID;
CREATE INDEX trust_anchor_by_created ON signet.trust_anchor (tenant_id, created, id);
CREATE INDEX trust_anchor_by_changed ON signet.trust_anchor (tenant_id, changed, id);
CREATE INDEX trust_anchor_by_state ON signet.trust_anchor (tenant_id, state, name);
-- History finds it by its name.
ALTER TABLE signet.trust_choice ADD CONSTRAINT trust_choice_provider_size
    CHECK (octet_length(provider) <= 2000) NOT VALID;

DO $$
DECLARE
    row record;
BEGIN
    FOR row IN SELECT * FROM (VALUES
        ('trust_anchor', 'id', '', 'version,created,changed,certificate'),
        ('trust_choice', 'source_id', 'provider', '')
    ) AS v (name, subject, object, left_out) LOOP
        EXECUTE format('CREATE CONSTRAINT TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON signet.%I'
            ' DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION signet.keep_history(%L, %L, %L)',
            row.name || '_history', row.name, row.subject, row.object, row.left_out);
        -- What there is when history begins.
        EXECUTE format('INSERT INTO signet.history (tenant_id, kind, subject, object, image, since, made_by)'
            ' SELECT (x.image ->> ''tenant_id'')::uuid, %L, x.image ->> %L, COALESCE(x.image ->> %L, ''''),'
            ' x.image - string_to_array(%L, '',''), now(), ''migration 0017'''
            ' FROM (SELECT to_jsonb(r) FROM signet.%I r) AS x (image)',
            row.name, row.subject, row.object, row.left_out, row.name);
    END LOOP;
END
$$;

INSERT INTO signet.operation (service, name) VALUES
    ('Administration', 'ListTrustLists'), ('Administration', 'ListTrustCentres'),
    ('Administration', 'ChooseTrustCentre'), ('Administration', 'RejectTrustCentre'),
    ('Administration', 'AddTrustAnchors'), ('Administration', 'GetTrustAnchor'),
    ('Administration', 'ListTrustAnchors'), ('Administration', 'UpdateTrustAnchor'),
    ('Administration', 'RemoveTrustAnchor'), ('Administration', 'ListTrustSnapshots'),
    ('Administration', 'GetTrustSnapshot');
