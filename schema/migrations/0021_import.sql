-- Many users at once, by one statement: the planner hears of them then and there, not when autovacuum
-- comes by. Until then it takes the tenant for small, and reads all of its users for a part of a name.

CREATE FUNCTION signet.user_import() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF (SELECT count(*) FROM (SELECT FROM made LIMIT 1000) m) = 1000 THEN
        ANALYZE signet.user;
        PERFORM gin_clean_pending_list('signet.user_by_part');
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER user_import AFTER INSERT ON signet.user REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION signet.user_import();
