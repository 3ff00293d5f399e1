/* signing/format/cms/message.h: a SignedData taken apart; shared by the readers of this folder. */
#ifndef SIGNET_SIGNING_FORMAT_CMS_MESSAGE_H
#define SIGNET_SIGNING_FORMAT_CMS_MESSAGE_H

#include "signing/format/cms/asn1.h"
#include "signing/format/cms/cms_read.h"

/*
 * Bytes that time stamps over more than the value or the content may cost in one reading: each is
 * charged the size of the message (and of the content that it covers), so that many of them over
 * much data do not take minutes.
 */
#define CMS_STAMP_WORK_MAX ((uint64_t)1 << 30)

struct cms_message {
	size_t size;	/* of the message */
	uint64_t *work; /* what is left of CMS_STAMP_WORK_MAX; the reader's */
	const struct format_limits *limits;
	struct buf der; /* the binary form, where PEM came in */
	DER_SIGNED_DATA *data;
	char type[128]; /* OID of the content type */
	int has_content;
	struct span content; /* exactly the bytes that are digested */
	STACK_OF(X509) * certificates;
};

/* Zeroed before; released by the caller in every case. Errors as cms_read(), signers not asked. */
int cms_message_open(struct cms_message *m, struct span der, const struct cms_read_options *options,
    struct error *err);
void cms_message_release(struct cms_message *m);

/* Append the binary form of a CMS or PKCS7 message in PEM. ERROR_MALFORMED. */
int cms_decode_pem(struct span pem, struct buf *der, struct error *err);
/* The n-th SignerInfo, or NULL when it does not decode. */
DER_SIGNER_INFO *cms_message_signer(const struct cms_message *m, int n);
/* The digest that an AlgorithmIdentifier names (also by a signature algorithm's OID). */
enum digest cms_digest_of(const X509_ALGOR *algor);
/* Call visit for each attribute that decodes; returns how many did not. */
typedef void cms_attribute_visit(
    void *arg, const char *oid, const DER_ATTRIBUTE *attribute, struct span raw);
int cms_each_attribute(
    const STACK_OF(ASN1_TYPE) * attributes, cms_attribute_visit *visit, void *arg);

#endif
