/* What the database knows of how the installation does. */
#include "schema/store/admin/admin.h"

const struct db_statement admin_status_statements[] = {
	[STATUS_LIST] = { "admin_status",
	    "SELECT * FROM ("
	    "SELECT 'Job', j.name, initcap(j.state), COALESCE(r.result || ': ' || r.message, ''), "
	    "r.ended FROM signet.job j LEFT JOIN LATERAL (SELECT * FROM signet.job_run r "
	    "WHERE r.job_id = j.id AND r.ended IS NOT NULL ORDER BY r.id DESC LIMIT 1) r ON true "
	    "WHERE j.tenant_id = $1 "
	    "UNION ALL SELECT 'Key', k.name, initcap(k.state), "
	    "CASE WHEN k.not_after < now() THEN 'its certificate has expired' "
	    "WHEN k.not_after < now() + interval '30 days' THEN 'its certificate expires soon' "
	    "ELSE '' END, k.not_after FROM signet.signing_key k WHERE k.tenant_id = $1 "
	    "UNION ALL (SELECT 'UserCertificate', u.name, "
	    "CASE WHEN c.not_after < now() THEN 'Expired' ELSE 'ExpiresSoon' END, c.subject, "
	    "c.not_after FROM signet.user_certificate c JOIN signet.user u ON u.id = c.user_id "
	    "WHERE c.tenant_id = $1 AND c.state = 'active' AND u.state = 'active' "
	    "AND c.not_after < now() + interval '30 days' ORDER BY c.not_after LIMIT 500) "
	    "UNION ALL SELECT 'SignOn', 'certificates handed in', initcap(t.sign_on), "
	    "(SELECT count(*) FROM signet.sign_on s WHERE s.tenant_id = t.id AND s.state = "
	    "'waiting' AND s.expires > clock_timestamp())::text || ' wait', NULL "
	    "FROM signet.tenant t WHERE t.id = $1"
	    ") AS s (part, name, state, text, time) ORDER BY part, name LIMIT 900",
	    "u", "ttttz" },
	{ 0 },
};
