/* The commands of administration: their options, and a row for each verb. */
#include <stdio.h>
#include <string.h>

#include "tui/cli/admin_job.h"

static const char *const states[] = { "Active", "Suspended", "Disabled", "Paused", "Retired",
	"Waiting", "Accepted", "Refused", "Expired", "Failed", NULL };
static const char *const orders[] = { "Name", "Created", "Changed", "State", "Host", NULL };
static const char *const sign_on_states[] = { "Waiting", "Accepted", "Refused", "Expired", NULL };
static const char *const kinds[] = { "Key", "Directory", "TrustCentre", "Archive", NULL };
static const char *const methods[] = { "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS",
	"other", "all", NULL };
static const char *const usages[] = { "Signing", "Timestamping", "TlsClient", "TlsServer",
	"OcspSigning", "Sign", "Timestamp", "Decrypt", NULL };
static const char *const algorithms[] = { "RSA", "EC", NULL };
static const char *const opens_to[] = { "Groups", "Users", "All", NULL };
const struct option_row admin_options[ADMIN_OPTIONS] = {
	[O_FILTER] = { "filter", 0, "TEXT", NULL, "list: a part of the name" },
	[O_ORDER] = { "order", 0, "WORD", orders, "list: sorted by" },
	[O_LIMIT] = { "limit", 'n', "N", NULL, "list: at most so many; else 100" },
	[O_NAME] = { "name", 0, "NAME", NULL, "change: the new name" },
	[O_DESCRIPTION] = { "description", 0, "TEXT", NULL, "add, change a group: what it is for" },
	[O_STATE] = { "state", 0, "WORD", states,
	    "change: whether it may be used; list proposals: what became of them" },
	[O_VALID_UNTIL] = { "valid-until", 0, "TIME", NULL,
	    "add, change a user: when access ends" },
	[O_FOR_EVER] = { "no-end", 0, NULL, NULL, "change a user: access does not end" },
	[O_PASSWORD] = { "password-file", 0, "FILE", NULL,
	    "a new password: the file's first line" },
	[O_CERTIFICATE] = { "certificate", 'c', "FILE", NULL, "a certificate, PEM or DER" },
	[O_GROUP] = { "group", 'g', "NAME", NULL,
	    "add a user: a group to be in; a rule: whom it opens to; list rights: its" },
	[O_KEY] = { "key", 'k', "NAME", NULL, "a right for this key; who could use it" },
	[O_OBJECT] = { "object", 0, "WORD", kinds, "a right for an object that is no key" },
	[O_OBJECT_ID] = { "object-id", 0, "ID", NULL, "which one" },
	[O_AT] = { "at", 0, "TIME", NULL, "explain, holders: as it was then" },
	[O_METHOD] = { "method", 0, "WORD", methods, "a rule: for this HTTP method; also several" },
	[O_OPENS_TO] = { "opens-to", 0, "WORD", opens_to, "a rule: to whom; else to its groups" },
	[O_HOST] = { "host", 0, "HOST", NULL, "change a rule: the host" },
	[O_URL_PATH] = { "path", 0, "PATH", NULL, "change a rule: the path" },
	[O_USER] = { "user", 'u', "NAME", NULL,
	    "accept: a further certificate of this user; else --name" },
	[O_SIGN_ON_STATE] = { "handed-in", 0, "WORD", sign_on_states,
	    "waiting: those that became this; else Waiting" },
	[O_STRANGER] = { "stranger", 0, NULL, NULL,
	    "explain: for somebody who is not known, instead of USER" },
	[O_LIST] = { "list", 0, "NAME", NULL, "trust centres of this list alone" },
	[O_CHOSEN] = { "chosen", 0, NULL, NULL, "list: chosen trust centres alone" },
	[O_LATER] = { "later", 0, NULL, NULL, "choose: also what the list does not name yet" },
	[O_USAGE] = { "usage", 0, "WORD", usages,
	    "an own CA: trusted for this; a key: used for this; also several" },
	[O_CRL] = { "crl-url", 0, "URL", NULL, "an own CA: where a CRL is asked; none: nowhere" },
	[O_OCSP] = { "ocsp-url", 0, "URL", NULL, "an own CA: where OCSP is asked; none: nowhere" },
	[O_AGAINST] = { "against", 0, "N", NULL, "show a snapshot: compared with this one" },
	[O_URL] = { "url", 0, "URL", NULL, "an authority: where it is asked" },
	[O_PLACE] = { "place", 0, "N", NULL, "an authority: asked from the lowest on" },
	[O_POLICY] = { "policy", 0, "OID", NULL, "an authority: its policy" },
	[O_TIMEOUT] = { "timeout", 0, "MS", NULL, "an authority: waited for so long" },
	[O_DEFAULT] = { "default", 0, NULL, NULL, "change a key: where a request names none" },
	[O_TYPE] = { "type", 0, "WORD", algorithms, "make a key: of this algorithm" },
	[O_SIZE] = { "size", 0, "BITS", NULL, "make a key: its length; else 3072, 256" },
	[O_SUBJECT] = { "subject", 0, "NAME", NULL,
	    "make a key: whom it is for, such as 'CN=Invoices, O=Acme'" },
	[O_REPLACES] = { "replaces", 0, "KEY", NULL, "make a key: once certified, in its place" },
	[O_EVERY] = { "every", 0, "SECONDS", NULL, "change a job: from one start to the next" },
	[O_DAILY] = { "daily", 0, "HH:MM", NULL, "change a job: each day at this time, in UTC" },
};

