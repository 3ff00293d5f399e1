/*
 * signing/format/asic/asic_read.h: containers (EN 319 162-1): ASiC-S, ASiC-E, and the packages that
 * carry XAdES the same way (OpenDocument, BDOC, ADOC), as facts. All in memory.
 *
 * Whatever is not covered by a signature is said not to be: entries[].is_signed is 1 only where a
 * signature with an intact value and all references intact has an intact reference to all of the
 * entry. Nothing is covered by its name or place alone.
 */
#ifndef SIGNET_SIGNING_FORMAT_ASIC_READ_H
#define SIGNET_SIGNING_FORMAT_ASIC_READ_H

#include "signing/format/asic/archive.h"
#include "signing/format/signature.h"

enum asic_type {
	ASIC_NONE, /* a package of another type (OpenDocument, ...); its signatures are read as E's
		    */
	ASIC_S,
	ASIC_E,
	ASIC_TYPES
};
#define ASIC_MIME_S "application/vnd.etsi.asic-s+zip"
#define ASIC_MIME_E "application/vnd.etsi.asic-e+zip"

/* What an entry is, by its name; of files that prove something, only the name is believed. */
enum asic_role {
	ASIC_DATA,	/* a document: what users mean to sign */
	ASIC_DIRECTORY, /* a folder's own entry, without data */
	ASIC_MIMETYPE,
	ASIC_CADES,		/* META-INF/...p7s */
	ASIC_XADES,		/* META-INF/...signature...xml */
	ASIC_TIMESTAMP,		/* META-INF/...tst */
	ASIC_MANIFEST,		/* META-INF/...ASiCManifest...xml */
	ASIC_ARCHIVE_MANIFEST,	/* META-INF/...ASiCArchiveManifest...xml */
	ASIC_EVIDENCE_MANIFEST, /* META-INF/...ASiCEvidenceRecordManifest...xml */
	ASIC_EVIDENCE,		/* META-INF/...evidencerecord...; present, not judged */
	ASIC_OTHER,		/* all else in META-INF */
	ASIC_ROLES
};

struct asic_entry {
	char *name;
	uint64_t size;
	enum asic_role role;
	int is_signed;
};

/* A time-stamp token of the container itself. */
struct asic_stamp {
	char *name;	/* of the token's entry */
	char *manifest; /* entry that it covers and whose objects it covers by that; NULL: ASiC-S */
	char *covers;	/* names of entries that are as they were, newline separated; or NULL */
	int covers_all; /* all entries with data */
	struct embedded_timestamp stamp; /* kind TIMESTAMP_DOCUMENT or TIMESTAMP_ARCHIVE */
	enum sub_indication failure;	 /* what it covers is broken, or SUB_NONE */
	char failure_text[400];
};

/* Zeroed before the call; release it. */
struct asic_container {
	enum asic_type type;
	char *mime_type; /* of the entry "mimetype" or the comment; NULL */
	struct asic_entry *entries;
	size_t entry_count;
	struct asic_stamp *stamps;
	size_t stamp_count;
	size_t evidence_count; /* entries with evidence records */
	size_t unsigned_count; /* entries with data that no signature covers */
	/* What is against EN 319 162-1 without harm to a signature, a sentence a line; or "" */
	char remarks[600];
};
void asic_container_release(struct asic_container *container);

struct asic_read_options {
	const struct format_limits *limits;  /* NULL: the defaults */
	const struct asic_limits *archive;   /* NULL: the defaults */
	STACK_OF(X509) * extra_certificates; /* where signers are looked for besides; may be NULL */
	const char *name; /* of the file: its extension tells the type where nothing else does */
	/* Fill reference.octets with what was digested; of an entry that several manifests name,
	 * only once. */
	int keep_octets;
	unsigned int tolerate; /* as in struct cms_read_options */
};

/*
 * Append every signature to `out`: id "META-INF/signature001.p7s#signer-1", references named by
 * their entries (uri). CAdES of ASiC-E: one reference to the manifest (is_document 0) and one for
 * each of its objects; a missing or changed one breaks references_intact as it would in XAdES.
 * scope is FULL when all entries with data are covered by intact references to all of them. A file
 * that should be a signature and cannot be read is a signature that failed (FORMAT_FAILURE).
 *
 * A time stamp over an ASiCArchiveManifest is told among the stamps of the container, and is an
 * archive time stamp of each signature whose file that manifest names.
 *
 * What breaks the container's own rules fails all its signatures with FORMAT_FAILURE, intact or
 * not: ASiC-S with not exactly one document in its root; ASiC-E without any; a manifest that is not
 * of the schema; two manifests for one signature.
 *
 * `container` may be NULL. Its stamps are not judged: tokens and what they must cover are told.
 * On -1 `out` may hold some of the signatures, to be released by the caller: ERROR_MALFORMED,
 * ERROR_UNSUPPORTED, ERROR_LIMIT, ERROR_TOO_LARGE, ERROR_UNAVAILABLE. A ZIP file with nothing in
 * META-INF that signs or stamps gives 0 and no signature.
 */
int asic_read(struct signatures *out, struct asic_container *container, struct span file,
    const struct asic_read_options *options, struct error *err);

#endif
