/* What the database knows of how the installation does. */
#include "schema/store/admin/admin.h"

const struct db_statement admin_status_statements[] = {
	[STATUS_LIST] = { "admin_status",
	    "SELECT * FROM ("
	    "SELECT 'Job', j.name, initcap(j.state), COALESCE(r.result || ': ' || r.message, ''), "
	    "r.ended FROM signet.jobs() j LEFT JOIN LATERAL (SELECT * FROM "
	    "signet.job_runs(j.id) r WHERE r.ended IS NOT NULL ORDER BY r.id DESC LIMIT 1) r ON "
	    "true WHERE $1::uuid IS NOT NULL "
	    "UNION ALL SELECT 'Node', n.name, 'Seen', n.head_seq || ' rows logged' || CASE WHEN "
	    "cardinality(n.jobs) > 0 THEN '; at ' || array_to_string(n.jobs, ', ') ELSE '' END, "
	    "n.head_at FROM signet.nodes() n "
	    "UNION ALL (SELECT 'AuditLog', 'time stamps', CASE WHEN t.day "
	    "IS NULL OR t.day < (now() AT TIME ZONE 'UTC')::date - 1 THEN 'Fails' ELSE 'Works' "
	    "END, CASE WHEN t.day IS NULL THEN 'there is none yet' ELSE 'up to ' || t.day || ' by "
	    "' || t.authority END || COALESCE((SELECT '; since then: ' || w.failure FROM "
	    "signet.audit_statement w WHERE w.failure <> '' AND NOT EXISTS (SELECT FROM "
	    "signet.audit_stamp x WHERE x.day = w.day) ORDER BY w.day DESC LIMIT 1), ''), "
	    "t.generated FROM signet.tenant o LEFT JOIN (SELECT * FROM signet.audit_stamp ORDER BY "
	    "day DESC LIMIT 1) t ON true WHERE o.id = $1) "
	    "UNION ALL SELECT 'Key', k.name, initcap(k.state), "
	    "CASE WHEN k.not_after < now() THEN 'its certificate has expired' "
	    "WHEN k.not_after < now() + interval '30 days' THEN 'its certificate expires soon' "
	    "ELSE '' END, k.not_after FROM signet.signing_key k WHERE k.tenant_id = $1 UNION ALL "
	    "(SELECT 'UserCertificate', u.name, CASE WHEN c.not_after < now() THEN 'Expired' ELSE "
	    "'ExpiresSoon' END, c.subject, c.not_after FROM signet.user_certificate c JOIN "
	    "signet.user u ON u.id = c.user_id WHERE c.tenant_id = $1 AND c.state = 'active' AND "
	    "u.state = 'active' AND c.not_after < now() + interval '30 days' ORDER BY c.not_after "
	    "LIMIT 500) "
	    /* Where CRLs and OCSP are asked for what the tenant itself trusts; all of them for the
	       server's own tenant, since what others trust is theirs to know. */
	    "UNION ALL (SELECT f.kind, f.url, CASE WHEN bool_or(f.good_until > now()) THEN 'Works' "
	    "WHEN max(f.failure) IS NOT NULL THEN 'Fails' ELSE 'Idle' END, "
	    "COALESCE(max(f.failure), "
	    "count(*) || ' fetched'), max(f.good_until) FROM signet.tenant o, signet.fetched f "
	    "WHERE o.id = $1 AND f.kind <> 'Issuers' AND (o.is_server OR EXISTS (SELECT FROM "
	    "signet.trust_anchor a WHERE a.tenant_id = o.id AND (f.issuer = a.certificate OR f.url "
	    "= ANY (a.crl_urls || a.ocsp_urls)))) GROUP BY f.kind, f.url ORDER BY f.kind, f.url "
	    "LIMIT 200) "
	    "UNION ALL SELECT 'SignOn', 'certificates handed in', initcap(t.sign_on), "
	    "(SELECT count(*) FROM signet.sign_on s WHERE s.tenant_id = t.id AND s.state = "
	    "'waiting' AND s.expires > clock_timestamp())::text || ' wait', NULL "
	    "FROM signet.tenant t WHERE t.id = $1"
	    ") AS s (part, name, state, text, time) ORDER BY part, name LIMIT 900",
	    "u", "ttttz" },
	{ 0 },
};