static const struct verb verbs[] = {
	{ "user", "add", "CreateUser", NULL, NULL, NULL, "name", NULL, NULL, "NAME" },
	{ "user", "list", "ListUsers", NULL, NULL, NULL, "", NULL, NULL, "" },
	{ "user", "show", "GetUser", "GetUser", "id", NULL, "", NULL, NULL, "USER" },
	{ "user", "change", "UpdateUser", "GetUser", "id", NULL, "", NULL, NULL, "USER" },
	{ "user", "suspend", "UpdateUser", "GetUser", "id", NULL, "", "state", "Suspended",
	    "USER" },
	{ "user", "activate", "UpdateUser", "GetUser", "id", NULL, "", "state", "Active", "USER" },
	{ "user", "remove", "RemoveUser", "GetUser", "id", NULL, "", NULL, NULL, "USER" },
	{ "user", "password", "SetPassword", "GetUser", "id", NULL, "", NULL, NULL,
	    "USER [--password-file FILE]" },
	{ "user", "add-certificate", "AddUserCertificate", "GetUser", "id", NULL, "", NULL, NULL,
	    "USER -c FILE" },
	{ "user", "suspend-certificate", "UpdateUserCertificate", "GetUser", "id", NULL,
	    "fingerprint", "state", "Suspended", "USER FINGERPRINT" },
	{ "user", "activate-certificate", "UpdateUserCertificate", "GetUser", "id", NULL,
	    "fingerprint", "state", "Active", "USER FINGERPRINT" },
	{ "user", "remove-certificate", "RemoveUserCertificate", "GetUser", "id", NULL,
	    "fingerprint", NULL, NULL, "USER FINGERPRINT" },
	{ "user", "waiting", "ListSignOns", NULL, NULL, NULL, "", NULL, NULL, "" },
	{ "user", "accept", "AcceptSignOn", NULL, NULL, NULL, "id", NULL, NULL,
	    "ID (--name NAME | --user USER) [--group GROUP] ..." },
	{ "user", "refuse", "RefuseSignOn", NULL, NULL, NULL, "id reason", NULL, NULL,
	    "ID REASON" },
	{ "user", "sign-on", "SetSignOnRule", NULL, NULL, NULL, "rule", NULL, NULL,
	    "Closed|Trusted|Open" },
	{ "user", "sign-on-rule", "GetSignOnRule", NULL, NULL, NULL, "", NULL, NULL, "" },
	{ "group", "add", "CreateGroup", NULL, NULL, NULL, "name", NULL, NULL, "NAME" },
	{ "group", "list", "ListGroups", NULL, NULL, NULL, "", NULL, NULL, "" },
	{ "group", "show", "GetGroup", "GetGroup", "id", NULL, "", NULL, NULL, "GROUP" },
	{ "group", "change", "UpdateGroup", "GetGroup", "id", NULL, "", NULL, NULL, "GROUP" },
	{ "group", "remove", "RemoveGroup", "GetGroup", "id", NULL, "", NULL, NULL, "GROUP" },
	{ "group", "members", "ListGroupMembers", "GetGroup", "groupId", NULL, "", NULL, NULL,
	    "GROUP" },
	{ "group", "add-user", "AddGroupMember", "GetGroup", "groupId", "GetUser", "", NULL, NULL,
	    "GROUP USER" },
	{ "group", "remove-user", "RemoveGroupMember", "GetGroup", "groupId", "GetUser", "", NULL,
	    NULL, "GROUP USER" },
	{ "group", "add-group", "AddGroupMember", "GetGroup", "groupId", "GetGroup", "", NULL, NULL,
	    "GROUP MEMBER" },
	{ "group", "remove-group", "RemoveGroupMember", "GetGroup", "groupId", "GetGroup", "", NULL,
	    NULL, "GROUP MEMBER" },
	{ "group", "add-key", "GrantKeyUse", "GetGroup", "groupId", NULL, "key", NULL, NULL,
	    "GROUP KEY" },
	{ "group", "remove-key", "RevokeKeyUse", "GetGroup", "groupId", NULL, "key", NULL, NULL,
	    "GROUP KEY" },
	{ "group", "keys", "ListKeyUses", "GetGroup", "groupId", NULL, "", NULL, NULL, "GROUP" },
	{ "right", "list", "ListRights", NULL, NULL, NULL, "", NULL, NULL, "" },
	{ "right", "give", "GrantRight", "GetGroup", "groupId", NULL, "operation", NULL, NULL,
	    "GROUP OPERATION [--key NAME]" },
	{ "right", "take", "RevokeRight", "GetGroup", "groupId", NULL, "operation", NULL, NULL,
	    "GROUP OPERATION [--key NAME]" },
	{ "right", "holders", "ListRightHolders", NULL, NULL, NULL, "operation", NULL, NULL,
	    "OPERATION [--key NAME] [--at TIME]" },
	{ "tenant", "add", "CreateTenant", NULL, NULL, NULL, "name administrator", NULL, NULL,
	    "NAME ADMINISTRATOR (-c FILE | --password-file FILE)" },
	{ "tenant", "list", "ListTenants", NULL, NULL, NULL, "", NULL, NULL, "" },
	{ "tenant", "show", "GetTenant", "GetTenant", "id", NULL, "", NULL, NULL, "TENANT" },
	{ "tenant", "change", "UpdateTenant", "GetTenant", "id", NULL, "", NULL, NULL, "TENANT" },
	{ "tenant", "suspend", "UpdateTenant", "GetTenant", "id", NULL, "", "state", "Suspended",
	    "TENANT" },
	{ "tenant", "activate", "UpdateTenant", "GetTenant", "id", NULL, "", "state", "Active",
	    "TENANT" },
	{ "tenant", "remove", "RemoveTenant", "GetTenant", "id", NULL, "", NULL, NULL, "TENANT" },
	{ "trust-centre", "lists", "ListTrustLists", NULL, NULL, NULL, "", NULL, NULL, "" },
	{ "trust-centre", "list", "ListTrustCentres", NULL, NULL, NULL, "", NULL, NULL, "" },
	{ "trust-centre", "choose", "ChooseTrustCentre", NULL, NULL, NULL, "list ?trustCentre",
	    NULL, NULL, "LIST [TRUST-CENTRE] [--later]" },
	{ "trust-centre", "reject", "RejectTrustCentre", NULL, NULL, NULL, "list ?trustCentre",
	    NULL, NULL, "LIST [TRUST-CENTRE]" },
	{ "trust-anchor", "add", "AddTrustAnchors", NULL, NULL, NULL, "name", NULL, NULL,
	    "NAME -c FILE [--usage WORD] [--crl-url URL] [--ocsp-url URL]" },
	{ "trust-anchor", "list", "ListTrustAnchors", NULL, NULL, NULL, "", NULL, NULL, "" },
	{ "trust-anchor", "show", "GetTrustAnchor", "GetTrustAnchor", "id", NULL, "", NULL, NULL,
	    "NAME" },
	{ "trust-anchor", "change", "UpdateTrustAnchor", "GetTrustAnchor", "id", NULL, "", NULL,
	    NULL, "NAME" },
	{ "trust-anchor", "remove", "RemoveTrustAnchor", "GetTrustAnchor", "id", NULL, "", NULL,
	    NULL, "NAME" },
	{ "trust-snapshot", "list", "ListTrustSnapshots", NULL, NULL, NULL, "", NULL, NULL, "" },
	{ "trust-snapshot", "show", "GetTrustSnapshot", NULL, NULL, NULL, "?number", NULL, NULL,
	    "[NUMBER] [--against NUMBER]" },
	{ "authority", "add", "CreateTimestampAuthority", NULL, NULL, NULL, "name", NULL, NULL,
	    "NAME (--url URL | --key KEY)" },
	{ "authority", "list", "ListTimestampAuthorities", NULL, NULL, NULL, "", NULL, NULL, "" },
	{ "authority", "show", "GetTimestampAuthority", "GetTimestampAuthority", "id", NULL, "",
	    NULL, NULL, "NAME" },
	{ "authority", "change", "UpdateTimestampAuthority", "GetTimestampAuthority", "id", NULL,
	    "", NULL, NULL, "NAME" },
	{ "authority", "remove", "RemoveTimestampAuthority", "GetTimestampAuthority", "id", NULL,
	    "", NULL, NULL, "NAME" },
	{ "authority", "test", "TestTimestampAuthority", "GetTimestampAuthority", "id", NULL, "",
	    NULL, NULL, "NAME" },
	{ "signing-key", "list", "ListSigningKeys", NULL, NULL, NULL, "", NULL, NULL, "" },
	{ "signing-key", "show", "GetSigningKey", "GetSigningKey", "id", NULL, "", NULL, NULL,
	    "KEY" },
	{ "signing-key", "change", "UpdateSigningKey", "GetSigningKey", "id", NULL, "", NULL, NULL,
	    "KEY" },
	{ "signing-key", "disable", "UpdateSigningKey", "GetSigningKey", "id", NULL, "", "state",
	    "Disabled", "KEY" },
	{ "signing-key", "activate", "UpdateSigningKey", "GetSigningKey", "id", NULL, "", "state",
	    "Active", "KEY" },
	{ "signing-key", "renew", "RenewSigningKey", "GetSigningKey", "id", NULL, "", NULL, NULL,
	    "KEY -c FILE" },
	{ "signing-key", "retire", "UpdateSigningKey", "GetSigningKey", "id", NULL, "", "state",
	    "Retired", "KEY" },
	{ "signing-key", "make", "CreateSigningKey", NULL, NULL, NULL, "?name", NULL, NULL,
	    "[NAME] --type RSA|EC --subject NAME [--size BITS] [--usage WORD] [--replaces KEY]" },
	{ "signing-key", "requests", "ListKeyRequests", NULL, NULL, NULL, "", NULL, NULL, "" },
	{ "signing-key", "request", "GetKeyRequest", "GetKeyRequest", "id", NULL, "", NULL, NULL,
	    "NAME" },
	{ "signing-key", "certify", "CertifySigningKey", "GetKeyRequest", "id", NULL, "", NULL,
	    NULL, "NAME -c FILE" },
	{ "signing-key", "give-up", "RemoveKeyRequest", "GetKeyRequest", "id", NULL, "", NULL, NULL,
	    "NAME" },
	{ "signing-key", "import", "ImportSigningKey", NULL, NULL, NULL, "name", NULL, NULL,
	    "NAME -c FILE [--password-file FILE] [--usage WORD]" },
	{ "signing-key", "groups", "ListKeyUses", NULL, NULL, NULL, "", NULL, NULL, "" },
	{ "setting", "list", "ListSettings", NULL, NULL, NULL, "", NULL, NULL, "" },
	{ "setting", "show", "GetSetting", NULL, NULL, NULL, "name", NULL, NULL, "NAME" },
	{ "setting", "set", "UpdateSetting", NULL, NULL, NULL, "name value", NULL, NULL,
	    "NAME VALUE" },
	{ "setting", "reset", "UpdateSetting", NULL, NULL, NULL, "name", NULL, NULL, "NAME" },
	{ "job", "list", "ListJobs", NULL, NULL, NULL, "", NULL, NULL, "" },
	{ "job", "show", "GetJob", "GetJob", "id", NULL, "", NULL, NULL, "JOB" },
	{ "job", "change", "UpdateJob", "GetJob", "id", NULL, "", NULL, NULL, "JOB" },
	{ "job", "pause", "UpdateJob", "GetJob", "id", NULL, "", "state", "Paused", "JOB" },
	{ "job", "resume", "UpdateJob", "GetJob", "id", NULL, "", "state", "Active", "JOB" },
	{ "job", "run", "RunJob", "GetJob", "id", NULL, "", NULL, NULL, "JOB" },
	{ "job", "runs", "ListJobRuns", "GetJob", "id", NULL, "", NULL, NULL, "JOB" },
	{ "node", "list", "ListNodes", NULL, NULL, NULL, "", NULL, NULL, "" },
	{ "access", "add", "CreateUrlRule", NULL, NULL, NULL, "name host path", "opensTo", "Groups",
	    "NAME HOST PATH [--opens-to WORD | --group NAME] [--method WORD]" },
	{ "access", "list", "ListUrlRules", NULL, NULL, NULL, "", NULL, NULL, "" },
	{ "access", "show", "GetUrlRule", "GetUrlRule", "id", NULL, "", NULL, NULL, "RULE" },
	{ "access", "change", "UpdateUrlRule", "GetUrlRule", "id", NULL, "", NULL, NULL, "RULE" },
	{ "access", "remove", "RemoveUrlRule", "GetUrlRule", "id", NULL, "", NULL, NULL, "RULE" },
	{ "access", "explain", "ExplainAccess", NULL, NULL, NULL, "user method url", NULL, NULL,
	    "(USER | --certificate FILE | --stranger) METHOD URL [--at TIME]" },
	{ "access", "holders", "ListAccessHolders", NULL, NULL, NULL, "method url", NULL, NULL,
	    "METHOD URL [--at TIME]" },
	{ "explain", NULL, "ExplainRight", NULL, NULL, NULL, "user operation", NULL, NULL,
	    "USER OPERATION [--key NAME] [--at TIME]" },
	{ "proposal", "list", "ListProposals", NULL, NULL, NULL, "", NULL, NULL,
	    "[--state STATE]" },
	{ "proposal", "show", "GetProposal", NULL, NULL, NULL, "id", NULL, NULL, "ID" },
	{ "proposal", "accept", "AcceptProposal", NULL, NULL, NULL, "id digest", NULL, NULL,
	    "ID DIGEST" },
	{ "proposal", "refuse", "RefuseProposal", NULL, NULL, NULL, "id reason", NULL, NULL,
	    "ID REASON" },
	{ "status", NULL, "GetStatus", NULL, NULL, NULL, "", NULL, NULL, "" },
};
#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

