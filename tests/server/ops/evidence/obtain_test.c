/* S2-30: validation data are fetched once for all who ask, and kept for all servers of a database.
 */
#include <openssl/ocsp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/store/pool.h"
#include "server/base/clock.h"
#include "server/ops/evidence/obtain.h"
#include "server/ops/evidence/refresh.h"
#include "signing/core/digests.h"
#include "tests/support/ops_world.h"
#include "tests/support/postgres.h"
#include "tests/support/status_server.h"
#include "tests/support/suite.h"

#define THREADS 20

static struct status_server ca;
static struct fetch_limits limits;

/* A process of its own as far as memory goes: a depot with its own connections. */
struct server {
	struct db_pool *pool;
	struct depot *depot;
};

static struct server
server_start(void)
{
	const struct db_pool_options options = { .connection.conninfo = postgres_conninfo(
						     ops_database(), "signet_server"),
		.wait_ms = 20000 };
	struct error err = ERROR_INIT;
	struct server s;

	ASSERT_OK(db_pool_new(&s.pool, &options, &err), &err);
	ASSERT_OK(depot_new(&s.depot, s.pool, &err), &err);
	return s;
}

static void
server_end(struct server *s)
{
	depot_free(s->depot);
	db_pool_free(s->pool);
}

static int
setup(void)
{
	struct error err = ERROR_INIT;

	if (ops_world_make() != 0)
		return -1;
	status_server_start(&ca);
	limits = (struct fetch_limits){ .is_on = 1,
		.connect_ms = 5000,
		.seconds = 20,
		.retry_seconds = 60,
		.keep_seconds = 43200,
		.fetches = 10,
		.bytes = 64 << 20,
		.cache_bytes = 1 << 30 };
	return guard_allow(&limits.guard, "127.0.0.1", &err);
}

static int
teardown(void)
{
	status_server_end(&ca);
	return ops_world_end();
}

static struct obtain_want
want_crl(const struct status_door *door)
{
	return (struct obtain_want){ .kind = PIECE_CRL,
		.url = door->url,
		.cert = pki_cert(PKI_REVOCABLE),
		.issuer = pki_cert(PKI_INTERMEDIATE) };
}

static struct obtain_terms
terms_of(int may_fetch)
{
	return (struct obtain_terms){ .limits = &limits,
		.may_fetch = may_fetch,
		.until_us = clock_monotonic_us() + 30 * INT64_C(1000000),
		.max_bytes = 64 << 20 };
}

static struct obtained
get(struct server *s, const struct obtain_want *want, int may_fetch)
{
	const struct obtain_terms terms = terms_of(may_fetch);
	struct error err = ERROR_INIT;
	struct obtained got = { 0 };

	ASSERT_OK(obtain(s->depot, want, &terms, &got, &err), &err);
	return got;
}

/* Get it, expect this outcome, and let it go. */
static void
expect(int line, struct server *s, const struct obtain_want *want, int may_fetch,
    enum obtain_outcome outcome)
{
	struct obtained got = get(s, want, may_fetch);

	if (got.outcome != outcome)
		fprintf(stderr, "line %d: outcome %d: %s\n", line, got.outcome, got.why);
	CU_ASSERT_EQUAL(got.outcome, outcome);
	piece_drop(got.piece);
}
#define EXPECT(s, want, may_fetch, outcome)                                                        \
	expect(__LINE__, (s), (want), (may_fetch), OBTAIN_##outcome)

/* ---- once for all ---- */

struct asker {
	struct server *server;
	const struct obtain_want *want;
	struct obtained got;
	int rc;
	pthread_barrier_t *start;
};

static void *
ask(void *arg)
{
	const struct obtain_terms terms = terms_of(1);
	struct asker *a = arg;
	struct error err = ERROR_INIT;

	pthread_barrier_wait(a->start);
	a->rc = obtain(a->server->depot, a->want, &terms, &a->got, &err);
	if (a->rc != 0)
		fprintf(stderr, "%s [%s]\n", err.text, err.cause);
	return NULL;
}

/* Two servers of one database, and all ask at once. */
static void
s2_30_twenty_who_ask_at_once_make_one_fetch(void)
{
	struct status_crl list = status_crl_of(PKI_INTERMEDIATE);
	struct status_door *door = status_server_crl(&ca, "crowd.crl", &list);
	const struct obtain_want want = want_crl(door);
	struct server servers[2] = { server_start(), server_start() };
	struct asker askers[THREADS];
	pthread_t threads[THREADS];
	pthread_barrier_t start;
	size_t i;

	pthread_barrier_init(&start, NULL, THREADS);
	for (i = 0; i < THREADS; i++) {
		askers[i] =
		    (struct asker){ .server = &servers[i % 2], .want = &want, .start = &start };
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, ask, &askers[i]), 0);
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		CU_ASSERT_EQUAL(askers[i].rc, 0);
		CU_ASSERT_PTR_NOT_NULL(askers[i].got.piece);
		piece_drop(askers[i].got.piece);
	}
	CU_ASSERT_EQUAL(status_server_asked(&ca, "crowd.crl"), 1);
	pthread_barrier_destroy(&start);
	server_end(&servers[0]);
	server_end(&servers[1]);
}

