#include "signing/keys/rounds.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <string.h>

struct counting {
	struct span passphrase;
	size_t derivations;
	struct error *err;
};

static int
too_much(struct counting *c)
{
	return error_set(c->err, ERROR_LIMIT,
	    "the PKCS#12 file asks for more than %d rounds of a derivation, for more than %d of "
	    "them, or for one that is not PBKDF2 or PKCS#12's own",
	    ROUNDS_MAX, ROUNDS_BAGS_MAX);
}

/* The rounds of an encryption; -1 for one that is not known here. */
static int64_t
rounds_of(const X509_ALGOR *alg)
{
	const ASN1_STRING *value;
	const ASN1_OBJECT *oid;
	const void *parameter;
	const unsigned char *p;
	int64_t rounds = -1;
	int type;

	X509_ALGOR_get0(&oid, &type, &parameter, alg);
	if (type != V_ASN1_SEQUENCE)
		return -1;
	value = parameter;
	p = ASN1_STRING_get0_data(value);
	if (OBJ_obj2nid(oid) == NID_pbes2) {
		PBE2PARAM *pbe2 = d2i_PBE2PARAM(NULL, &p, ASN1_STRING_length(value));
		PBKDF2PARAM *kdf = NULL;

		if (pbe2 != NULL) {
			X509_ALGOR_get0(&oid, &type, &parameter, pbe2->keyfunc);
			if (OBJ_obj2nid(oid) == NID_id_pbkdf2 && type == V_ASN1_SEQUENCE) {
				value = parameter;
				p = ASN1_STRING_get0_data(value);
				kdf = d2i_PBKDF2PARAM(NULL, &p, ASN1_STRING_length(value));
			}
		}
		if (kdf == NULL || ASN1_INTEGER_get_int64(&rounds, kdf->iter) != 1)
			rounds = -1;
		PBKDF2PARAM_free(kdf);
		PBE2PARAM_free(pbe2);
	} else {
		PBEPARAM *pbe = d2i_PBEPARAM(NULL, &p, ASN1_STRING_length(value));

		if (pbe == NULL || ASN1_INTEGER_get_int64(&rounds, pbe->iter) != 1)
			rounds = -1;
		PBEPARAM_free(pbe);
	}
	return rounds;
}

static int
count(struct counting *c, const X509_ALGOR *alg)
{
	const int64_t rounds = rounds_of(alg);

	return rounds < 0 || rounds > ROUNDS_MAX || ++c->derivations > ROUNDS_BAGS_MAX ? too_much(c)
										       : 0;
}

static int
count_bags(struct counting *c, const STACK_OF(PKCS12_SAFEBAG) * bags)
{
	const PKCS12_SAFEBAG *bag;
	const X509_SIG *shrouded;
	const X509_ALGOR *alg;
	int i, rc = 0;

	for (i = 0; rc == 0 && i < sk_PKCS12_SAFEBAG_num(bags); i++) {
		bag = sk_PKCS12_SAFEBAG_value(bags, i);
		/* Safes within safes hide more of them; nobody writes those. */
		if (PKCS12_SAFEBAG_get_nid(bag) == NID_safeContentsBag)
			rc = too_much(c);
		if (PKCS12_SAFEBAG_get_nid(bag) != NID_pkcs8ShroudedKeyBag)
			continue;
		shrouded = PKCS12_SAFEBAG_get0_pkcs8(bag);
		X509_SIG_get0(shrouded, &alg, NULL);
		rc = count(c, alg);
	}
	return rc;
}

/* A part of the file; what is encrypted is opened, once its own rounds were counted. */
static int
count_part(struct counting *c, PKCS7 *part)
{
	STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
	int rc = 0;

	if (PKCS7_type_is_data(part)) {
		bags = PKCS12_unpack_p7data(part);
	} else if (PKCS7_type_is_encrypted(part)) {
		rc = count(c, part->d.encrypted->enc_data->algorithm);
		if (rc == 0)
			bags = PKCS12_unpack_p7encdata(
			    part, (const char *)c->passphrase.data, (int)c->passphrase.len);
	}
	if (rc == 0 && bags == NULL)
		rc = error_set(c->err, ERROR_MALFORMED,
		    "the passphrase does not fit the PKCS#12 file, or the file is damaged");
	if (rc == 0)
		rc = count_bags(c, bags);
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	return rc;
}

static int
count_mac(struct counting *c, const PKCS12 *p12)
{
	const ASN1_INTEGER *iter;
	int64_t rounds = 1;

	if (!PKCS12_mac_present(p12))
		return error_set(c->err, ERROR_MALFORMED,
		    "the PKCS#12 file has no MAC: nobody could see whether it was changed");
	PKCS12_get0_mac(NULL, NULL, NULL, &iter, p12);
	if (iter != NULL && ASN1_INTEGER_get_int64(&rounds, iter) != 1)
		rounds = -1;
	return rounds < 0 || rounds > ROUNDS_MAX ? too_much(c) : 0;
}

int
rounds_check(struct span pkcs12, struct span passphrase, struct error *err)
{
	struct counting c = { passphrase, 0, err };
	const unsigned char *p = pkcs12.data;
	PKCS12 *p12 = d2i_PKCS12(NULL, &p, (long)pkcs12.len);
	STACK_OF(PKCS7) *parts = NULL;
	int i, rc = -1;

	if (p12 == NULL || p != pkcs12.data + pkcs12.len) {
		error_set(err, ERROR_MALFORMED, "the file is damaged or not PKCS#12");
		goto done;
	}
	if (count_mac(&c, p12) != 0)
		goto done;
	parts = PKCS12_unpack_authsafes(p12);
	rc = parts != NULL ? 0
			   : error_set(err, ERROR_MALFORMED, "the file is damaged or not PKCS#12");
	for (i = 0; rc == 0 && i < sk_PKCS7_num(parts); i++)
		rc = count_part(&c, sk_PKCS7_value(parts, i));
done:
	ERR_clear_error();
	sk_PKCS7_pop_free(parts, PKCS7_free);
	PKCS12_free(p12);
	return rc;
}
