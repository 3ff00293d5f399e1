/* What the database refuses, in words for the caller. */
#include <stdio.h>
#include <string.h>

#include "schema/store/pq.h"

static const struct {
	const char *constraint;
	enum error_kind kind;
	const char *text;
} constraints[] = {
	{ "tenant_name_once", ERROR_CONFLICT, "a tenant of this name exists already" },
	{ "tenant_name_form", ERROR_MALFORMED,
	    "a tenant's name has 1 to 128 characters without '/', control characters, marks that "
	    "turn the order of letters, and spaces at its ends" },
	{ "tenant_administrator", ERROR_CONFLICT,
	    "this would leave the tenant without an administrator: no active user would be left "
	    "who can log in and may grant rights; give another user the right GrantRight first" },
	{ "tenant_administrator_for_good", ERROR_CONFLICT,
	    "this would leave the tenant without an administrator at a day to come: give another "
	    "user, whose access has no end, the right GrantRight first" },
	{ "tenant_one_server", ERROR_CONFLICT, "the server has a tenant of its own already" },
	{ "user_name_once", ERROR_CONFLICT, "a user of this name exists already in the tenant" },
	{ "user_name_form", ERROR_MALFORMED,
	    "a user's name has 1 to 128 characters without control characters, marks that turn "
	    "the order of letters, and spaces at its ends" },
	{ "user_tenant", ERROR_NOT_FOUND, "there is no such tenant" },
	{ "user_password_form", ERROR_MALFORMED, "the password's digest is not Argon2id" },
	{ "user_certificate_once", ERROR_CONFLICT,
	    "this certificate belongs to a user already; a certificate stands for one user" },
	{ "user_certificate_user", ERROR_NOT_FOUND, "there is no such user in the tenant" },
	{ "tenant_user_revocation", ERROR_MALFORMED,
	    "certificates of which nobody can say whether they are revoked are taken lenient or "
	    "strict" },
	{ "tenant_user_revocation_grace", ERROR_MALFORMED,
	    "the grace for certificates of unknown status is 0 to 8760 hours" },
	{ "group_name_once", ERROR_CONFLICT, "a group of this name exists already in the tenant" },
	{ "group_name_form", ERROR_MALFORMED,
	    "a group's name has 1 to 128 characters without control characters, marks that turn "
	    "the order of letters, and spaces at its ends" },
	{ "group_description_form", ERROR_MALFORMED,
	    "a group's description has at most 1000 characters without control characters" },
	{ "group_tenant", ERROR_NOT_FOUND, "there is no such tenant" },
	{ "group_member_once", ERROR_CONFLICT, "the user is in the group already" },
	{ "group_member_group", ERROR_NOT_FOUND, "there is no such group in the tenant" },
	{ "group_member_user", ERROR_NOT_FOUND, "there is no such user in the tenant" },
	{ "group_group_once", ERROR_CONFLICT, "the group is in that group already" },
	{ "group_group_circle", ERROR_CONFLICT,
	    "the group would contain itself: the one that is to hold it is in it already" },
	{ "group_group_depth", ERROR_CONFLICT, "groups in groups would be more than 16 deep" },
	{ "group_group_group", ERROR_NOT_FOUND, "there is no such group in the tenant" },
	{ "group_group_member", ERROR_NOT_FOUND, "there is no such group in the tenant" },
	{ "group_right_server", ERROR_CONFLICT,
	    "this right is over tenants: only groups of the server's own tenant have it" },
	{ "group_right_object_once", ERROR_CONFLICT, "the right is for this object already" },
	{ "group_right_object_kind", ERROR_MALFORMED,
	    "the right for this operation cannot be narrowed to an object of this kind" },
	{ "group_right_object_trust_centre", ERROR_NOT_FOUND,
	    "there is no own CA certificate and no trusted list with this id" },
	{ "group_right_object_key", ERROR_NOT_FOUND, "there is no such key in the tenant" },
	{ "group_right_object_right", ERROR_NOT_FOUND, "the group does not have the right" },
	{ "group_right_once", ERROR_CONFLICT, "the group has the right already" },
	{ "group_right_operation", ERROR_NOT_FOUND, "there is no such operation" },
	{ "group_right_group", ERROR_NOT_FOUND, "there is no such group in the tenant" },
	{ "signing_key_name_once", ERROR_CONFLICT,
	    "a key of this name exists already in the tenant" },
	{ "signing_key_name_form", ERROR_MALFORMED,
	    "a key's name has 1 to 128 characters without control characters, marks that turn the "
	    "order of letters, and spaces at its ends" },
	{ "signing_key_one_default", ERROR_CONFLICT, "the tenant has another default key" },
	{ "signing_key_tenant", ERROR_NOT_FOUND, "there is no such tenant" },
	{ "signing_key_usage", ERROR_MALFORMED,
	    "a key's usage is one or more of Sign, Timestamp, Decrypt, Tls" },
	{ "signing_key_retired", ERROR_CONFLICT,
	    "the key is retired for good: make another, or renew it before" },
	{ "signing_key_request_name_once", ERROR_CONFLICT,
	    "a key of this name waits for its certificate already" },
	{ "signing_key_request_name_form", ERROR_MALFORMED,
	    "a key's name has 1 to 128 characters without control characters, marks that turn the "
	    "order of letters, and spaces at its ends" },
	{ "signing_key_request_usage", ERROR_MALFORMED,
	    "a key's usage is one or more of Sign, Timestamp, Decrypt" },
	{ "signing_key_request_subject_form", ERROR_MALFORMED,
	    "a subject has at most 1000 characters without control characters" },
	{ "signing_key_request_replaces", ERROR_NOT_FOUND, "there is no such key in the tenant" },
	{ "signing_key_request_tenant", ERROR_NOT_FOUND, "there is no such tenant" },
	{ "group_key_once", ERROR_CONFLICT, "the group may use the key already" },
	{ "group_key_group", ERROR_NOT_FOUND, "there is no such group in the tenant" },
	{ "group_key_key", ERROR_NOT_FOUND, "there is no such key in the tenant" },
	{ "trust_anchor_name_once", ERROR_CONFLICT,
	    "a trust anchor of this name exists already in the tenant" },
	{ "trust_anchor_once", ERROR_CONFLICT, "the tenant trusts this certificate already" },
	{ "trust_anchor_tenant", ERROR_NOT_FOUND, "there is no such tenant" },
	{ "trust_anchor_usage", ERROR_MALFORMED,
	    "a trust anchor's usage is one or more of Signing, TlsClient, TlsServer, Timestamping, "
	    "OcspSigning" },
	{ "trust_anchor_crl_urls", ERROR_MALFORMED,
	    "addresses of CRLs begin with http://, https:// or ldap://; at most 8" },
	{ "trust_anchor_ocsp_urls", ERROR_MALFORMED,
	    "addresses of OCSP responders begin with http:// or https://; at most 8" },
	{ "trust_source_name_once", ERROR_CONFLICT,
	    "a source of trusted lists of this name exists already" },
	{ "trust_source_name_form", ERROR_MALFORMED,
	    "a source's name has 1 to 128 characters without control characters" },
	{ "trust_source_url", ERROR_MALFORMED, "a source's URL begins with http:// or https://" },
	{ "trust_source_territory", ERROR_MALFORMED, "a territory has two capital letters" },
	{ "trust_source_one_way", ERROR_MALFORMED,
	    "a source of trusted lists has pinned signers, or a list of lists and a territory" },
	{ "trust_source_tenant", ERROR_NOT_FOUND, "there is no such tenant" },
	{ "trust_source_lotl", ERROR_NOT_FOUND, "there is no such list of lists" },
	{ "trust_list_sequence_once", ERROR_CONFLICT,
	    "another list of this number was accepted already" },
	{ "trust_list_source", ERROR_NOT_FOUND, "there is no such source of trusted lists" },
	{ "trust_choice_source", ERROR_NOT_FOUND, "there is no such source of trusted lists" },
	{ "trust_choice_tenant", ERROR_NOT_FOUND, "there is no such tenant" },
	{ "trust_snapshot_once", ERROR_CONFLICT,
	    "another trust snapshot took this number; try again" },
	{ "validation_policy_name_form", ERROR_MALFORMED,
	    "a validation policy's name has 1 to 64 letters, digits, dots, dashes and underscores, "
	    "and is not signet-strict" },
	{ "validation_policy_once", ERROR_CONFLICT,
	    "another version of the policy took this number; try again" },
	{ "validation_policy_size", ERROR_MALFORMED,
	    "a validation policy has 65536 bytes at most" },
	{ "validation_policy_tenant", ERROR_NOT_FOUND, "there is no such tenant" },
	{ "timestamp_authority_name_once", ERROR_CONFLICT,
	    "a timestamp authority of this name exists already" },
	{ "timestamp_authority_one_way", ERROR_MALFORMED,
	    "a timestamp authority has either a URL or a key of this server" },
	{ "timestamp_authority_url", ERROR_MALFORMED,
	    "a timestamp authority's URL begins with http:// or https://" },
	{ "timestamp_authority_local_certificate", ERROR_MALFORMED,
	    "a timestamp authority with a key of this server needs its certificate" },
	{ "timestamp_authority_policy", ERROR_MALFORMED,
	    "a timestamp policy is an object identifier in dots, such as 1.3.6.1.4.1.99999.1" },
	{ "job_name_once", ERROR_CONFLICT, "this job is there already" },
	{ "job_every", ERROR_MALFORMED, "a job's interval is 10 seconds to 365 days" },
	{ "job_one_schedule", ERROR_MALFORMED,
	    "a job runs either at an interval or at a time of the day" },
	{ "timestamp_authority_tenant", ERROR_NOT_FOUND, "there is no such tenant" },
	{ "tenant_id", ERROR_CONFLICT, "a tenant of this id exists already" },
	{ "tenant_state", ERROR_MALFORMED, "a tenant is active or suspended" },
	{ "user_id", ERROR_CONFLICT, "a user of this id exists already" },
	{ "user_of_tenant", ERROR_CONFLICT, "a user of this id exists already" },
	{ "user_state", ERROR_MALFORMED, "a user is active or suspended" },
	{ "user_certificate_size", ERROR_MALFORMED,
	    "a user's certificate has 1 to 65536 bytes in DER" },
	{ "user_certificate_fingerprint", ERROR_MALFORMED,
	    "the fingerprint is not that of the user's certificate" },
	{ "user_certificate_state", ERROR_MALFORMED,
	    "a user's certificate is active or suspended" },
	{ "group_id", ERROR_CONFLICT, "a group of this id exists already" },
	{ "group_of_tenant", ERROR_CONFLICT, "a group of this id exists already" },
	{ "signing_key_id", ERROR_CONFLICT, "a key of this id exists already" },
	{ "signing_key_of_tenant", ERROR_CONFLICT, "a key of this id exists already" },
	{ "signing_key_store_key_form", ERROR_MALFORMED,
	    "a key's name in the key store has 1 to 255 characters without control characters" },
	{ "signing_key_algorithm", ERROR_MALFORMED,
	    "a key's algorithm is RSA, EC, Ed25519, Ed448 or DSA" },
	{ "signing_key_size", ERROR_MALFORMED, "a key has 1 to 65536 bits" },
	{ "signing_key_state", ERROR_MALFORMED, "a key is active or disabled" },
	{ "signing_key_certificate_size", ERROR_MALFORMED,
	    "a key's certificate has 1 to 65536 bytes in DER" },
	{ "signing_key_chain_size", ERROR_MALFORMED,
	    "a key has at most 16 certificates of issuers" },
	{ "trust_anchor_id", ERROR_CONFLICT, "a trust anchor of this id exists already" },
	{ "trust_anchor_name_form", ERROR_MALFORMED,
	    "a trust anchor's name has 1 to 128 characters without control characters, marks that "
	    "turn the order of letters, and spaces at its ends" },
	{ "trust_anchor_certificate_size", ERROR_MALFORMED,
	    "a trust anchor's certificate has 1 to 65536 bytes in DER" },
	{ "trust_anchor_state", ERROR_MALFORMED, "a trust anchor is active or disabled" },
	{ "trust_source_id", ERROR_CONFLICT,
	    "a source of trusted lists of this id exists already" },
	{ "trust_source_of_scope", ERROR_CONFLICT,
	    "a source of trusted lists of this id exists already" },
	{ "trust_source_kind", ERROR_MALFORMED,
	    "a source of trusted lists gives a list, or a list of lists" },
	{ "trust_source_list_type", ERROR_MALFORMED,
	    "the type of a trusted list has 1 to 2000 characters" },
	{ "trust_source_signers", ERROR_MALFORMED,
	    "a source of trusted lists has at most 64 pinned signers" },
	{ "trust_source_announcement", ERROR_MALFORMED,
	    "the announcement of pinned signers has 1 to 2000 characters" },
	{ "trust_source_state", ERROR_MALFORMED,
	    "a source of trusted lists is active or disabled" },
	{ "trust_list_id", ERROR_CONFLICT, "a trusted list of this id exists already" },
	{ "trust_list_tenant", ERROR_NOT_FOUND, "there is no such tenant" },
	{ "trust_list_sequence", ERROR_MALFORMED,
	    "the sequence number of a trusted list is too large" },
	{ "trust_choice_provider_form", ERROR_MALFORMED,
	    "a trust centre's name has at most 1000 characters, none of them a control character" },
	{ "trust_choice_provider_size", ERROR_MALFORMED,
	    "a trust centre's name has at most 2000 bytes" },
	{ "trust_choice_once", ERROR_CONFLICT, "the trust centre is chosen already" },
	{ "trust_snapshot_tenant", ERROR_NOT_FOUND, "there is no such tenant" },
	{ "validation_default_once", ERROR_CONFLICT,
	    "the tenant has a default validation policy already" },
	{ "validation_default_tenant", ERROR_NOT_FOUND, "there is no such tenant" },
	{ "timestamp_authority_id", ERROR_CONFLICT,
	    "a timestamp authority of this id exists already" },
	{ "timestamp_authority_name_form", ERROR_MALFORMED,
	    "a timestamp authority's name has 1 to 128 characters without control characters, "
	    "marks that turn the order of letters, and spaces at its ends" },
	{ "timestamp_authority_store_key_form", ERROR_MALFORMED,
	    "a key's name in the key store has 1 to 255 characters without control characters" },
	{ "timestamp_authority_timeout", ERROR_MALFORMED,
	    "a timestamp authority is waited for 100 to 300000 ms" },
	{ "timestamp_authority_chain_size", ERROR_MALFORMED,
	    "a timestamp authority has at most 16 certificates" },
	{ "timestamp_authority_state", ERROR_MALFORMED,
	    "a timestamp authority is active or disabled" },
	{ "job_id", ERROR_CONFLICT, "this job is there already" },
	{ "job_name_form", ERROR_MALFORMED,
	    "a job's name has 1 to 63 small letters, digits and dashes" },
	{ "job_state", ERROR_MALFORMED, "a job is active, paused or disabled" },
	{ "job_daily", ERROR_MALFORMED, "a job's time of the day is 00:00 to 23:59" },
	{ "job_tenant", ERROR_NOT_FOUND, "there is no such tenant" },
	{ "node_name_form", ERROR_MALFORMED,
	    "a node's name has 1 to 128 characters without control characters" },
	{ "url_rule_name_once", ERROR_CONFLICT, "a rule of this name exists already" },
	{ "url_rule_is_alone", ERROR_CONFLICT,
	    "another rule is for the same host, path and method; change that one" },
	{ "url_rule_name_form", ERROR_MALFORMED,
	    "a rule's name has 1 to 128 characters without control characters, marks that turn "
	    "the order of letters, and spaces at its ends" },
	{ "url_rule_host_form", ERROR_MALFORMED,
	    "a rule's host is a name in small letters, *.name or * alone, without port" },
	{ "url_rule_path_form", ERROR_MALFORMED,
	    "a rule's path begins with / and has whole segments: literal ones, decoded, * for any "
	    "one, "
	    "** at its end for all below" },
	{ "url_rule_path_marks", ERROR_MALFORMED,
	    "a rule's path has no marks that turn the order of letters or are not seen" },
	{ "url_rule_methods", ERROR_MALFORMED,
	    "a rule's methods are GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS, other" },
	{ "url_rule_opens_to", ERROR_MALFORMED, "a rule opens to groups, users or all" },
	{ "url_rule_group_once", ERROR_CONFLICT, "the rule names the group twice" },
	{ "tenant_sign_on", ERROR_MALFORMED,
	    "a tenant takes certificates of nobody, of whom it trusts, or of anybody" },
	{ "sign_on_challenge_once", ERROR_CONFLICT,
	    "this challenge was answered before; ask for a new one" },
	{ "sign_on_challenge_size", ERROR_MALFORMED, "a challenge's nonce has 16 bytes" },
	{ "sign_on_id", ERROR_CONFLICT, "a request of this id exists already" },
	{ "sign_on_of_tenant", ERROR_CONFLICT, "a request of this id exists already" },
	{ "sign_on_tenant", ERROR_NOT_FOUND, "there is no such tenant" },
	{ "sign_on_state", ERROR_MALFORMED,
	    "a certificate that was handed in is waiting, accepted, refused or expired" },
	{ "sign_on_certificate_size", ERROR_MALFORMED,
	    "a certificate that is handed in has 1 to 16384 bytes in DER" },
	{ "sign_on_verdict", ERROR_MALFORMED,
	    "a verdict is TotalPassed, Indeterminate or TotalFailed" },
	{ "sign_on_proof", ERROR_MALFORMED, "a key is proven by handshake or challenge" },
	{ "sign_on_note_form", ERROR_MALFORMED,
	    "a note has 1 to 500 characters, none of them a control character or a mark that turns "
	    "the order of letters" },
	{ "sign_on_reason_form", ERROR_MALFORMED,
	    "a reason has 1 to 500 characters, none of them a control character or a mark that "
	    "turns the order of letters" },
	{ "sign_on_fingerprint", ERROR_MALFORMED,
	    "the fingerprint is not that of the certificate" },
	{ "sign_on_decision", ERROR_MALFORMED,
	    "who decides is named, and a refusal has its reason" },
	{ "sign_on_waits_once", ERROR_CONFLICT, "this certificate waits already" },
	{ "sign_on_server_id", ERROR_CONFLICT, "the installation has its secret already" },
	{ "sign_on_server_one", ERROR_CONFLICT, "the installation has its secret already" },
	{ "sign_on_server_secret", ERROR_MALFORMED, "the secret has 32 bytes" },
	{ "tenant_four_eyes", ERROR_CONFLICT,
	    "four eyes need two administrators: two active users who can log in, whose access has "
	    "no end, and who have both the rights AcceptProposal and GrantRight whole; with less "
	    "nobody could accept anything" },
	{ "tenant_four_eyes_days", ERROR_MALFORMED, "a proposal waits for 1 to 90 days" },
	{ "proposal_id", ERROR_CONFLICT, "a proposal of this id exists already" },
	{ "proposal_of_tenant", ERROR_CONFLICT, "a proposal of this id exists already" },
	{ "proposal_tenant", ERROR_NOT_FOUND, "there is no such tenant" },
	{ "proposal_operation", ERROR_NOT_FOUND, "there is no such operation" },
	{ "proposal_state", ERROR_MALFORMED,
	    "a proposal is waiting, accepted, refused, expired or failed" },
	{ "proposal_request_size", ERROR_TOO_LARGE,
	    "what is proposed is too large: it has more than 4 MB; send less at once" },
	{ "proposal_digest_sha256", ERROR_MALFORMED, "a digest has 32 bytes" },
	{ "proposal_reason_form", ERROR_MALFORMED,
	    "a reason has 1 to 500 characters, none of them a control character or a mark that "
	    "turns the order of letters" },
	{ "proposal_fields", ERROR_MALFORMED, "each field of a proposal has a value" },
	{ "proposal_decision", ERROR_MALFORMED, "who decides is named" },
	{ "proposal_two", ERROR_CONFLICT, "whoever accepts a proposal is not who made it" },
	{ "proposal_waits_once", ERROR_CONFLICT, "the same is proposed already, and waits" },
	{ "proposal_once", ERROR_CONFLICT, "the proposal was decided already" },
	{ "url_rule_group_group", ERROR_NOT_FOUND, "there is no such group in the tenant" },
};