const struct verb *
find_verb(const char *command, const char *word)
{
	size_t i;

	for (i = 0; i < VERBS; i++)
		if (strcmp(verbs[i].command, command) == 0 &&
		    (verbs[i].word == NULL || strcmp(verbs[i].word, word) == 0))
			return &verbs[i];
	return NULL;
}

int
say_verbs(const struct context *context, const char *command)
{
	char words[400];
	size_t i, n = 0;

	words[0] = '\0';
	for (i = 0; i < VERBS; i++)
		if (strcmp(verbs[i].command, command) == 0 && n < sizeof(words))
			n += (size_t)snprintf(
			    words + n, sizeof(words) - n, "%s%s", n > 0 ? ", " : "", verbs[i].word);
	return wrong_usage(context, "say %s and one of %s", command, words);
}

const struct command command_user = { "user",
	"add|list|show|change|suspend|activate|remove|password|add-certificate|"
	"suspend-certificate|activate-certificate|remove-certificate|waiting|accept|refuse|"
	"sign-on|sign-on-rule ...",
	"Users: add, list, change, suspend, their passwords and certificates", admin_options,
	ADMIN_OPTIONS,
	"  signet user add alice --certificate alice.pem --group clerks\n"
	"  signet user list --filter ali --order Created\n"
	"  signet user suspend alice\n"
	"  signet user change alice --valid-until 2027-01-01T00:00:00Z\n"
	"  signet user sign-on Trusted && signet user waiting\n"
	"  signet user accept 6f1c2c0a-5d0e-4c1b-9a3f-0a1b2c3d4e06 --name bob --group clerks\n",
	cmd_admin };