static void
s2_30_what_one_server_fetched_another_has_and_a_later_one_too(void)
{
	struct status_crl list = status_crl_of(PKI_INTERMEDIATE);
	struct status_door *door = status_server_crl(&ca, "shared.crl", &list);
	const struct obtain_want want = want_crl(door);
	struct server one = server_start(), two = server_start();

	EXPECT(&one, &want, 0, NOT_KEPT);
	EXPECT(&one, &want, 1, FETCHED);
	EXPECT(&one, &want, 1, HAD);
	EXPECT(&two, &want, 0, HAD);
	server_end(&one);
	server_end(&two);
	one = server_start(); /* after a restart */
	EXPECT(&one, &want, 0, HAD);
	CU_ASSERT_EQUAL(status_server_asked(&ca, "shared.crl"), 1);
	server_end(&one);
}

static void
a_server_that_died_while_fetching_holds_nobody_up_for_ever(void)
{
	struct status_crl list = status_crl_of(PKI_INTERMEDIATE);
	struct status_door *door = status_server_crl(&ca, "died.crl", &list);
	const struct obtain_want want = want_crl(door);
	struct obtain_terms terms = terms_of(1);
	struct server s = server_start();
	struct fetched_ask lost = { .kind = "Crl", .url = door->url };
	struct error err = ERROR_INIT;
	struct obtained got = { 0 };
	struct uuid dead;
	struct db *db;

	uuid_random(&dead);
	ASSERT_OK(obtain_key(&want, lost.key, &err), &err);
	ASSERT_OK(db_pool_take(s.pool, &db, &err), &err);
	ASSERT_RC(store_fetched_lease(db, &lost, &dead, 1000, clock_now(), &err), 1, &err);
	terms.until_us = clock_monotonic_us() + 1;
	ASSERT_OK(obtain(s.depot, &want, &terms, &got, &err), &err);
	CU_ASSERT_EQUAL(got.outcome, OBTAIN_FAILED);
	CU_ASSERT_STRING_EQUAL(got.why, "is being asked by another server just now");
	CU_ASSERT_EQUAL(status_server_asked(&ca, "died.crl"), 0);
	ASSERT_OK(postgres_run(ops_database(), "postgres",
		      "UPDATE signet.fetched SET lease_ends = now() - interval '1 second'", &err),
	    &err);
	db_pool_give(s.pool, db);
	EXPECT(&s, &want, 1, FETCHED);
	server_end(&s);
}

/* ---- how long ---- */

static void
at(int64_t time)
{
	clock_set_offset(0);
	clock_set_offset(time - clock_now());
}

