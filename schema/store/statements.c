#include "schema/store/statements.h"

#include <stddef.h>

const struct db_statement *const db_statement_tables[] = { db_own_statements, caller_statements,
	tenant_statements, user_statements, group_statements, key_statements, trust_statements,
	authority_statements, request_statements, audit_statements, trust_source_statements,
	trust_list_statements, trust_choice_statements, trust_snapshot_statements,
	fetched_statements, content_statements, job_statements, policy_statements, case_statements,
	case_read_statements, admin_user_statements, admin_group_statements,
	admin_tenant_statements, admin_right_statements, admin_status_statements,
	user_certificate_statements, url_rule_statements, admin_url_rule_statements,
	admin_trust_statements, admin_authority_statements, admin_key_statements,
	admin_setting_statements, admin_job_statements, admin_sign_on_statements,
	admin_proposal_statements, audit_find_statements, audit_read_statements, NULL };