const struct command command_group = { "group",
	"add|list|show|change|remove|members|add-user|remove-user|add-group|remove-group|add-key|"
	"remove-key|keys ...",
	"Groups: who is in them, groups in groups, and the keys they may use", admin_options,
	ADMIN_OPTIONS,
	"  signet group add clerks --description 'Incoming invoices'\n"
	"  signet group add-user clerks alice\n"
	"  signet group add-group signers clerks\n"
	"  signet group add-key signers invoices\n",
	cmd_admin };
const struct command command_right = { "right", "list|give|take|holders ...",
	"Rights: which group may call which operation, and who may", admin_options, ADMIN_OPTIONS,
	"  signet right give clerks SignDocument --key invoices\n"
	"  signet right list --group clerks\n"
	"  signet right holders SignDocument --key invoices --at 2026-03-03T12:00:00Z\n",
	cmd_admin };
const struct command command_tenant = { "tenant",
	"add|list|show|change|suspend|activate|remove ...",
	"Tenants, for the server's own administrators", admin_options, ADMIN_OPTIONS,
	"  signet tenant add acme boss --certificate boss.pem\n", cmd_admin };
const struct command command_trust_centre = { "trust-centre", "lists|list|choose|reject ...",
	"Trust centres of trusted lists: which there are, and which the tenant trusts",
	admin_options, ADMIN_OPTIONS,
	"  signet trust-centre lists\n"
	"  signet trust-centre list --list DE --filter bund\n"
	"  signet trust-centre choose DE 'Bundesnotarkammer'\n",
	cmd_admin };
