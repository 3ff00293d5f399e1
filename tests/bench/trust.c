#include "tests/bench/trust.h"

#include <stdlib.h>
#include <string.h>

#include "signing/trust/list_write.h"
#include "signing/trust/snapshot.h"
#include "signing/x509/cert.h"
#include "signing/x509/issue.h"
#include "signing/x509/keyfile.h"

#define LISTS	 31
#define SERVICES 156 /* of each: 4,836 together */
#define POINTS	 26  /* addresses that bring each service to the size of real ones */
#define BYTES	 28e6
#define NOW	 INT64_C(1772362800)
#define DAY	 INT64_C(86400)

struct made {
	struct sign_key key; /* of whoever signs the lists */
	struct buf lists[LISTS];
	X509 *some; /* a certificate in the last list */
};

static void
must(int rc, const struct error *err)
{
	if (rc == 0)
		return;
	fprintf(stderr, "trusted lists: %s [%s]\n", err->text, err->cause);
	exit(1);
}

static X509 *
issue(const char *name, EVP_PKEY **key)
{
	struct issue_request request = { .profile = ISSUE_ROOT_CA,
		.common_name = name,
		.organization = "Trust centre for measuring",
		.country = "DE",
		.not_before = NOW - 1000 * DAY,
		.not_after = NOW + 1000 * DAY };
	struct error err = ERROR_INIT;
	X509 *cert = NULL;

	must(keyfile_generate(key, "P-256", &err), &err);
	request.key = *key;
	must(issue_certificate(&cert, &request, NULL, &err), &err);
	return cert;
}

static void
make_service(struct made *m, int list, int i, struct trust_service *s, struct trust_instance *in,
    struct span *der, struct buf *bytes, struct trust_texts points)
{
	struct error err = ERROR_INIT;
	EVP_PKEY *key;
	char name[64];
	X509 *cert;

	snprintf(name, sizeof(name), "CA %d of list %d", i, list);
	cert = issue(name, &key);
	must(cert_write_der(bytes, cert, &err), &err);
	*der = SPAN_OF(bytes);
	in[0] = (struct trust_instance){ .type = trust_type_uri("CA/QC"),
		.name = "A certification authority",
		.status = trust_status_uri("granted"),
		.start = NOW - 100 * DAY,
		.certificates = { der, 1 },
		.expired_certs_revocation = TRUST_NO_TIME };
	in[1] = in[0];
	in[1].certificates = (struct trust_blobs){ NULL, 0 };
	in[1].start = NOW - 900 * DAY;
	*s = (struct trust_service){ in, 2, points };
	X509_free(m->some);
	m->some = cert;
	EVP_PKEY_free(key);
}

static void
make_list(struct made *m, int list)
{
	static const struct trust_address address = { "Main Street 1", "Bonn", "53113", "DE",
		"tl@example.org", "https://tl.example.org/" };
	static const char *points[POINTS];
	struct trust_service *services = calloc(SERVICES, sizeof(*services));
	struct trust_instance *instances = calloc(2 * SERVICES, sizeof(*instances));
	struct span *ders = calloc(SERVICES, sizeof(*ders));
	struct buf *bytes = calloc(SERVICES, sizeof(*bytes)), text = BUF_INIT(0);
	const struct trust_scheme scheme = { .operator_name = "Operator",
		.scheme_name = "DE:Scheme for measuring",
		.information_uri = "https://tl.example.org/",
		.territory = "DE",
		.legal_notice = "None.",
		.address = address,
		.sequence = 1,
		.issued = NOW - DAY,
		.next_update = NOW + 30 * DAY };
	struct trust_written provider = { { .name = "Provider",
					      .information_uri = "https://p.example.org/",
					      .services = services,
					      .service_count = SERVICES },
		address };
	struct error err = ERROR_INIT;
	int i;

	for (i = 0; i < POINTS; i++)
		points[i] = "http://ocsp.trust-centre.example.org/a/rather/long/path/to/the/"
			    "responder/of/one/of/the/authorities";
	for (i = 0; i < SERVICES; i++)
		make_service(m, list, i, &services[i], &instances[2 * i], &ders[i], &bytes[i],
		    (struct trust_texts){ points, POINTS });
	must(trust_list_write(&text, &scheme, &provider, 1, &err), &err);
	must(trust_list_sign(&m->lists[list], SPAN_OF(&text), &m->key, NOW, &err), &err);
	for (i = 0; i < SERVICES; i++)
		buf_release(&bytes[i]);
	buf_release(&text);
	free(services);
	free(instances);
	free(ders);
	free(bytes);
}