/* By the first characters of the SQLSTATE; the first that fits counts. */
static const struct {
	const char *state;
	enum error_kind kind;
	const char *text;
} states[] = {
	{ "08", ERROR_UNAVAILABLE, PQ_AWAY },
	{ "57014", ERROR_UNAVAILABLE, "the database took too long; try again later" },
	{ "57P", ERROR_UNAVAILABLE, PQ_AWAY },
	{ "53", ERROR_UNAVAILABLE, "the database is out of room or connections; try again later" },
	{ "40", ERROR_UNAVAILABLE, "the database was busy with another change; try again" },
	{ "55P03", ERROR_UNAVAILABLE, "the database was busy with another change; try again" },
	{ "25006", ERROR_UNAVAILABLE, "the database takes no changes now; try again later" },
	{ "58", ERROR_UNAVAILABLE, "the database has trouble with its disk; try again later" },
	{ "28", ERROR_UNAVAILABLE, "the database does not let this server in" },
	{ "3D000", ERROR_UNAVAILABLE, "the database does not exist yet" },
	{ "23505", ERROR_CONFLICT, "such a thing exists already" },
	{ "23503", ERROR_NOT_FOUND, "something that this refers to does not exist or is in use" },
	{ "23", ERROR_MALFORMED, "a value is not of the form that it must have" },
	{ "22", ERROR_MALFORMED, "a value is not of the form that it must have" },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const char *
pq_constraint_words(const char *name, enum error_kind *kind)
{
	size_t i;

	for (i = 0; i < COUNT(constraints); i++)
		if (strcmp(constraints[i].constraint, name) == 0) {
			*kind = constraints[i].kind;
			return constraints[i].text;
		}
	return NULL;
}

int
pq_failure(struct error *err, const PGconn *conn, const PGresult *res, char *constraint)
{
	const char *state = res != NULL ? PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;
	const char *name = res != NULL ? PQresultErrorField(res, PG_DIAG_CONSTRAINT_NAME) : NULL;
	const char *cause = res != NULL ? PQresultErrorMessage(res) : PQerrorMessage(conn);
	const char *words;
	enum error_kind kind;
	size_t i;

	if (constraint != NULL)
		snprintf(constraint, 64, "%s", name != NULL ? name : "");
	if (state == NULL || PQstatus(conn) == CONNECTION_BAD)
		return error_cause(err, ERROR_UNAVAILABLE, PQ_AWAY, "%s", cause);
	words = name != NULL ? pq_constraint_words(name, &kind) : NULL;
	if (words != NULL)
		return error_cause(err, kind, words, "%s", cause);
	for (i = 0; i < COUNT(states); i++)
		if (strncmp(states[i].state, state, strlen(states[i].state)) == 0)
			return error_cause(
			    err, states[i].kind, states[i].text, "%s: %s", state, cause);
	return error_cause(
	    err, ERROR_INTERNAL, "the database refused the request", "%s: %s", state, cause);
}
