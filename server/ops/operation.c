/* The table of operations. A row that forgets its right refuses everybody: RIGHT_UNSET is 0. */
#include "authz/right.h"
#include "server/ops/admin/admin.h"
#include "server/ops/private.h"
#include "server/ops/sign_on/apply.h"

static const struct operation operations[] = {
	[OP_SIGN_DOCUMENT] = { "SignDocument", RIGHT_SIGN_DOCUMENT, OPERATION_ONCE, admit_sign,
	    run_sign_document },
	[OP_SIGN_DOCUMENTS] = { "SignDocuments", RIGHT_SIGN_DOCUMENTS, OPERATION_ONCE, admit_sign,
	    run_sign_documents },
	[OP_SIGN_DIGESTS] = { "SignDigests", RIGHT_SIGN_DIGESTS, OPERATION_ONCE, admit_sign_digests,
	    run_sign_digests },
	[OP_COUNTER_SIGN] = { "CounterSign", RIGHT_COUNTER_SIGN, OPERATION_ONCE, admit_counter_sign,
	    run_counter_sign },
	[OP_EXTEND_SIGNATURE] = { "ExtendSignature", RIGHT_EXTEND_SIGNATURE, OPERATION_ONCE,
	    admit_extend, run_extend_signature },
	[OP_DECRYPT_DOCUMENT] = { "DecryptDocument", RIGHT_DECRYPT_DOCUMENT, 0, admit_decrypt,
	    run_decrypt_document },
	[OP_LIST_KEYS] = { "ListKeys", RIGHT_LIST_KEYS, 0, NULL, run_list_keys },
	[OP_TIMESTAMP_DIGEST] = { "TimestampDigest", RIGHT_TIMESTAMP_DIGEST, OPERATION_ONCE,
	    admit_timestamp, run_timestamp_digest },
	[OP_TIMESTAMP_DOCUMENT] = { "TimestampDocument", RIGHT_TIMESTAMP_DOCUMENT, OPERATION_ONCE,
	    admit_timestamp, run_timestamp_document },
	[OP_VERIFY_DOCUMENT] = { "VerifyDocument", RIGHT_VERIFY_DOCUMENT, OPERATION_ONCE_STORED,
	    admit_verify, run_verify_document },
	[OP_VERIFY_DOCUMENTS] = { "VerifyDocuments", RIGHT_VERIFY_DOCUMENTS, OPERATION_ONCE_STORED,
	    admit_verify, run_verify_documents },
	[OP_VALIDATE_CERTIFICATE] = { "ValidateCertificate", RIGHT_VALIDATE_CERTIFICATE, 0,
	    admit_validate_certificate, run_validate_certificate },
	[OP_VERIFY_TIMESTAMP] = { "VerifyTimestamp", RIGHT_VERIFY_TIMESTAMP, 0,
	    admit_verify_timestamp, run_verify_timestamp },
	[OP_GET_CASE] = { "GetCase", RIGHT_GET_CASE, 0, admit_case, run_get_case },
	[OP_FIND_CASES] = { "FindCases", RIGHT_FIND_CASES, 0, admit_case, run_find_cases },
	[OP_CHECK_CASE] = { "CheckCase", RIGHT_CHECK_CASE, 0, admit_case, run_check_case },
	[OP_GET_ORIGINAL_DOCUMENT] = { "GetOriginalDocument", RIGHT_GET_ORIGINAL_DOCUMENT, 0, NULL,
	    run_get_original_document },
	[OP_CHECK_ACCESS] = { "CheckAccess", RIGHT_CHECK_ACCESS, 0, NULL, run_check_access },
	[OP_WHO_AM_I] = { "WhoAmI", RIGHT_WHO_AM_I, 0, NULL, run_who_am_i },
#define ROW(ID, name, form, kind, member)                                                          \
	[OP_##ID] = { #name, RIGHT_##ID, 0, admit_administration, run_administration },
	ADMINISTRATION(ROW)
#undef ROW
	    [OP_SIGN_ON] = { "SignOn", RIGHT_UNSET, OPERATION_OPEN, admit_sign_on, run_sign_on },
	[OP_GET_SIGN_ON] = { "GetSignOn", RIGHT_UNSET, OPERATION_OPEN, admit_sign_on,
	    run_get_sign_on },
	[OP_GET_SIGN_ON_CHALLENGE] = { "GetSignOnChallenge", RIGHT_UNSET, OPERATION_OPEN,
	    admit_sign_on, run_get_sign_on_challenge },
};
_Static_assert(sizeof(operations) / sizeof(operations[0]) == OPERATIONS, "an operation has no row");

const struct operation *
operation_by_id(enum operation_id id)
{
	return &operations[id];
}