static void
what_ends_is_fetched_again_and_replaced(void)
{
	struct status_crl list = status_crl_of(PKI_INTERMEDIATE);
	struct status_door *door;
	struct server s = server_start();
	struct obtain_want want;
	struct obtained got;
	struct error err = ERROR_INIT;
	char answer[40];

	list.next_update = PKI_NOW + 3000;
	door = status_server_crl(&ca, "ends.crl", &list);
	want = want_crl(door);
	EXPECT(&s, &want, 1, FETCHED);
	at(PKI_NOW + 3001);
	EXPECT(&s, &want, 0, NOT_KEPT);
	list.next_update = PKI_NOW + PKI_DAY;
	list.number = 6;
	status_server_crl(&ca, "ends.crl", &list);
	got = get(&s, &want, 1);
	CU_ASSERT_EQUAL(got.outcome, OBTAIN_FETCHED);
	CU_ASSERT_EQUAL(crl_facts(got.piece->list.crl)->number.bytes[0], 6);
	piece_drop(got.piece);
	/* However long its issuer promises. */
	at(PKI_NOW + 3001 + 43201);
	EXPECT(&s, &want, 0, NOT_KEPT);
	at(PKI_NOW);
	/* The old one stays for those who read it, and goes then. */
	ASSERT_OK(postgres_run(ops_database(), "postgres",
		      "UPDATE signet.fetched_content SET replaced = now() - interval '1 hour'"
		      " WHERE replaced IS NOT NULL",
		      &err),
	    &err);
	at(PKI_NOW + 3001 + 43201);
	list.number = 7;
	status_server_crl(&ca, "ends.crl", &list);
	EXPECT(&s, &want, 1, FETCHED);
	ASSERT_OK(postgres_ask(ops_database(), "postgres",
		      "SELECT count(*) FROM signet.fetched_content WHERE replaced < now() -"
		      " interval '10 minutes'",
		      answer, sizeof(answer), &err),
	    &err);
	CU_ASSERT_STRING_EQUAL(answer, "0");
	at(PKI_NOW);
	server_end(&s);
}

static void
what_came_before_serves_while_its_server_is_away(void)
{
	struct status_crl list = status_crl_of(PKI_INTERMEDIATE);
	struct status_door *door = status_server_crl(&ca, "away.crl", &list);
	const struct obtain_want want = want_crl(door);
	struct server s = server_start();
	struct obtained got;

	EXPECT(&s, &want, 1, FETCHED);
	status_server_door(&ca, "away.crl")->status = 500;
	at(PKI_NOW + 43300); /* kept for long enough, but not outdated yet */
	got = get(&s, &want, 1);
	CU_ASSERT_EQUAL(got.outcome, OBTAIN_FAILED);
	CU_ASSERT_STRING_EQUAL(got.why, "answered 500");
	CU_ASSERT_PTR_NOT_NULL(got.piece);
	piece_drop(got.piece);
	EXPECT(&s, &want, 1, FAILED); /* and is left alone for a while */
	CU_ASSERT_EQUAL(status_server_asked(&ca, "away.crl"), 2);
	at(PKI_NOW);
	server_end(&s);
}

/* ---- what one asker does must not harm the others ---- */

static void
what_ended_by_one_requests_limit_is_no_failure_for_others(void)
{
	struct status_crl list = status_crl_of(PKI_INTERMEDIATE);
	struct status_door *door = status_server_crl(&ca, "poor.crl", &list);
	const struct obtain_want want = want_crl(door);
	struct obtain_terms poor = terms_of(1);
	struct server s = server_start();
	struct error err = ERROR_INIT;
	struct obtained got = { 0 };

	poor.max_bytes = 1;
	ASSERT_OK(obtain(s.depot, &want, &poor, &got, &err), &err);
	CU_ASSERT_EQUAL(got.outcome, OBTAIN_FAILED);
	CU_ASSERT_STRING_EQUAL(got.why, "answered with more than 1 bytes");
	CU_ASSERT_EQUAL(got.came, 1);
	EXPECT(&s, &want, 1, FETCHED);
	door = status_server_door(&ca, "poor-time.crl");
	door->is_silent = 1;
	poor = terms_of(1);
	poor.until_us = clock_monotonic_us() + 100000;
	ASSERT_OK(obtain(s.depot, &(struct obtain_want){ .kind = PIECE_CRL, .url = door->url },
		      &poor, &got, &err),
	    &err);
	CU_ASSERT_EQUAL(got.outcome, OBTAIN_FAILED);
	CU_ASSERT(got.is_own_limit);
	server_end(&s);
}

static void
a_strangers_certificate_with_the_address_of_a_list_harms_nobody(void)
{
	struct status_crl list = status_crl_of(PKI_INTERMEDIATE);
	struct status_door *door = status_server_crl(&ca, "stranger.crl", &list);
	const struct obtain_want want = want_crl(door);
	struct obtain_want strange = want;
	struct server s = server_start();
	struct obtained got;

	strange.issuer = pki_cert(PKI_P256);
	got = get(&s, &strange, 1);
	CU_ASSERT(got.is_unproven);
	piece_drop(got.piece);
	EXPECT(&s, &strange, 1, FAILED);
	got = get(&s, &want, 1);
	CU_ASSERT_EQUAL(got.outcome, OBTAIN_FETCHED);
	CU_ASSERT(!got.is_unproven);
	piece_drop(got.piece);
	EXPECT(&s, &want, 1, HAD);
	server_end(&s);
}

