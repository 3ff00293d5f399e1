/* signing/format/cms/rules.h: what a SignerInfo must keep to before its value counts. */
#ifndef SIGNET_SIGNING_FORMAT_CMS_RULES_H
#define SIGNET_SIGNING_FORMAT_CMS_RULES_H

#include "signing/format/cms/claims.h"
#include "signing/format/cms/message.h"

/* What a reading is about, equal for all signers of a message. */
struct reader {
	struct signatures *out;
	const struct cms_message *m;
	const struct cms_read_options *options;
	struct error *err;
};

/* What one signer signs: a document, or the value of the signature that it counter-signs. */
struct subject {
	const char *parent;		/* id of that signature, or NULL */
	const struct document *content; /* NULL: it was not given */
	int depth;
};

/* One SignerInfo under examination. */
struct checking {
	const DER_SIGNER_INFO *signer;
	const struct claims *claims; /* with signed attributes */
	const struct document *content;
	int has_attributes;
	enum digest digest;
};

/* Digest and signature algorithm into c->digest and sig->alg; -1 with sig->failure when they are
 * unknown or contradict each other (which may be tolerated). */
int rules_algorithms(const struct reader *r, struct signature *sig, const DER_SIGNER_INFO *signer,
    struct checking *c);
/* Attributes among the signed that must not be, and the reverse: noted in sig->failure. */
void rules_sides(struct signature *sig, const DER_SIGNER_INFO *signer);
/* content-type, message-digest, algorithm protection (RFC 5652 sections 5.3, 5.6, 11; RFC 6211); -1
 * with sig->failure when the signer breaks one: its value is not looked at. */
int rules_check(const struct reader *r, struct signature *sig, const struct checking *c,
    const struct subject *subject);

#endif
