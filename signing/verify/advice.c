#include "signing/verify/advice.h"

#include <stdio.h>

#include "server/base/text.h"

static const char *const advices[SUB_INDICATIONS] = {
	[SUB_FORMAT_FAILURE] =
	    "Do not rely on it. The file was damaged on its way, or made wrongly: ask the signer "
	    "to "
	    "send it again as it was signed, and if that is the same, to sign anew with other "
	    "software.",
	[SUB_HASH_FAILURE] =
	    "Do not rely on it: what is here is not what was signed. Ask the signer for the "
	    "document as it was signed; of a detached signature make sure that the original handed "
	    "in is the right one, unchanged to the last byte.",
	[SUB_SIG_CRYPTO_FAILURE] =
	    "Do not rely on it: it was not made by the key of this certificate, or was changed "
	    "afterwards. Ask the signer for the file as it was signed.",
	[SUB_REVOKED] = "Do not rely on it: the certificate had been revoked before it was used. "
			"Ask the signer to sign anew with a certificate that is valid.",
	[SUB_EXPIRED] = "Do not rely on it: the certificate had ended before it was used. Ask the "
			"signer to sign anew with a certificate that is valid.",
	[SUB_NOT_YET_VALID] = "Do not rely on it: the certificate began only after it was used. "
			      "Ask the signer to sign anew.",
	[SUB_SIG_CONSTRAINTS_FAILURE] =
	    "It breaks a rule that the validation policy sets. Ask the signer for a signature that "
	    "keeps the rule named above, or the administrator whether the policy should set it.",
	[SUB_CHAIN_CONSTRAINTS_FAILURE] =
	    "The certificate was not issued for this use, or not by these rules. Ask the signer to "
	    "sign with a certificate that was issued for signing documents.",
	[SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE] =
	    "The certificates contradict each other or the rules for them. Ask the signer's "
	    "certification authority for the right ones.",
	[SUB_CRYPTO_CONSTRAINTS_FAILURE] =
	    "Do not rely on it: the algorithm was already too weak when it was used, so others "
	    "could have made it. Ask the signer to sign anew with a current algorithm.",
	[SUB_POLICY_PROCESSING_ERROR] =
	    "The signature's own policy could not be read. Ask the signer for it.",
	[SUB_SIGNATURE_POLICY_NOT_AVAILABLE] = "The signature names rules of its own, which are "
					       "not applied here. Read the policy that "
					       "it names, and decide whether they matter to you.",
	[SUB_TIMESTAMP_ORDER_FAILURE] =
	    "The time stamps contradict each other: ask the signer how the file was made.",
	[SUB_NO_SIGNING_CERTIFICATE_FOUND] =
	    "Missing is the certificate that the signature names. Ask the signer for it, or for a "
	    "signature that contains it, and verify again with that.",
	[SUB_NO_CERTIFICATE_CHAIN_FOUND] =
	    "Missing is somebody whom you trust and who vouches for the certificate. If its issuer "
	    "deserves trust, have the administrator import the trusted list that names it, choose "
	    "its trust centre or add its CA certificate, and verify again.",
	[SUB_NO_CERTIFICATE_CHAIN_FOUND_NO_POE] =
	    "Its issuer is trusted no more. Missing is a proof that the signature existed before: "
	    "a "
	    "time stamp of then, a stored case, or an archive's evidence.",
	[SUB_REVOKED_NO_POE] =
	    "The certificate has been revoked. Missing is a proof that the signature existed "
	    "before: a time stamp of then, a stored case, or an archive's evidence. Without one, "
	    "ask the signer to sign anew.",
	[SUB_REVOKED_CA_NO_POE] =
	    "A certification authority's certificate has been revoked. Missing is a proof that the "
	    "signature existed before: a time stamp of then, a stored case, or an archive's "
	    "evidence.",
	[SUB_OUT_OF_BOUNDS_NOT_REVOKED] =
	    "The certificate has ended, or not begun, and was not revoked. Missing is a proof that "
	    "the signature existed while it was valid: a time stamp of then, a stored case, or an "
	    "archive's evidence.",
	[SUB_OUT_OF_BOUNDS_NO_POE] =
	    "A certificate has ended, or not begun. Missing is a proof that the signature existed "
	    "while it was valid: a time stamp of then, a stored case, or an archive's evidence.",
	[SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE] =
	    "An algorithm is too weak by now. Missing is a proof that the signature existed while "
	    "the algorithm was suitable: a time stamp of then, a stored case, or an archive's "
	    "evidence.",
	[SUB_NO_POE] = "Missing is a proof that it existed in time: a time stamp of then, a stored "
		       "case, or an archive's evidence.",
	[SUB_TRY_LATER] =
	    "Missing is current information on whether a certificate was revoked, or a current "
	    "trusted list. Verify again later, for revocation when the next list is due; if it "
	    "stays so, have the administrator look whether the addresses in the certificate can be "
	    "reached.",
	[SUB_SIGNED_DATA_NOT_FOUND] =
	    "Missing is the document that was signed. Ask the signer for it and hand it in beside "
	    "the signature, under its own name.",
};

const char *
verify_advice(const struct verify_conclusion *conclusion)
{
	if (conclusion->indication == INDICATION_TOTAL_PASSED || advices[conclusion->sub] == NULL)
		return "";
	return advices[conclusion->sub];
}

const char *
verify_lasting_advice(const struct verify_lasting *l, char *out, size_t size)
{
	char when[TEXT_TIME_SIZE], from[TEXT_TIME_SIZE], stamp[40] = "";
	int len;

	out[0] = '\0';
	if (!l->known || l->until == CATALOGUE_OPEN)
		return out;
	if (l->timestamp > 0)
		snprintf(stamp, sizeof(stamp), " (time stamp %zu)", l->timestamp);
	text_time(when, l->until);
	len = snprintf(out, size, "Extend it by %.10s (%.8s UTC): then %s%s.", when, when + 11,
	    l->text, stamp);
	if (l->extend_from == 0 || l->extend_from >= l->until || len < 0 || (size_t)len >= size)
		return out;
	text_time(from, l->extend_from);
	snprintf(out + len, size - (size_t)len,
	    " Not before %.10s (%.8s UTC): what is known of revocation by now is older than the "
	    "signature.",
	    from, from + 11);
	return out;
}
