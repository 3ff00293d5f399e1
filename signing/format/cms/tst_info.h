/*
 * signing/format/cms/tst_info.h: TSTInfo, what a time-stamp token says (RFC 3161 section 2.4.2).
 * The one parser of it. Nothing is verified here: that the token is signed, by whom and over what,
 * is asked of the CMS around it.
 */
#ifndef SIGNET_SIGNING_FORMAT_CMS_TST_INFO_H
#define SIGNET_SIGNING_FORMAT_CMS_TST_INFO_H

#include <stdint.h>

#include "signing/core/digests.h"
#include "signing/format/signature.h"

#define TST_INFO_MAX (1u << 20) /* bytes */

struct tst_info {
	int64_t time;	      /* genTime, seconds since 1970 */
	unsigned int time_us; /* and microseconds */
	int64_t accuracy_us;  /* -1: not said */
	int ordering;
	int version;
	char serial[64]; /* decimal, cut when longer than RFC 3161's 160 bits */
	char policy[128];
	char tsa[256];	    /* RFC 2253 form; "" where absent */
	struct buf nonce;   /* DER of the INTEGER; empty where absent */
	enum digest digest; /* DIGEST_NONE: not known here */
	struct buf imprint;
	char problem[160]; /* the first rule that it breaks, in a sentence; "" = none: version 1, an
			    * imprint of a known algorithm and as long as that one's */
};

/*
 * Decode exactly the span. On 0 the info is the caller's for tst_info_release(); on -1 it is empty,
 * ERROR_MALFORMED or ERROR_UNAVAILABLE.
 */
int tst_info_decode(struct tst_info *info, struct span der, struct error *err);
/* The same of a token (a ContentInfo), whose signature is not looked at. */
int tst_info_of_token(struct tst_info *info, struct span token, struct error *err);
void tst_info_release(struct tst_info *info);

/* Of a token: DIGEST_NONE when it does not decode or the algorithm is not known here. */
enum digest tst_info_digest_of(struct span token);
/* Of a token, not judged at all; INT64_MAX when it does not decode. */
int64_t tst_info_time_of(struct span token);

/* Does it stamp these data? 1 yes, 0 no, -1 the data's digest of its kind is not known. */
int tst_info_matches(const struct tst_info *info, const struct digest_values *values);

/*
 * For makers that add to a signature: every time stamp that it has (over its content only where
 * that is known) must be over what it must cover. ERROR_CONFLICT says which is not: what is added
 * would be built on it.
 */
int signature_stamps_fit(const struct signature *sig, struct error *err);

#endif
