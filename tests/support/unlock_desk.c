#include "tests/support/unlock_desk.h"

#include <stdio.h>

#include "tests/support/envelopes.h"

static int
key(void *ctx, size_t n, X509 **cert, struct error *err)
{
	const struct test_desk *d = ctx;

	(void)err;
	if (n >= d->key_count)
		return 0;
	*cert = pki_cert(d->keys[n]);
	return 1;
}

static const char *
password(void *ctx)
{
	const struct test_desk *d = ctx;

	return d->password;
}

static int
meet(void *ctx, const struct unlock_met *met, enum unlock_go *go, struct error *err)
{
	struct test_desk *d = ctx;
	size_t i;

	d->met++;
	d->work = 0;
	snprintf(d->part, sizeof(d->part), "%s", met->part);
	for (i = 0; i < met->try_count; i++)
		d->work += met->tries[i].work;
	if (d->worked != NULL) {
		d->before = *d->worked;
		*d->worked += d->takes;
	}
	*go = d->go;
	return d->fails == ERROR_NONE ? 0 : error_set(err, d->fails, "the keys are away");
}

static int
transport(void *ctx, size_t number, const struct envelope_transport *how, struct span encrypted,
    unsigned char *out, size_t len, struct error *err)
{
	struct test_desk *d = ctx;
	const struct envelope_key k = envelope_key_of(pki_key(d->keys[number]));

	d->secrets++;
	return k.transport(k.ctx, how, encrypted, out, len, err);
}

static int
agree(void *ctx, size_t number, const struct envelope_agreement *how, unsigned char *out,
    size_t len, struct error *err)
{
	struct test_desk *d = ctx;
	const struct envelope_key k = envelope_key_of(pki_key(d->keys[number]));

	d->secrets++;
	return k.agree(k.ctx, how, out, len, err);
}

static int
end(void *ctx, struct unlock_end *what, struct error *err)
{
	struct test_desk *d = ctx;

	(void)err;
	d->ended++;
	d->opened += what->is_open != 0;
	d->recipients = what->envelope->recipient_count;
	snprintf(d->why, sizeof(d->why), "%.199s", what->why.text);
	return 0;
}

void
test_desk_init(struct test_desk *d)
{
	d->desk = (struct unlock_desk){ key, password, meet, transport, agree, end, d };
}
