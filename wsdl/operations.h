/*
 * wsdl/operations.h: the operations of the services beside Administration, once: X(ID, Name). Who
 * needs a row for each of them (rights, the server's table, the console's matrix) makes it from
 * here or from ADMINISTRATION (wsdl/administration.h); a test holds both against the WSDL.
 */
#ifndef SIGNET_WSDL_OPERATIONS_H
#define SIGNET_WSDL_OPERATIONS_H

/* In the order of the server's table and of the console. */
#define SERVED(X)                                                                                  \
	X(SIGN_DOCUMENT, SignDocument)                                                             \
	X(SIGN_DOCUMENTS, SignDocuments)                                                           \
	X(SIGN_DIGESTS, SignDigests)                                                               \
	X(COUNTER_SIGN, CounterSign)                                                               \
	X(EXTEND_SIGNATURE, ExtendSignature)                                                       \
	X(DECRYPT_DOCUMENT, DecryptDocument)                                                       \
	X(LIST_KEYS, ListKeys)                                                                     \
	X(TIMESTAMP_DIGEST, TimestampDigest)                                                       \
	X(TIMESTAMP_DOCUMENT, TimestampDocument)                                                   \
	X(VERIFY_DOCUMENT, VerifyDocument)                                                         \
	X(VERIFY_DOCUMENTS, VerifyDocuments)                                                       \
	X(VALIDATE_CERTIFICATE, ValidateCertificate)                                               \
	X(VERIFY_TIMESTAMP, VerifyTimestamp)                                                       \
	X(GET_CASE, GetCase)                                                                       \
	X(FIND_CASES, FindCases)                                                                   \
	X(CHECK_CASE, CheckCase)                                                                   \
	X(GET_ORIGINAL_DOCUMENT, GetOriginalDocument)                                              \
	X(CHECK_ACCESS, CheckAccess)                                                               \
	X(WHO_AM_I, WhoAmI)
/* Rights that can be given already; the operations are not served yet. */
#define PLANNED(X)                                                                                 \
	X(ENCRYPT_DOCUMENT, EncryptDocument)                                                       \
	X(VERIFY_EVIDENCE_RECORD, VerifyEvidenceRecord)                                            \
	X(ARCHIVE_SUBMISSION, ArchiveSubmission)                                                   \
	X(ARCHIVE_UPDATE, ArchiveUpdate)                                                           \
	X(ARCHIVE_RETRIEVAL, ArchiveRetrieval)                                                     \
	X(ARCHIVE_EVIDENCE, ArchiveEvidence)                                                       \
	X(ARCHIVE_DELETION, ArchiveDeletion)                                                       \
	X(ARCHIVE_VERIFY, ArchiveVerify)                                                           \
	X(ARCHIVE_TRACE, ArchiveTrace)                                                             \
	X(RETRIEVE_INFO, RetrieveInfo)                                                             \
	X(SIGN_ON, SignOn)                                                                         \
	X(ISSUE_TOKEN, IssueToken)                                                                 \
	X(REFRESH_TOKEN, RefreshToken)

#endif
