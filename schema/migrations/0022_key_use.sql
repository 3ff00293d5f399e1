-- The use of keys by groups (group_key, 0003) is administered; what it was is kept since 0014.
INSERT INTO signet.operation (service, name) VALUES
    ('Administration', 'GrantKeyUse'), ('Administration', 'RevokeKeyUse'), ('Administration', 'ListKeyUses');
