#include "authz/password.h"

#include <argon2.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define SALT_SIZE	   16
#define DIGEST_SIZE	   32
#define TAG_SIZE	   32
#define WAYS		   4
#define PARALLEL_DEFAULT   2
#define WAITING_DEFAULT	   32
#define REMEMBERED_DEFAULT 4096
#define MEMORY_KIB_MAX	   (1u << 20)

struct tag {
	unsigned char value[TAG_SIZE];
	uint64_t used; /* 0: empty */
};

struct passwords {
	char nobody[PASSWORD_PHC_SIZE];
	unsigned char key[TAG_SIZE];
	unsigned int parallel, waiting;
	pthread_mutex_t mutex;
	pthread_cond_t turn;
	/* under the mutex */
	unsigned int now_running, now_waiting;
	struct tag *tags; /* sets of WAYS */
	size_t sets;
	uint64_t clock; /* counts uses */
};

static int
random_bytes(void *out, size_t len, struct error *err)
{
	if (getrandom(out, len, 0) != (ssize_t)len)
		return error_errno(err, "could not get random bytes");
	return 0;
}

int
password_hash(char out[PASSWORD_PHC_SIZE], const char *password, size_t len,
    const struct password_cost *cost, struct error *err)
{
	static const struct password_cost preset = PASSWORD_COST_DEFAULT;
	unsigned char salt[SALT_SIZE];
	int failed;

	if (cost == NULL)
		cost = &preset;
	if (len == 0 || len > PASSWORD_MAX)
		return error_set(
		    err, ERROR_MALFORMED, "a password has 1 to %d bytes", PASSWORD_MAX);
	if (random_bytes(salt, sizeof(salt), err) != 0)
		return -1;
	failed = argon2id_hash_encoded(cost->passes, cost->memory_kib, cost->lanes, password, len,
	    salt, sizeof(salt), DIGEST_SIZE, out, PASSWORD_PHC_SIZE);
	if (failed == ARGON2_MEMORY_ALLOCATION_ERROR)
		return error_memory(err);
	if (failed != ARGON2_OK)
		return error_cause(err, ERROR_INTERNAL, "the password could not be stored", "%s",
		    argon2_error_message(failed));
	return 0;
}

int
passwords_new(struct passwords **out, const struct passwords_options *o, struct error *err)
{
	struct passwords *p = calloc(1, sizeof(*p));
	const size_t remembered = o->remembered ? o->remembered : REMEMBERED_DEFAULT;
	char unknown[SALT_SIZE];

	*out = NULL;
	if (p == NULL)
		return error_memory(err);
	pthread_mutex_init(&p->mutex, NULL);
	pthread_cond_init(&p->turn, NULL);
	p->parallel = o->parallel ? o->parallel : PARALLEL_DEFAULT;
	p->waiting = o->waiting ? o->waiting : WAITING_DEFAULT;
	p->sets = (remembered + WAYS - 1) / WAYS;
	p->tags = calloc(p->sets * WAYS, sizeof(*p->tags));
	if (p->tags == NULL) {
		error_memory(err);
		goto fail;
	}
	if (random_bytes(p->key, sizeof(p->key), err) != 0 ||
	    random_bytes(unknown, sizeof(unknown), err) != 0 ||
	    password_hash(p->nobody, unknown, sizeof(unknown),
		o->cost.memory_kib > 0 ? &o->cost : NULL, err) != 0)
		goto fail;
	*out = p;
	return 0;
fail:
	passwords_free(p);
	return -1;
}

void
passwords_free(struct passwords *p)
{
	if (p == NULL)
		return;
	if (p->tags != NULL)
		passwords_forget(p);
	free(p->tags);
	pthread_cond_destroy(&p->turn);
	pthread_mutex_destroy(&p->mutex);
	OPENSSL_cleanse(p, sizeof(*p));
	free(p);
}

/* ---- what was right ----------------------------------------------------------------------------
 */

/* Over user, digest and password, each with its length. */
static int
make_tag(const struct passwords *p, const struct uuid *user, const char *phc, const char *password,
    size_t len, unsigned char tag[TAG_SIZE], struct error *err)
{
	struct buf data = BUF_INIT(0);
	const uint32_t lengths[2] = { (uint32_t)strlen(phc), (uint32_t)len };
	int rc = -1;

	if (buf_append(&data, lengths, sizeof(lengths), err) == 0 &&
	    buf_append(&data, user->bytes, sizeof(user->bytes), err) == 0 &&
	    buf_append_str(&data, phc, err) == 0 && buf_append(&data, password, len, err) == 0) {
		if (HMAC(EVP_sha256(), p->key, sizeof(p->key), data.data, data.len, tag, NULL) !=
		    NULL)
			rc = 0;
		else
			error_set(err, ERROR_INTERNAL, "the password could not be checked");
	}
	buf_wipe(&data);
	return rc;
}

