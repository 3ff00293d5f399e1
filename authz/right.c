#include "authz/right.h"

#include <string.h>

static const char *const names[RIGHTS] = { [RIGHT_UNSET] = "",
	[RIGHT_SIGN_DOCUMENT] = "SignDocument",
	[RIGHT_SIGN_DOCUMENTS] = "SignDocuments",
	[RIGHT_SIGN_DIGESTS] = "SignDigests",
	[RIGHT_COUNTER_SIGN] = "CounterSign",
	[RIGHT_EXTEND_SIGNATURE] = "ExtendSignature",
	[RIGHT_ENCRYPT_DOCUMENT] = "EncryptDocument",
	[RIGHT_DECRYPT_DOCUMENT] = "DecryptDocument",
	[RIGHT_LIST_KEYS] = "ListKeys",
	[RIGHT_TIMESTAMP_DIGEST] = "TimestampDigest",
	[RIGHT_TIMESTAMP_DOCUMENT] = "TimestampDocument",
	[RIGHT_VERIFY_DOCUMENT] = "VerifyDocument",
	[RIGHT_VERIFY_DOCUMENTS] = "VerifyDocuments",
	[RIGHT_VALIDATE_CERTIFICATE] = "ValidateCertificate",
	[RIGHT_VERIFY_TIMESTAMP] = "VerifyTimestamp",
	[RIGHT_VERIFY_EVIDENCE_RECORD] = "VerifyEvidenceRecord",
	[RIGHT_GET_ORIGINAL_DOCUMENT] = "GetOriginalDocument",
	[RIGHT_ARCHIVE_SUBMISSION] = "ArchiveSubmission",
	[RIGHT_ARCHIVE_UPDATE] = "ArchiveUpdate",
	[RIGHT_ARCHIVE_RETRIEVAL] = "ArchiveRetrieval",
	[RIGHT_ARCHIVE_EVIDENCE] = "ArchiveEvidence",
	[RIGHT_ARCHIVE_DELETION] = "ArchiveDeletion",
	[RIGHT_ARCHIVE_VERIFY] = "ArchiveVerify",
	[RIGHT_ARCHIVE_TRACE] = "ArchiveTrace",
	[RIGHT_RETRIEVE_INFO] = "RetrieveInfo",
	[RIGHT_SIGN_ON] = "SignOn",
	[RIGHT_CHECK_ACCESS] = "CheckAccess",
	[RIGHT_ISSUE_TOKEN] = "IssueToken",
	[RIGHT_REFRESH_TOKEN] = "RefreshToken",
	[RIGHT_WHO_AM_I] = "WhoAmI",
	[RIGHT_GET_CASE] = "GetCase",
	[RIGHT_FIND_CASES] = "FindCases",
	[RIGHT_CHECK_CASE] = "CheckCase",
#define NAME(ID, name, form, kind, member) [RIGHT_##ID] = #name,
	ADMINISTRATION(NAME)
#undef NAME
};

const char *
right_name(enum right right)
{
	return right > RIGHT_UNSET && right < RIGHTS ? names[right] : "";
}

enum right
right_by_name(const char *name, size_t len)
{
	enum right right;

	for (right = RIGHT_UNSET + 1; right < RIGHTS; right++)
		if (strlen(names[right]) == len && memcmp(names[right], name, len) == 0)
			return right;
	return RIGHT_UNSET;
}