static void
a_strangers_certificate_with_the_address_of_an_issuer_harms_nobody(void)
{
	struct status_door *door =
	    status_server_cert(&ca, "issuer.cer", pki_cert(PKI_INTERMEDIATE));
	struct obtain_want want = {
		.kind = PIECE_ISSUERS, .url = door->url, .cert = pki_cert(PKI_INTERMEDIATE)
	};
	struct server s = server_start();

	EXPECT(&s, &want, 1, FETCHED);
	want.cert = pki_cert(PKI_REVOCABLE);
	EXPECT(&s, &want, 1, FETCHED);
	EXPECT(&s, &want, 1, HAD);
	server_end(&s);
}

static void
what_cannot_be_kept_holds_nobody_up(void)
{
	struct status_crl list = status_crl_of(PKI_INTERMEDIATE);
	struct status_door *door = status_server_crl(&ca, "unkept.crl", &list);
	const struct obtain_want want = want_crl(door);
	struct obtain_terms terms = terms_of(1);
	struct server s = server_start();
	struct error err = ERROR_INIT;
	struct obtained got = { 0 };

	list.number = 77; /* content that is not there yet */
	status_server_crl(&ca, "unkept.crl", &list);
	ASSERT_OK(postgres_run(ops_database(), "postgres",
		      "REVOKE INSERT ON signet.fetched_content FROM signet_server", &err),
	    &err);
	CU_ASSERT_EQUAL(obtain(s.depot, &want, &terms, &got, &err), -1);
	err = (struct error)ERROR_INIT;
	ASSERT_OK(postgres_run(ops_database(), "postgres",
		      "GRANT INSERT ON signet.fetched_content TO signet_server", &err),
	    &err);
	terms.until_us = clock_monotonic_us() + 1000000;
	ASSERT_OK(obtain(s.depot, &want, &terms, &got, &err), &err);
	CU_ASSERT_EQUAL(got.outcome, OBTAIN_FETCHED);
	piece_drop(got.piece);
	server_end(&s);
}

/* ---- long lists ---- */

/* A list that is too long to be held, with the certificate in it or not. */
static struct status_door *
long_list(const char *path, int with, struct buf *der)
{
	struct status_crl list = status_crl_of(PKI_INTERMEDIATE);
	struct status_entry *entries = calloc(3000, sizeof(*entries));
	struct status_door *door;
	X509 *certs[3000];
	size_t i;

	for (i = 0; i < 3000; i++) {
		ASN1_INTEGER *serial = ASN1_INTEGER_new();

		/* One, two and three bytes of serial number, with gaps. */
		ASN1_INTEGER_set(serial, (long)(i * 29 + 1));
		certs[i] = X509_new();
		X509_set_serialNumber(certs[i], serial);
		ASN1_INTEGER_free(serial);
		entries[i] = (struct status_entry){ .cert = certs[i],
			.at = PKI_NOW - 1000 - (int64_t)i,
			.reason = i % 7 == 0 ? CRL_SUPERSEDED : -1,
			.invalid_since = i % 5 == 0 ? PKI_NOW - 5000 : 0 };
	}
	if (with)
		entries[1500].cert = pki_cert(PKI_REVOCABLE);
	list.entries = entries;
	list.count = 3000;
	door = status_server_crl(&ca, path, &list);
	buf_append_span(der, SPAN_OF(&door->body), NULL);
	for (i = 0; i < 3000; i++)
		X509_free(certs[i]);
	free(entries);
	return door;
}