const struct command command_trust_anchor = { "trust-anchor", "add|list|show|change|remove ...",
	"Own CA certificates that the tenant trusts", admin_options, ADMIN_OPTIONS,
	"  signet trust-anchor add house -c house-ca.pem --usage Signing --usage Timestamping\n"
	"  signet trust-anchor change house --crl-url http://pki.example.org/house.crl\n",
	cmd_admin };
const struct command command_trust_snapshot = { "trust-snapshot", "list|show ...",
	"Whom the tenant trusted when, and what changed", admin_options, ADMIN_OPTIONS,
	"  signet trust-snapshot list\n  signet trust-snapshot show 7 --against 3\n", cmd_admin };
const struct command command_authority = { "authority", "add|list|show|change|remove|test ...",
	"Time-stamp authorities: outside ones, and local ones by a key", admin_options,
	ADMIN_OPTIONS,
	"  signet authority add dfn --url http://zeitstempel.dfn.de --place 10\n"
	"  signet authority test dfn\n",
	cmd_admin };
const struct command command_signing_key = { "signing-key",
	"list|show|change|disable|activate|retire|renew|make|requests|request|certify|give-up|"
	"import|"
	"groups ...",
	"The tenant's keys and their certificates, for administrators", admin_options,
	ADMIN_OPTIONS,
	"  signet signing-key list --order State\n"
	"  signet signing-key renew invoices -c invoices-2027.pem\n"
	"  signet signing-key make invoices --type EC --subject 'CN=Invoices, O=Acme'\n"
	"  signet signing-key certify invoices -c invoices.pem\n",
	cmd_admin };
