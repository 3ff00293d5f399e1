/* signing/x509/crl_parts.h: the inside of a list. For crl*.c only. */
#ifndef SIGNET_SIGNING_X509_CRL_PARTS_H
#define SIGNET_SIGNING_X509_CRL_PARTS_H

#include "signing/x509/crl.h"
#include "signing/x509/der.h"

/* An entry of the index: sorted by issuer, length, bytes of the serial number, place. */
struct crl_slot {
	uint64_t prefix; /* the first eight bytes of the serial number, big-endian */
	uint32_t offset; /* of the entry, in the list's entries */
	uint16_t issuer;
	uint8_t len; /* of the serial number */
};

#define CRL_RAW_SLOTS 4096 /* a power of two above CRL_ISSUERS_MAX */

/* Issuers by the bytes of their encoding, so that each form is decoded once. */
struct crl_issuers {
	X509_NAME **names;
	size_t count;
	struct {
		struct span raw;
		uint16_t name;
	} raw[CRL_RAW_SLOTS];
	size_t raw_count;
};

struct crl {
	struct crl_facts facts;
	struct span whole, tbs, entries; /* entries: content of revokedCertificates */
	struct span before, after;	 /* what of tbs stands around revokedCertificates */
	struct span signature;		 /* without the octet of unused bits */
	unsigned char digest[DIGEST_SIZE_MAX];
	int entry_names_issuer; /* certificateIssuer stands in an entry */
	struct crl_issuers *issuers;
	struct crl_slot *slots;
	size_t slots_size;
	/* Owners of what facts looks at. */
	X509_NAME *issuer;
	X509_ALGOR *algorithm;
	ISSUING_DIST_POINT *idp;
	AUTHORITY_KEYID *aki;
	CRL_DIST_POINTS *freshest;
	AUTHORITY_INFO_ACCESS *access;
	unsigned char *head; /* of a list from crl_head_read(): what the spans look at */
};

/* One entry as it stands there. */
struct crl_parsed {
	struct span serial;
	int64_t revoked_at, invalid_since;
	int reason;
	struct span issuer; /* the directoryName of certificateIssuer; len 0 = absent */
	int unknown_critical;
};
/* 0, or -1 for what is no entry of a list of this version. */
int crl_parse_entry(const struct der_item *entry, int version, struct crl_parsed *out);
/* Read all entries into the index. */
int crl_index(struct crl *crl, struct error *err);
/* crlExtensions: content of the [0]. */
int crl_read_extensions(struct crl *crl, struct span extensions, struct error *err);
/* The parts of a CertificateList; entries are not looked at. */
int crl_read_parts(struct crl *crl, struct span der, struct error *err);
/* Add a name to the issuers: its index, or -1. */
int crl_add_issuer(struct crl *crl, struct span raw, struct error *err);

#endif