/* The kept list must say of each serial number what the whole list does. */
static void
compare_look_ups(const struct crl_source *kept, struct span der)
{
	struct error err = ERROR_INIT;
	struct crl_source whole;
	X509 *cert = X509_dup(pki_cert(PKI_REVOCABLE));
	ASN1_INTEGER *serial = ASN1_INTEGER_new();
	struct crl *crl;
	long n;

	ASSERT_OK(crl_open(&crl, der, &err), &err);
	whole = crl_source_of(crl);
	for (n = 0; n < 90000; n += n < 2000 ? 1 : 97) {
		struct crl_entry a = { 0 }, b = { 0 };
		int x, y;

		ASN1_INTEGER_set(serial, n);
		X509_set_serialNumber(cert, serial);
		x = crl_find(&whole, cert, &a, &err);
		y = crl_find(kept, cert, &b, &err);
		CU_ASSERT_EQUAL(x, y);
		if (x != 1 || y != 1)
			continue;
		CU_ASSERT_EQUAL(a.revoked_at, b.revoked_at);
		CU_ASSERT_EQUAL(a.reason, b.reason);
		CU_ASSERT_EQUAL(a.invalid_since, b.invalid_since);
	}
	crl_free(crl);
	ASN1_INTEGER_free(serial);
	X509_free(cert);
}

static void
s2_30_a_long_list_is_looked_up_in_the_database(void)
{
	struct buf der = BUF_INIT(0), again = BUF_INIT(0);
	struct status_door *door = long_list("long.crl", 1, &der);
	const struct obtain_want want = want_crl(door);
	struct server one = server_start(), two = server_start();
	struct error err = ERROR_INIT;
	struct crl_entry entry;
	struct obtained got;

	CU_ASSERT(der.len > PIECE_SMALL);
	EXPECT(&one, &want, 1, FETCHED);
	got = get(&two, &want, 0);
	CU_ASSERT_EQUAL_FATAL(got.outcome, OBTAIN_HAD);
	CU_ASSERT_EQUAL(got.piece->der.len, 0); /* nothing of it is in memory but the head */
	CU_ASSERT_EQUAL(crl_find(&got.piece->list, pki_cert(PKI_REVOCABLE), &entry, &err), 1);
	CU_ASSERT_EQUAL(crl_find(&got.piece->list, pki_cert(PKI_P256), &entry, &err), 0);
	CU_ASSERT_EQUAL(
	    crl_verify(got.piece->list.crl, X509_get0_pubkey(pki_cert(PKI_INTERMEDIATE)), &err), 1);
	compare_look_ups(&got.piece->list, SPAN_OF(&der));
	/* For signatures of level LT all of it can be had. */
	ASSERT_OK(piece_der(got.piece, &again, &err), &err);
	CU_ASSERT(span_equal(SPAN_OF(&again), SPAN_OF(&der)));
	piece_drop(got.piece);
	buf_release(&again);
	buf_release(&der);
	server_end(&one);
	server_end(&two);
}