static struct tag *
set_of(struct passwords *p, const unsigned char tag[TAG_SIZE])
{
	uint64_t number;

	memcpy(&number, tag, sizeof(number));
	return p->tags + number % p->sets * WAYS;
}

static int
is_remembered(struct passwords *p, const unsigned char tag[TAG_SIZE])
{
	struct tag *set = set_of(p, tag);
	int i, found = 0;

	pthread_mutex_lock(&p->mutex);
	for (i = 0; i < WAYS; i++)
		if (set[i].used != 0 && CRYPTO_memcmp(set[i].value, tag, TAG_SIZE) == 0) {
			set[i].used = ++p->clock;
			found = 1;
		}
	pthread_mutex_unlock(&p->mutex);
	return found;
}

static void
remember(struct passwords *p, const unsigned char tag[TAG_SIZE])
{
	struct tag *set = set_of(p, tag), *oldest = set;
	int i;

	pthread_mutex_lock(&p->mutex);
	for (i = 1; i < WAYS; i++)
		if (set[i].used < oldest->used)
			oldest = &set[i];
	memcpy(oldest->value, tag, TAG_SIZE);
	oldest->used = ++p->clock;
	pthread_mutex_unlock(&p->mutex);
}

void
passwords_forget(struct passwords *p)
{
	pthread_mutex_lock(&p->mutex);
	OPENSSL_cleanse(p->tags, p->sets * WAYS * sizeof(*p->tags));
	pthread_mutex_unlock(&p->mutex);
}

/* ---- checking ----------------------------------------------------------------------------------
 */

static int
begin_turn(struct passwords *p, struct error *err)
{
	int rc = 0;

	pthread_mutex_lock(&p->mutex);
	if (p->now_running >= p->parallel && p->now_waiting >= p->waiting)
		rc = error_set(err, ERROR_UNAVAILABLE,
		    "too many passwords are being checked; try again later");
	else {
		p->now_waiting++;
		while (p->now_running >= p->parallel)
			pthread_cond_wait(&p->turn, &p->mutex);
		p->now_waiting--;
		p->now_running++;
	}
	pthread_mutex_unlock(&p->mutex);
	if (rc != 0 && err != NULL)
		err->retry_after = 1;
	return rc;
}

static void
end_turn(struct passwords *p)
{
	pthread_mutex_lock(&p->mutex);
	p->now_running--;
	pthread_cond_signal(&p->turn);
	pthread_mutex_unlock(&p->mutex);
}

/* One that would take all memory is not ours. */
static int
is_sane(const char *phc)
{
	unsigned int memory_kib;

	return sscanf(phc, "$argon2id$v=19$m=%u,", &memory_kib) == 1 &&
	       memory_kib <= MEMORY_KIB_MAX;
}

/* The costly part, in its turn: 1, 0, -1. */
static int
verify(struct passwords *p, const char *phc, const char *password, size_t len, struct error *err)
{
	int result;

	if (!is_sane(phc))
		return error_cause(err, ERROR_INTERNAL, "the password could not be checked",
		    "the stored digest of a password is not Argon2id version 19");
	if (begin_turn(p, err) != 0)
		return -1;
	result = argon2id_verify(phc, password, len);
	end_turn(p);
	if (result == ARGON2_OK)
		return 1;
	if (result == ARGON2_VERIFY_MISMATCH)
		return 0;
	if (result == ARGON2_MEMORY_ALLOCATION_ERROR)
		return error_memory(err);
	return error_cause(err, ERROR_INTERNAL, "the password could not be checked", "%s",
	    argon2_error_message(result));
}

int
passwords_remembered(
    struct passwords *p, const struct uuid *user, const char *phc, const char *password, size_t len)
{
	unsigned char tag[TAG_SIZE];

	return len <= PASSWORD_MAX && make_tag(p, user, phc, password, len, tag, NULL) == 0 &&
	       is_remembered(p, tag);
}

int
passwords_check(struct passwords *p, const struct uuid *user, const char *phc, const char *password,
    size_t len, struct error *err)
{
	static const struct uuid nil = UUID_NIL;
	const int is_somebody = phc != NULL && phc[0] != '\0';
	const char *against = is_somebody ? phc : p->nobody;
	unsigned char tag[TAG_SIZE];
	int rc;

	if (len > PASSWORD_MAX)
		return 0;
	/* The same steps for nobody; only the answer differs. */
	if (make_tag(p, user != NULL ? user : &nil, against, password, len, tag, err) != 0)
		return -1;
	if (is_remembered(p, tag))
		return is_somebody;
	rc = verify(p, against, password, len, err);
	if (rc == 1 && is_somebody)
		remember(p, tag);
	return rc == 1 ? is_somebody : rc;
}
