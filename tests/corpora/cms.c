/* CMS, CAdES: what cms_read() says. Time-stamp tokens too. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "signing/format/cms/cms_read.h"
#include "tests/corpora/corpora.h"

/* The settings or notes name a certificate that is handed in from outside. */
static void
add_named_certificates(const struct corpus_row *row, STACK_OF(X509) * extra)
{
	static const char *const keys[] = { "trusted", "signer-certificate" };
	char value[512], *one, *save = NULL;
	struct error err = ERROR_INIT;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (corpus_setting(row, keys[i], value, sizeof(value)) == NULL)
			continue;
		for (one = strtok_r(value, ", ", &save); one != NULL;
		     one = strtok_r(NULL, ", ", &save))
			if (strchr(one, '.') != NULL)
				corpus_certificates(row, one, extra, &err);
	}
}

/* Set dss: "supplied by the caller", without telling which: all of the set's certificates. */
static void
add_all_certificates(const struct corpus_row *row, STACK_OF(X509) * extra)
{
	char dir[1024], file[512];
	struct error err = ERROR_INIT;
	struct dirent *entry;
	DIR *d;

	if (row->notes == NULL || strstr(row->notes, "supplied by the caller") == NULL)
		return;
	snprintf(dir, sizeof(dir), "%s/certs", row->dir);
	d = opendir(dir);
	while (d != NULL && (entry = readdir(d)) != NULL) {
		snprintf(file, sizeof(file), "certs/%s", entry->d_name);
		if (entry->d_name[0] != '.')
			corpus_certificates(row, file, extra, &err);
	}
	if (d != NULL)
		closedir(d);
}

static void
check_cms(const struct corpus_row *row, struct corpus_finding *found)
{
	struct cms_read_options options = { 0 };
	struct corpus_document document = { 0 };
	struct signatures list = { 0 };
	struct buf file = BUF_INIT(0);
	struct error err = ERROR_INIT;
	STACK_OF(X509) *extra = sk_X509_new_null();

	add_named_certificates(row, extra);
	add_all_certificates(row, extra);
	options.extra_certificates = extra;
	if (corpus_document_count(row) > 1)
		corpus_say(found, CORPUS_SKIPPED, "more than one document");
	else if (corpus_read(row, row->file, &file, &err) != 0 ||
		 (row->detached != NULL && corpus_document_load(row, 0, &document, &err) != 0))
		corpus_say(found, CORPUS_SKIPPED, "%s", err.text);
	else if (cms_read(&list, SPAN_OF(&file), row->detached != NULL ? &document.doc : NULL,
		     &options, &err) != 0)
		corpus_say(found, CORPUS_ERROR, "%s", err.text);
	else
		corpus_judge(&list, found);
	signatures_release(&list);
	corpus_document_release(&document);
	buf_release(&file);
	sk_X509_pop_free(extra, X509_free);
}

const struct corpus_kind corpora_cms[] = {
	{ "cms-smime", "cms-signed-attached", check_cms },
	{ "cms-smime", "cms-signed-detached", check_cms },
	{ "cms-smime", "cms-signed-attached-pem", check_cms },
	{ "cms-smime", "cms-certs-only", check_cms },
	{ "bsi-tresor-c2", "cades-detached", check_cms },
	{ "dss", "cades", check_cms },
	{ "dss", "cades-er", check_cms },
	{ NULL, NULL, NULL },
};