/* That the list is gone must never look as if the certificate were not in it. */
static void
a_long_list_that_is_gone_says_nothing(void)
{
	struct buf der = BUF_INIT(0);
	struct status_door *door = long_list("gone.crl", 1, &der);
	const struct obtain_want want = want_crl(door);
	struct server s = server_start();
	struct error err = ERROR_INIT;
	struct crl_entry entry;
	struct obtained got = get(&s, &want, 1);

	CU_ASSERT_PTR_NOT_NULL_FATAL(got.piece);
	ASSERT_OK(postgres_run(ops_database(), "postgres",
		      "DELETE FROM signet.fetched WHERE url LIKE '%gone.crl';"
		      "DELETE FROM signet.fetched_content c WHERE NOT EXISTS (SELECT FROM"
		      " signet.fetched f WHERE f.content = c.sha256)",
		      &err),
	    &err);
	CU_ASSERT_EQUAL(crl_find(&got.piece->list, pki_cert(PKI_REVOCABLE), &entry, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNSUPPORTED);
	piece_drop(got.piece);
	buf_release(&der);
	server_end(&s);
}

/* ---- the job ---- */

static struct revocation_refreshed
refresh(int64_t now)
{
	struct limits all = ops_limits();
	struct revocation_refreshed done;
	struct error err = ERROR_INIT;

	all.fetch = limits;
	ASSERT_OK(engine_set_limits(ops_engine(), &all, &err), &err);
	ASSERT_OK(revocation_refresh(ops_engine(), now, 100,
		      clock_monotonic_us() + 30 * INT64_C(1000000), &done, &err),
	    &err);
	return done;
}

static void
s2_30_the_job_fetches_again_what_is_about_to_end(void)
{
	struct status_crl list = status_crl_of(PKI_INTERMEDIATE);
	struct revocation_refreshed done;
	struct server s = server_start();
	struct error err = ERROR_INIT;
	struct status_door *door;
	struct obtain_want want;

	ASSERT_OK(
	    postgres_run(ops_database(), "postgres", "DELETE FROM signet.fetched", &err), &err);
	list.next_update = PKI_NOW + 10000;
	door = status_server_crl(&ca, "job.crl", &list);
	want = want_crl(door);
	EXPECT(&s, &want, 1, FETCHED);
	done = refresh(PKI_NOW + 100); /* there is time */
	CU_ASSERT_EQUAL(done.renewed, 0);
	list.next_update = PKI_NOW + PKI_DAY;
	list.number = 6;
	status_server_crl(&ca, "job.crl", &list);
	at(PKI_NOW + 9500);
	done = refresh(PKI_NOW + 9500);
	CU_ASSERT_EQUAL(done.renewed, 1);
	CU_ASSERT_EQUAL(done.failed, 0);
	CU_ASSERT(done.is_complete);
	at(PKI_NOW + 10001); /* no verdict has to wait */
	EXPECT(&s, &want, 0, HAD);
	CU_ASSERT_EQUAL(status_server_asked(&ca, "job.crl"), 2);
	/* When its server fails, what is there stays, and it is not asked all the time. */
	status_server_door(&ca, "job.crl")->status = 500;
	at(PKI_NOW + 52000);
	done = refresh(PKI_NOW + 52000);
	CU_ASSERT_EQUAL(done.failed, 1);
	EXPECT(&s, &want, 0, HAD);
	done = refresh(PKI_NOW + 52000);
	CU_ASSERT_EQUAL(done.failed, 0);
	/* What nobody asks for is let go of, first from refreshing, then at all. */
	done = refresh(PKI_NOW + 5 * PKI_DAY);
	CU_ASSERT_EQUAL(done.failed + done.renewed, 0);
	done = refresh(PKI_NOW + 32 * PKI_DAY);
	CU_ASSERT_EQUAL(done.removed, 1);
	at(PKI_NOW);
	server_end(&s);
}

static void
the_cache_keeps_to_its_size(void)
{
	struct buf der = BUF_INIT(0);
	struct status_crl list = status_crl_of(PKI_INTERMEDIATE);
	struct obtain_want old = want_crl(long_list("large.crl", 0, &der));
	struct obtain_want new = want_crl(status_server_crl(&ca, "small.crl", &list));
	struct server s = server_start();
	struct revocation_refreshed done;
	struct error err = ERROR_INIT;

	ASSERT_OK(
	    postgres_run(ops_database(), "postgres", "DELETE FROM signet.fetched", &err), &err);
	EXPECT(&s, &old, 1, FETCHED);
	at(PKI_NOW + 5000);
	EXPECT(&s, &new, 1, FETCHED);
	server_end(&s);
	limits.cache_bytes = 50000;
	done = refresh(PKI_NOW + 5000);
	limits.cache_bytes = 1 << 30;
	CU_ASSERT_EQUAL(done.removed, 1);
	s = server_start();
	EXPECT(&s, &old, 0, NOT_KEPT);
	EXPECT(&s, &new, 0, HAD);
	at(PKI_NOW);
	server_end(&s);
	buf_release(&der);
}

static const struct test tests[] = {
	TEST(s2_30_twenty_who_ask_at_once_make_one_fetch),
	TEST(s2_30_what_one_server_fetched_another_has_and_a_later_one_too),
	TEST(a_server_that_died_while_fetching_holds_nobody_up_for_ever),
	TEST(what_ends_is_fetched_again_and_replaced),
	TEST(what_came_before_serves_while_its_server_is_away),
	TEST(what_ended_by_one_requests_limit_is_no_failure_for_others),
	TEST(a_strangers_certificate_with_the_address_of_a_list_harms_nobody),
	TEST(a_strangers_certificate_with_the_address_of_an_issuer_harms_nobody),
	TEST(what_cannot_be_kept_holds_nobody_up),
	TEST(s2_30_a_long_list_is_looked_up_in_the_database),
	TEST(a_long_list_that_is_gone_says_nothing),
	TEST(s2_30_the_job_fetches_again_what_is_about_to_end),
	TEST(the_cache_keeps_to_its_size),
	TEST_END,
};

const struct suite suite_server_ops_evidence_obtain = { "server/ops/evidence/obtain", setup,
	teardown, tests };
