#include "server/ops/publish.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "signing/keys/provider.h"
#include "signing/x509/issue.h"

struct publisher {
	char *key;
	pthread_mutex_t lock; /* of what follows */
	X509 *cert;
	EVP_PKEY *pkey;
	struct buf list;
	int64_t made;
};

int
publisher_new(struct publisher **publisher, const char *key, struct error *err)
{
	struct publisher *p = calloc(1, sizeof(*p));

	*publisher = NULL;
	if (p == NULL || (p->key = strdup(key)) == NULL) {
		free(p);
		return error_memory(err);
	}
	pthread_mutex_init(&p->lock, NULL);
	buf_init(&p->list, 0);
	*publisher = p;
	return 0;
}

void
publisher_free(struct publisher *p)
{
	if (p == NULL)
		return;
	X509_free(p->cert);
	EVP_PKEY_free(p->pkey);
	buf_release(&p->list);
	pthread_mutex_destroy(&p->lock);
	free(p->key);
	free(p);
}

int
publisher_has(const struct publisher *p, const char *name)
{
	return strcmp(p->key, name) == 0;
}

/* The CA's certificate as the keys process has it, and a handle on its key. */
static int
find_key(struct publisher *p, struct error *err)
{
	struct keys_info *info = NULL;
	int rc = -1;

	if (p->pkey != NULL)
		return 0;
	if (keys_find(&info, p->key, err) != 0)
		return -1;
	if (info->state != KEY_STATE_USABLE || info->certificate == NULL)
		error_cause(err, ERROR_UNAVAILABLE, "the key of the CA cannot be used", "%s: %s",
		    p->key, info->reason);
	else if (keys_pkey_new(&p->pkey, p->key, X509_get0_pubkey(info->certificate), err) == 0 &&
		 X509_up_ref(info->certificate) == 1) {
		p->cert = info->certificate;
		rc = 0;
	}
	keys_list_free(info, 1);
	return rc;
}

static int
make_list(struct publisher *p, int64_t now, struct error *err)
{
	const struct issue_list list = {
		.this_update = now, .next_update = now + PUBLISH_LIFE_S, .number = (uint64_t)now
	};
	struct buf der = BUF_INIT(0);

	if (find_key(p, err) != 0 ||
	    issue_crl(&der, &list, &(struct issuer){ p->cert, p->pkey }, err) != 0) {
		buf_release(&der);
		return -1;
	}
	buf_release(&p->list);
	p->list = der;
	p->made = now;
	return 0;
}

int
publisher_crl(struct publisher *p, int64_t now, struct buf *der, struct error *err)
{
	int rc = 0;

	pthread_mutex_lock(&p->lock);
	if (p->list.len == 0 || now < p->made || now - p->made >= PUBLISH_FRESH_S)
		rc = make_list(p, now, err);
	if (rc == 0)
		rc = buf_append_span(der, SPAN_OF(&p->list), err);
	pthread_mutex_unlock(&p->lock);
	return rc;
}
