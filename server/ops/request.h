/*
 * server/ops/request.h: what an operation is asked and what it answers, in plain C. SOAP, mail and
 * directories fill the `in` part and read the `out` part; no operation knows who called it.
 *
 * Ownership: everything in `in` belongs to the caller of ops_*() and stays until request_release().
 * Everything in `out` is allocated by the operation and freed by request_release(); the pointers in
 * it may be handed to a serialiser until then.
 */
#ifndef SIGNET_OPS_REQUEST_H
#define SIGNET_OPS_REQUEST_H

#include "schema/store/case.h"
#include "server/base/buf.h"
#include "server/base/text.h"
#include "server/ops/access.h"
#include "signing/core/digests.h"
#include "signing/format/envelope/envelope.h"
#include "signing/format/signature.h"
#include "signing/verify/verify.h"

struct caller;	 /* authz/caller.h */
struct gathered; /* server/ops/evidence/gather.h */
struct operation;
struct admin_exchange; /* server/ops/admin/admin.h */
struct patience;       /* server/ops/evidence/patience.h */

/* A document on its way in. Content in memory, digests only, or both. */
struct op_document {
	const char *name;      /* or NULL */
	const char *mime_type; /* or NULL */
	const char *password;  /* opens it; NULL: in.password */
	size_t of;	       /* of an original: index of the signed document it belongs to */
	/* An original that may be streamed: the CMS in here says which digests it needs. */
	const struct op_document *decided_by;
	struct buf content; /* owned */
	int has_content;
	struct digest_values digests; /* of a document that was streamed, or given by its digest */
	/* set by ops_admit(): how the body is to be received */
	unsigned int want_digests; /* DIGEST_BIT()s: stream it, keep only these; 0 = keep content */
	uint64_t max_bytes;
	uint64_t stream_bytes;	 /* max_bytes once decided_by asks for digests only */
	struct digests *running; /* while it streams */
	uint64_t received;
};
/*
 * Receive a document's bytes piece by piece, after ops_admit(). ERROR_TOO_LARGE beyond max_bytes.
 */
int op_document_write(struct op_document *doc, const void *data, size_t len, struct error *err);
int op_document_end(struct op_document *doc, struct error *err);
/* The document as formats take it; a view. */
struct document op_document_view(const struct op_document *doc);

enum doc_format { DOC_CMS, DOC_XML, DOC_PDF, DOC_SMIME, DOC_ASICS, DOC_ASICE, DOC_RAW };
enum doc_level { DOC_LEVEL_B, DOC_LEVEL_T, DOC_LEVEL_LT, DOC_LEVEL_LTA };
enum canonicalization { CANON_EXCLUSIVE, CANON_INCLUSIVE, CANON_INCLUSIVE_11 };
enum certification { CERTIFY_NONE, CERTIFY_NO_CHANGES, CERTIFY_FILL_FORMS, CERTIFY_ANNOTATE };

/* CONTRACT.md SignatureParameters. NULL and 0 are "not given". */
struct signature_parameters {
	enum doc_format format;
	enum doc_level level;
	int plain; /* level "None": bare CMS, XML-DSig, adbe.pkcs7.detached */
	enum packaging packaging;
	const char *key;
	enum digest digest;
	enum padding padding;
	const char *timestamp_authority;
	int has_claimed_time;
	int64_t claimed_time;
	const char **claimed_roles;
	size_t claimed_role_count;
	const char *city, *state, *postal_code, *country;
	const char **commitment_types;
	size_t commitment_type_count;
	const char *policy_oid;
	enum digest policy_digest;
	struct span policy_digest_value;
	const char *policy_uri;
	int include_chain;
	int has_xml; /* xml was there, even empty: in a container XAdES instead of CAdES */
	struct {
		enum canonicalization canonicalization;
		const char *target_id;
		const char *target_xpath;
		const char *placement;
	} xml;
	struct {
		const char *field_name, *reason, *location, *contact_info, *password;
		enum certification certification;
		int has_appearance;
		unsigned int page; /* from 1 */
		double rectangle[4];
		const char *text;
		struct span image;
	} pdf;
	size_t recipient_count; /* > 0: encrypt after signing; not in this version */
};

struct document_digest {
	const char *name;
	enum digest method;
	struct span value;
	size_t of; /* VerifyDocuments: index of the signed document it belongs to */
};

/* OASIS DSS core: ResultMajor; the minor is a URI or NULL. */
enum result_major {
	RESULT_SUCCESS,
	RESULT_WARNING,
	RESULT_REQUESTER_ERROR,
	RESULT_RESPONDER_ERROR,
	RESULT_INSUFFICIENT_INFORMATION
};
struct result {
	enum result_major major;
	const char *minor; /* static */
	char message[400];
};
/* The static string that equals `minor`, or NULL: minors are compared and kept as pointers. */
const char *result_minor_intern(const char *minor);
/* The document is encrypted, and nothing at hand opens it. */
extern const char result_minor_not_decrypted[];
/* A change in a tenant with four eyes: it waits for a second administrator. */
extern const char result_minor_proposed[];
/* What a failure is as a result: the caller's mistakes are RequesterError, ours ResponderError. */
void result_from_error(struct result *result, const struct error *err);

