/*
 * tests/support/qualified.h: qualified certificates and EU trusted lists, made on the spot.
 *
 * One CA, "CN=QC CA,O=Alpha Trust,C=DE" unless it is called otherwise, issues leaves that say of
 * themselves what the test wants; one list, of DE and the EU's type, has services of that CA.
 */
#ifndef SIGNET_TESTS_QUALIFIED_H
#define SIGNET_TESTS_QUALIFIED_H

#include "signing/trust/qualified.h"
#include "tests/support/pki.h"

/* ---- certificates ---- */

#define SAYS_COMPLIANCE	 (1u << 0)
#define SAYS_QSCD	 (1u << 1)
#define SAYS_ESIGN	 (1u << 2)
#define SAYS_ESEAL	 (1u << 3)
#define SAYS_WEB	 (1u << 4)
#define SAYS_LEGISLATION (1u << 5)
#define SAYS_QCP	 (1u << 6)
#define SAYS_QCP_PLUS	 (1u << 7)
#define SAYS_TSA	 (1u << 8) /* extended key usage, of time stamps alone */
#define SAYS_POLICY	 (1u << 9) /* the policy 1.2.3.4.5 */

struct qualified_names {
	const char *organization, *country; /* "" for none */
};
struct qualified_pki {
	EVP_PKEY *ca_key;
	X509 *ca;
	STACK_OF(X509) * chain, *above; /* the leaf made last, then the CA; without the leaf */
	X509 *leaf, *between;
	EVP_PKEY *leaf_key; /* of all leaves */
};
/* NULL: as above. Ends the run when it cannot be made. */
void qualified_pki_make(struct qualified_pki *p, const struct qualified_names *names);
void qualified_pki_release(struct qualified_pki *p);
/* A new leaf, valid for twelve years; it is p->leaf, and the first of p->chain. */
void qualified_leaf(struct qualified_pki *p, unsigned int says, int64_t issued);
/* One that the CA never signed, though it says so: its key did that itself. */
void qualified_forgery(struct qualified_pki *p, unsigned int says, int64_t issued);
/* One below the leaf, which is no CA; the chain is of three then. */
void qualified_below(struct qualified_pki *p, unsigned int says, int64_t issued);
/* The leaf's, with p->chain's others; `key` looks into p. */
struct sign_key;
struct sign_key qualified_key(const struct qualified_pki *p);

/* ---- lists ---- */

#define QUALIFIED_SERVICES  3
#define QUALIFIED_INSTANCES 3
#define QUALIFIED_EU	    "http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUgeneric"
#define QUALIFIED_INFO	    "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/"

/* A service's state; what is zero is as the comment says. */
struct qualified_state {
	const char *type;   /* "CA/QC" */
	const char *status; /* "granted"; a URI where it is unknown */
	int64_t start;	    /* TRUST_EIDAS */
	const char *kinds;  /* of s(ignatures), e (seals), w(eb): "sew"; "-" for none */
	/* Words behind QUALIFIED_INFO, by blanks; a URI as it is. They are for all certificates,
	 * unless there are criteria. */
	const char *qualifiers;
	const struct trust_criterion *criteria;
	int not_critical;
	const char *taken_over_by, *unknown_critical;
};
struct qualified_list {
	const char *type, *territory; /* QUALIFIED_EU, "DE" */
	int64_t next_update;	      /* PKI_NOW + 30 days */
	const char *provider;	      /* "Alpha Trust" */
	const char *trade_name;	      /* none */
	/* of services[i] the states, newest first, until the first without `used` */
	struct qualified_service {
		int used;
		const char *provider; /* the list's */
		struct qualified_state states[QUALIFIED_INSTANCES];
		int state_count; /* 1 */
	} services[QUALIFIED_SERVICES];
};
/*
 * The snapshot of this list, whose services have the CA's key (of TSA/QTST: the leaf's, which must
 * have been made). The caller's for trust_snapshot_free().
 */
struct trust_snapshot *qualified_snapshot(
    const struct qualified_pki *p, const struct qualified_list *list);

#endif