const struct command command_setting = { "setting", "list|show|set|reset ...",
	"The tenant's settings", admin_options, ADMIN_OPTIONS,
	"  signet setting set user-revocation strict\n", cmd_admin };
const struct command command_job = { "job", "list|show|change|pause|resume|run|runs ...",
	"Jobs: when they run, what became of them, and now", admin_options, ADMIN_OPTIONS,
	"  signet job list\n  signet job change trust-lists --daily 03:00\n"
	"  signet job run trust-lists\n",
	cmd_admin };
const struct command command_node = { "node", "list ...",
	"The servers of the installation, for the server's own administrators", admin_options,
	ADMIN_OPTIONS, NULL, cmd_admin };
const struct command command_proposal = { "proposal", "list|show|accept|refuse ...",
	"Four eyes: changes that wait for a second administrator", admin_options, ADMIN_OPTIONS,
	"  signet setting set four-eyes on\n"
	"  signet proposal list\n"
	"  signet proposal show 6f1c2c0a-5d0e-4c1b-9a3f-0a1b2c3d4e0d\n"
	"  signet proposal accept 6f1c2c0a-5d0e-4c1b-9a3f-0a1b2c3d4e0d DIGEST\n"
	"  signet proposal refuse 6f1c2c0a-5d0e-4c1b-9a3f-0a1b2c3d4e0d 'Not before the audit'\n",
	cmd_admin };
const struct command command_access = { "access", "add|list|show|change|remove|explain|holders ...",
	"Rules for URLs: who may open which pages of which website", admin_options, ADMIN_OPTIONS,
	"  signet access add orders www.example.org '/orders/**' --group clerks --method GET\n"
	"  signet access change orders --opens-to Users\n"
	"  signet access explain alice GET https://www.example.org/orders/7\n"
	"  signet access holders GET https://www.example.org/orders/7 --at 2026-03-03T12:00:00Z\n",
	cmd_admin };
const struct command command_explain = { "explain", "USER OPERATION [--key NAME] [--at TIME]",
	"Say why a user may call an operation, or why not", admin_options, ADMIN_OPTIONS,
	"  signet explain alice SignDocument --key invoices\n"
	"  signet explain --certificate alice.pem SignDocument --at 2026-03-03T12:00:00Z\n",
	cmd_admin };
const struct command command_status = { "status", "",
	"Show how the server, its jobs, keys and certificates do", admin_options, ADMIN_OPTIONS,
	NULL, cmd_admin };