#define SIGNATURE_ID_SIZE 208
struct signed_item {
	struct result result;
	/* A new UUID; of a counter-signature, which can only be told by its place, as in reports */
	char signature_id[SIGNATURE_ID_SIZE];
	char level[24];	     /* ExtendSignature: what it has now, "B-LT" */
	struct buf document; /* the signed document, CMS, or bare signature value */
};

/* CONTRACT.md ReportFormat, in its order. */
enum report_form { REPORT_NONE, REPORT_ETSI, REPORT_HTML, REPORT_PDF };
/* One layer of encryption that was met in a document. */
struct encryption {
	struct envelope envelope; /* what it says of itself */
	char part[128];		  /* of a mail: where it stands; "" is all of the document */
	char opened_by[132];	  /* the key's name, or "" */
	int by_password;
	int is_proven;	   /* a signature in what was opened is whole */
	char problem[240]; /* why it stayed closed where it was not for want of a key, or "" */
	unsigned char sha256[32];	  /* of what is encrypted, as it came */
	unsigned char content_sha256[32]; /* of what was in it, where it was opened */
	uint64_t content_size;
};
struct encryptions {
	struct encryption *items;
	size_t count;
};
int encryption_is_open(const struct encryption *e);
void encryptions_release(struct encryptions *all);

/* What was found in one document; the report looks into the signatures. */
struct verified_document {
	struct result result;		/* of the reading: an error when nothing could be judged */
	int is_judged;			/* report, signatures and time stamps are there */
	struct encryptions encryptions; /* outermost first */
	struct signatures signatures;
	struct verify_report report;
	struct verify_timestamp *timestamps; /* document time stamps of a PDF */
	size_t timestamp_count;
	struct gathered *gathered; /* what the verdicts rest on: server/ops/evidence/gather.h */
	int has_case;		   /* it was stored: server/ops/cases/case.h */
	struct uuid case_id;
	unsigned char case_digest[CASE_DIGEST_SIZE];
	struct buf report_file; /* in the form that was asked for */
};

/* How a document came to be verified (S2-03), as its sender says. */
enum case_kind { CASE_FILE, CASE_MAIL, CASE_WORKFLOW, CASE_SCANNED_BATCH, CASE_KINDS };
const char *case_kind_name(enum case_kind kind); /* "File", ... as in the contract */

/* A stored case as it is answered; freed by request_release(). */
struct case_answer {
	struct case_row row;
	/* of each use of row.file: its content, or NULL where it was not asked for or is gone */
	struct db_result **results;
	struct span *contents;
};
/* One of those that were found. */
struct case_item {
	char id[TEXT_UUID_SIZE];
	int64_t stored, validation_time; /* seconds */
	const char *kind, *indication, *sub_indication, *caller, *document_name;
	struct span sha256; /* of the document */
	unsigned char sha256_bytes[CASE_DIGEST_SIZE];
	char **signers; /* subjects */
	size_t signer_count;
};
#define CASE_PROBLEMS_MAX 100
/* What was found changed. */
struct case_problem {
	const char *code; /* "Facts", "Keys", "Object", "Log" */
	char text[300];
};

/* GetOriginalDocument: what was signed. */
struct original {
	char *name;	       /* or NULL */
	const char *mime_type; /* static, or NULL */
	struct buf content;
};

struct key_item {
	char *name;
	char *algorithm; /* "RSA", "EC P-256" */
	int size;	 /* bits */
	char *state;	 /* "Active", "Disabled", "Unavailable" */
	char *reason;	 /* why it is not active, or NULL */
	struct buf certificate;
	struct buf *chain;
	size_t chain_count;
	int64_t not_after;
	int is_default;
};

struct request {
	const struct operation *operation;
	const struct caller *caller; /* a reference held until request_release() */
	char id[TEXT_UUID_SIZE];     /* of the exchange */
	char peer[64];
	const char *client_request_id; /* requestId of the contract, or NULL */
	int64_t time_us;	       /* when it came */
	int must_wait;		       /* the work waits for a server or a process */
	int may_wait;		       /* 0 in LANE_FAST */
	struct x509_st *peer_cert;     /* a view: proven by the handshake, or NULL */
	int is_flood; /* a stranger beyond the rate: no row of the log, which he could fill */
	struct uuid log_tenant; /* whose log the row is in where nobody is known; nil: nobody's */
	int64_t until_us;	/* clock_monotonic_us() when "limit-request-seconds" are over */
	/*
	 * Microseconds of work on the document in hand so far: of all children that read it or made
	 * something of it, and for its verdict. "limit-read-seconds" is for their sum.
	 */
	uint64_t file_us;
	/* Of these seconds, what is kept for reading it once more without what proves nothing. */
	uint64_t file_aside_us;
	unsigned int fetches; /* of validation data, so far */
	uint64_t fetched_bytes;
	/* Of work by the clock: validation data fetched before count only where none newer come. */
	int64_t evidence_since_us;
	struct patience *patience; /* with servers that do not answer, or NULL: always */

