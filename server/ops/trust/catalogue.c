#include "server/ops/trust/catalogue.h"

#include <fcntl.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/base/text.h"
#include "server/ops/private.h"
#include "signing/x509/cert.h"

#define SIGNERS_BYTES_MAX ((size_t)1 << 20)
#define SIGNERS_MAX	  16

static int
read_signers(STACK_OF(X509) * signers, int fd, struct error *err)
{
	struct buf bytes = BUF_INIT(SIGNERS_BYTES_MAX);
	struct error why = ERROR_INIT;
	int rc = -1;

	if (buf_read_fd(&bytes, fd, "algorithm-catalogue-signer", err) != 0)
		goto done;
	if (certs_read(signers, SPAN_OF(&bytes), SIGNERS_MAX, &why) != 0 ||
	    sk_X509_num(signers) == 0) {
		error_cause(err, ERROR_MALFORMED,
		    "algorithm-catalogue-signer holds no certificates that can be read", "%s",
		    why.text);
		goto done;
	}
	rc = 0;
done:
	buf_release(&bytes);
	return rc;
}

int
ops_catalogue_read(
    struct catalogue_file **file, int catalogue, int signers, int64_t time, struct error *err)
{
	struct buf bytes = BUF_INIT(CATALOGUE_FILE_BYTES_MAX);
	STACK_OF(X509) *who = sk_X509_new_null();
	struct error why = ERROR_INIT;
	int rc = -1;

	*file = NULL;
	if (who == NULL) {
		error_memory(err);
		goto done;
	}
	if (read_signers(who, signers, err) != 0 ||
	    buf_read_fd(&bytes, catalogue, "algorithm-catalogue", err) != 0)
		goto done;
	rc = catalogue_file_accept(file, SPAN_OF(&bytes), who, time, &why);
	if (rc != 0)
		error_cause(err, why.kind, "", "%s", why.cause);
	if (rc != 0 && err != NULL)
		snprintf(err->text, sizeof(err->text), "algorithm-catalogue: %.*s",
		    (int)sizeof(err->text) - 32, why.text);
done:
	buf_release(&bytes);
	sk_X509_pop_free(who, X509_free);
	return rc;
}

int
ops_catalogue_load(struct catalogue_file **file, const char *catalogue, const char *signers,
    int64_t time, struct error *err)
{
	const int fd = open(catalogue, O_RDONLY | O_CLOEXEC);
	const int by = open(signers, O_RDONLY | O_CLOEXEC);
	int rc = -1;

	*file = NULL;
	if (fd < 0 || by < 0)
		error_errno(err, "could not open %s %s",
		    fd < 0 ? "algorithm-catalogue" : "algorithm-catalogue-signer",
		    fd < 0 ? catalogue : signers);
	else
		rc = ops_catalogue_read(file, fd, by, time, err);
	if (fd >= 0)
		close(fd);
	if (by >= 0)
		close(by);
	return rc;
}

static int
check_age(const struct engine *engine, const struct catalogue_file *file, struct error *err)
{
	const struct catalogue_file *in_use = engine_catalogue_file(engine);
	char before[TEXT_TIME_SIZE], after[TEXT_TIME_SIZE];

	if (in_use == NULL || file->issued >= in_use->issued)
		return 0;
	return error_set(err, ERROR_CONFLICT,
	    "algorithm-catalogue: %.80s was issued on %s, before the one in use, of %s",
	    file->catalogue.version, text_time(before, file->issued),
	    text_time(after, in_use->issued));
}

int
ops_catalogue_use(struct engine *engine, int catalogue, int signers, struct error *err)
{
	struct catalogue_file *file = NULL;

	if (catalogue < 0)
		return engine_set_catalogue(engine, NULL, err);
	if (ops_catalogue_read(&file, catalogue, signers, clock_now(), err) != 0)
		return -1;
	if (check_age(engine, file, err) != 0 || engine_set_catalogue(engine, file, err) != 0) {
		catalogue_file_free(file);
		return -1;
	}
	log_info("algorithms are judged by the catalogue %s %s", file->catalogue.name,
	    file->catalogue.version);
	return 0;
}