static void
check_lists(const struct made *m, struct trust_list **read)
{
	STACK_OF(X509) *signers = sk_X509_new_null();
	struct trust_list_result result = { 0 };
	struct error err = ERROR_INIT;
	int i;

	sk_X509_push(signers, m->key.cert);
	for (i = 0; i < LISTS; i++) {
		const struct trust_list_input in = {
			.bytes = SPAN_OF(&m->lists[i]), .signers = signers, .time = NOW
		};

		must(trust_list_check(&in, &read[i], &result, &err), &err);
		if (read[i] == NULL)
			must(error_set(&err, ERROR_INTERNAL, "%s", result.text), &err);
		trust_list_result_release(&result);
	}
	sk_X509_free(signers);
}

static void
measure_snapshot(struct figures *f, const struct made *m, struct trust_list *const *read)
{
	struct trust_listed listed[LISTS];
	struct trust_choice choices[LISTS];
	char names[LISTS][8];
	const struct trust_making making = { listed, LISTS, choices, LISTS, NULL, 0 };
	struct trust_snapshot *s;
	struct trust_verdict v;
	struct buf bytes = BUF_INIT(0);
	struct error err = ERROR_INIT;
	double began;
	int i, accepted = 1;

	for (i = 0; i < LISTS; i++) {
		snprintf(names[i], sizeof(names[i]), "%d", i);
		listed[i] = (struct trust_listed){ names[i], read[i] };
		choices[i] = (struct trust_choice){ names[i], NULL };
	}
	began = cpu_seconds();
	must(trust_snapshot_make(&bytes, &making, &err), &err);
	figure_note(f, "trust snapshot of them, made", cpu_seconds() - began, "s");
	figure_note(f, "size of the trust snapshot", (double)bytes.len / 1e6, "MB");
	began = cpu_seconds();
	must(trust_snapshot_load(&s, SPAN_OF(&bytes), &err), &err);
	figure_at_most(f, "trust snapshot, loaded", (cpu_seconds() - began) * 1e3, 500, "ms");
	began = cpu_seconds();
	for (i = 0; i < 1000; i++)
		accepted &= trust_judge(s, m->some, PATH_SIGNING, NOW, &v);
	figure_at_most(f, "trust snapshot, one look-up", (cpu_seconds() - began) * 1e3,
	    accepted ? 1000 : 0, "us");
	trust_snapshot_free(s);
	buf_release(&bytes);
}

void
bench_trust(struct figures *f)
{
	struct trust_list *read[LISTS];
	struct made m = { .key = { .name = "lists" } };
	EVP_PKEY *key;
	double began, bytes = 0;
	int i;

	m.key.cert = issue("List signer", &key);
	m.key.pkey = key;
	for (i = 0; i < LISTS; i++) {
		make_list(&m, i);
		bytes += (double)m.lists[i].len;
	}
	figure_at_least(f, "31 trusted lists with 4,836 anchors", bytes / 1e6, BYTES / 1e6, "MB");
	began = cpu_seconds();
	check_lists(&m, read);
	figure_at_most(
	    f, "trusted lists of 28 MB, parsed and verified", cpu_seconds() - began, 5, "s");
	measure_snapshot(f, &m, read);
	for (i = 0; i < LISTS; i++) {
		trust_list_free(read[i]);
		buf_release(&m.lists[i]);
	}
	X509_free(m.some);
	X509_free(m.key.cert);
	EVP_PKEY_free(key);
}