	struct {
		struct op_document
		    *documents; /* the array is the caller's, contents are released */
		size_t document_count;
		struct signature_parameters sign;
		/* SignDigests, TimestampDigest, and originals known by digest */
		const struct document_digest *digests;
		size_t digest_count;
		/* VerifyDocument(s): documents[] are the signed ones; originals[] what they sign
		 * detached */
		struct op_document *originals;
		size_t original_count;
		const char *validation_policy;
		int has_validation_time;
		int64_t validation_time;
		int return_report;	/* enum report_form */
		const char *report_key; /* that signs it, or NULL */
		int store, store_document;
		enum case_kind case_kind;
		const char *password;
		/* TimestampDigest, TimestampDocument, VerifyTimestamp */
		const char *authority;
		const char *signature_id; /* of a report: CounterSign, ExtendSignature, ... */
		enum { TIMESTAMP_AS_TOKEN, TIMESTAMP_AS_PDF, TIMESTAMP_AS_ASICS } timestamp_format;
		struct span token;
		/* ValidateCertificate */
		struct span certificate;
		const struct span *chain;
		size_t chain_count;
		int purpose; /* enum path_purpose of signing/x509/path.h */
		/* RFC 5280 section 6.1.1 (c) to (f), beside what the validation policy says */
		const char *const *policies;
		size_t policy_count;
		int explicit_policy, inhibit_mapping, inhibit_any_policy;
		/* ListKeys */
		const char *filter;
		struct access_question access; /* CheckAccess */
		/* GetCase, CheckCase */
		struct uuid case_id;
		enum { CASE_CONTENTS_REPORT, CASE_CONTENTS_NONE, CASE_CONTENTS_ALL } case_contents;
		const struct span *object_digests; /* contents of these as well */
		size_t object_digest_count;
		/* FindCases; NULL and empty are "any" */
		struct {
			struct span digest, certificate;
			const char *signer, *indication, *page_token;
			int has_since, has_before;
			int64_t since, before;
			int page_size;
		} find;
	} in;

	struct {
		struct result result;
		struct signed_item *items; /* Sign*: one an input; DecryptDocument: its content */
		size_t item_count;
		struct buf signing_certificate;
		struct buf token; /* the signature's or the requested time stamp */
		int64_t generation_time;
		char serial[96];
		char policy[96];
		struct key_item *keys;
		size_t key_count;
		struct verified_document *verified; /* Verify*: one a signed document */
		size_t verified_count;
		struct original *originals; /* GetOriginalDocument */
		size_t original_count;
		struct verify_certificate_report *certificate_report; /* ValidateCertificate */
		struct verify_timestamp *timestamp_report;	      /* VerifyTimestamp */
		struct encryptions encryptions;			      /* DecryptDocument */
		struct gathered *gathered;			      /* of these two */
		struct buf report_file;				      /* of these two */
		int64_t validation_time;			      /* of all of these */
		struct verify_citation cited;			      /* the same */
		/* WhoAmI: the arrays are freed, the strings are the caller's, static, or NULL */
		struct {
			const char *user, *tenant, *server;
			enum { BY_CERTIFICATE, BY_PASSWORD, BY_TOKEN } authenticated_by;
			const char **groups, **rights;
			size_t group_count, right_count;
			int64_t time;
			char catalogue[96]; /* of algorithms, as in struct verify_citation */
		} who;
		struct access_answer access;   /* CheckAccess */
		struct case_answer *case_file; /* GetCase */
		struct {		       /* FindCases */
			struct case_page page;
			struct case_item *items;
			size_t count;
			char next_page[64]; /* or "" */
		} found;
		struct { /* CheckCase */
			struct case_problem *problems;
			size_t problem_count;
			size_t objects;		/* that were looked at */
			size_t problems_untold; /* beyond CASE_PROBLEMS_MAX */
		} check;
		/* A repeated request that stored: what it stored and said then, one a document. */
		struct kept_case {
			int has_case;
			struct uuid id;
			enum indication indication;
		} * kept_cases;
		size_t kept_case_count;
	} out;

	struct admin_exchange *admin; /* of the service Administration: in and out; owned */

	int is_replay; /* the answer is that of an earlier request with the same id */
	/* for the audit row */
	char claimed_user[96];	  /* of a caller that was not authenticated */
	char object[128];	  /* key, authority or document name */
	unsigned char digest[32]; /* SHA-256 of what came in; all zero when nothing did */
	int has_digest;
	/* of the one document that it is about, by which auditors find it; 0 bytes: none, or many
	 */
	unsigned char document_digest[DIGEST_SIZE_MAX];
	size_t document_digest_len;
	uint64_t bytes_in, bytes_out;
};

void request_init(struct request *req, const struct operation *operation, const char *id);
void request_release(struct request *req);
/* 1 when what is answered is kept, and given again to a repeated request. */
int request_is_once(const struct request *req);

#endif
