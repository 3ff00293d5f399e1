#include "tui/offline/recipe.h"

#include <confuse.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/x509/cert.h"

/* What the lists of a recipe point to, released as a whole. */
struct piece {
	struct piece *next;
	_Alignas(16) unsigned char bytes[];
};
struct inside {
	cfg_t *cfg;
	struct piece *pieces;
};
struct cooking {
	struct recipe *out;
	struct inside *inside;
	const char *path;
	struct error *err;
};

static char wrong[300];

static void
note_wrong(cfg_t *cfg, const char *fmt, va_list args)
{
	int n = snprintf(wrong, sizeof(wrong), "line %d: ", cfg != NULL ? cfg->line : 0);

	vsnprintf(wrong + n, sizeof(wrong) - (size_t)n, fmt, args);
}

static void *
room(struct cooking *c, size_t count, size_t size)
{
	struct piece *p = calloc(1, sizeof(*p) + (count + 1) * size);

	if (p == NULL) {
		error_memory(c->err);
		return NULL;
	}
	p->next = c->inside->pieces;
	c->inside->pieces = p;
	return p->bytes;
}

static const char *
text(cfg_t *cfg, const char *name)
{
	const char *s = cfg_getstr(cfg, name);

	return s != NULL && *s != '\0' ? s : NULL;
}

static const char *
text_or(cfg_t *cfg, const char *name, const char *other)
{
	const char *s = text(cfg, name);

	return s != NULL ? s : other;
}

static int
time_of(struct cooking *c, const char *s, const char *what, int64_t *time)
{
	if (s != NULL && text_parse_time(s, time) == 0)
		return 0;
	return error_set(c->err, ERROR_MALFORMED,
	    "%s: %s is \"%s\", which is no time such as 2026-03-01T12:00:00Z", c->path, what,
	    s != NULL ? s : "");
}

static const struct trust_address no_address;

static struct trust_address
address_of(cfg_t *cfg, const struct trust_address *other)
{
	return (struct trust_address){ text_or(cfg, "street", other->street),
		text_or(cfg, "locality", other->locality),
		text_or(cfg, "postal-code", other->postal_code),
		text_or(cfg, "country", other->country), text_or(cfg, "email", other->email),
		text_or(cfg, "website", other->website) };
}

/* ---- services ---- */

static int
add_file(struct cooking *c, const char *name, STACK_OF(X509) * certs)
{
	char path[PATH_MAX], copy[PATH_MAX];
	struct buf bytes = BUF_INIT(CERT_BYTES_MAX);
	int rc;

	snprintf(copy, sizeof(copy), "%s", c->path);
	if (*name == '/')
		snprintf(path, sizeof(path), "%s", name);
	else
		snprintf(path, sizeof(path), "%s/%s", dirname(copy), name);
	rc = buf_read_file(&bytes, path, c->err);
	if (rc == 0)
		rc = certs_read(certs, SPAN_OF(&bytes), 16, c->err);
	if (rc != 0)
		error_set(c->err, ERROR_NOT_FOUND, "%s cannot be read", path);
	buf_release(&bytes);
	return rc;
}

static int
put_certificates(struct cooking *c, STACK_OF(X509) * certs, struct trust_blobs *out)
{
	struct buf der = BUF_INIT(0);
	unsigned char *copy;
	int i, n = sk_X509_num(certs), rc = 0;

	out->items = room(c, (size_t)n, sizeof(struct span));
	for (i = 0; i < n && rc == 0 && out->items != NULL; i++) {
		der.len = 0;
		rc = cert_write_der(&der, sk_X509_value(certs, i), c->err);
		copy = rc == 0 ? room(c, der.len, 1) : NULL;
		if (copy == NULL) {
			rc = -1;
			break;
		}
		memcpy(copy, der.data, der.len);
		out->items[out->count++] = (struct span){ copy, der.len };
	}
	buf_release(&der);
	return out->items != NULL ? rc : -1;
}

static int
load_certificates(struct cooking *c, cfg_t *cfg, struct trust_blobs *out)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	unsigned int i;
	int rc = certs != NULL ? 0 : error_memory(c->err);

	for (i = 0; i < cfg_size(cfg, "certificates") && rc == 0; i++)
		rc = add_file(c, cfg_getnstr(cfg, "certificates", i), certs);
	if (rc == 0)
		rc = put_certificates(c, certs, out);
	sk_X509_pop_free(certs, X509_free);
	return rc;
}

static int
put_state(struct cooking *c, cfg_t *cfg, const char *since, const struct trust_instance *other,
    struct trust_instance *out)
{
	const char *type = text(cfg, "type"), *status = text(cfg, "status");

	out->expired_certs_revocation = TRUST_NO_TIME;
	out->type = type != NULL ? trust_type_uri(type) : other->type;
	out->status = status != NULL ? trust_status_uri(status) : other->status;
	if (out->type == NULL)
		return error_set(c->err, ERROR_MALFORMED,
		    "%s: \"%s\" is no type of service; CA/PKC, CA/QC, TSA, TSA/QTST, "
		    "Certstatus/OCSP are some",
		    c->path, type != NULL ? type : "");
	if (out->status == NULL)
		return error_set(c->err, ERROR_MALFORMED,
		    "%s: \"%s\" is no status; recognisedatnationallevel, "
		    "deprecatedatnationallevel, granted, withdrawn are some",
		    c->path, status != NULL ? status : "");
	return time_of(c, since, "the begin of a status", &out->start);
}

static int
put_service(struct cooking *c, cfg_t *cfg, struct trust_service *s)
{
	static const struct trust_instance nothing;
	const unsigned int history = cfg_size(cfg, "history");
	const unsigned int points = cfg_size(cfg, "addresses");
	unsigned int i;

	s->instances = room(c, history + 1, sizeof(*s->instances));
	s->supply_points.items = room(c, points, sizeof(char *));
	if (s->instances == NULL || s->supply_points.items == NULL ||
	    put_state(c, cfg, text(cfg, "since"), &nothing, &s->instances[0]) != 0 ||
	    load_certificates(c, cfg, &s->instances[0].certificates) != 0)
		return -1;
	s->instances[0].name = cfg_title(cfg);
	s->instance_count = 1;
	for (i = 0; i < points; i++)
		s->supply_points.items[s->supply_points.count++] = cfg_getnstr(cfg, "addresses", i);
	for (i = 0; i < history; i++) {
		cfg_t *past = cfg_getnsec(cfg, "history", i);
		struct trust_instance *in = &s->instances[s->instance_count];

		if (put_state(c, past, cfg_title(past), &s->instances[0], in) != 0)
			return -1;
		in->name = text_or(past, "name", s->instances[0].name);
		s->instance_count++;
	}
	return 0;
}

static int
put_provider(struct cooking *c, cfg_t *cfg, struct trust_written *p)
{
	const unsigned int n = cfg_size(cfg, "service");
	unsigned int i;

	p->provider.name = cfg_title(cfg);
	p->provider.information_uri = text_or(cfg, "information", c->out->scheme.information_uri);
	p->address = address_of(cfg, &c->out->scheme.address);
	p->provider.services = room(c, n, sizeof(*p->provider.services));
	if (p->provider.services == NULL)
		return -1;
	for (i = 0; i < n; i++)
		if (put_service(c, cfg_getnsec(cfg, "service", i),
			&p->provider.services[p->provider.service_count++]) != 0)
			return -1;
	return 0;
}

/* ---- the scheme ---- */

static int
put_scheme(struct cooking *c, cfg_t *cfg, const struct recipe_wish *wish)
{
	struct trust_scheme *s = &c->out->scheme;
	const char *issued = wish->issued != NULL ? wish->issued : text(cfg, "issued");
	const long days = wish->valid_days > 0 ? wish->valid_days : cfg_getint(cfg, "valid-days");
	const long sequence = cfg_getint(cfg, "sequence");

	s->operator_name = text(cfg, "operator");
	s->scheme_name = text(cfg, "scheme");
	s->information_uri = text(cfg, "information");
	s->territory = text(cfg, "territory");
	s->legal_notice = text(cfg, "legal-notice");
	s->type = text(cfg, "type");
	s->approach = text(cfg, "approach");
	s->rules = text(cfg, "rules");
	s->distribution_point = text(cfg, "distribution-point");
	s->address = address_of(cfg, &no_address);
	s->sequence = wish->sequence > 0 ? wish->sequence : sequence > 0 ? (uint64_t)sequence : 0;
	s->issued = wish->now;
	if (issued != NULL && time_of(c, issued, "the time of issue", &s->issued) != 0)
		return -1;
	if (days < 1 || days > 3650)
		return error_set(c->err, ERROR_MALFORMED,
		    "%s: valid-days is %ld; it must be 1 to 3650", c->path, days);
	s->next_update = cfg_getbool(cfg, "closed") ? TRUST_NO_TIME : s->issued + days * 86400;
	return 0;
}

static int
cook(struct cooking *c, const struct recipe_wish *wish)
{
	cfg_t *cfg = c->inside->cfg;
	const unsigned int n = cfg_size(cfg, "provider");
	unsigned int i;

	if (put_scheme(c, cfg, wish) != 0)
		return -1;
	c->out->providers = room(c, n, sizeof(*c->out->providers));
	if (c->out->providers == NULL)
		return -1;
	for (i = 0; i < n; i++)
		if (put_provider(c, cfg_getnsec(cfg, "provider", i),
			&c->out->providers[c->out->provider_count++]) != 0)
			return -1;
	return 0;
}

#define ADDRESS                                                                                    \
	CFG_STR("street", NULL, CFGF_NONE), CFG_STR("locality", NULL, CFGF_NONE),                  \
	    CFG_STR("postal-code", NULL, CFGF_NONE), CFG_STR("country", NULL, CFGF_NONE),          \
	    CFG_STR("email", NULL, CFGF_NONE), CFG_STR("website", NULL, CFGF_NONE),                \
	    CFG_STR("information", NULL, CFGF_NONE)

static int
parse(struct cooking *c)
{
	cfg_opt_t history[] = { CFG_STR("status", NULL, CFGF_NONE),
		CFG_STR("type", NULL, CFGF_NONE), CFG_STR("name", NULL, CFGF_NONE), CFG_END() };
	cfg_opt_t service[] = { CFG_STR("type", NULL, CFGF_NONE),
		CFG_STR("status", "recognisedatnationallevel", CFGF_NONE),
		CFG_STR("since", NULL, CFGF_NONE), CFG_STR_LIST("certificates", NULL, CFGF_NONE),
		CFG_STR_LIST("addresses", NULL, CFGF_NONE),
		CFG_SEC("history", history, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_END() };
	cfg_opt_t provider[] = { ADDRESS,
		CFG_SEC("service", service, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_END() };
	cfg_opt_t options[] = { ADDRESS, CFG_STR("operator", NULL, CFGF_NONE),
		CFG_STR("scheme", NULL, CFGF_NONE), CFG_STR("territory", NULL, CFGF_NONE),
		CFG_STR("legal-notice", NULL, CFGF_NONE), CFG_STR("type", NULL, CFGF_NONE),
		CFG_STR("approach", NULL, CFGF_NONE), CFG_STR("rules", NULL, CFGF_NONE),
		CFG_STR("distribution-point", NULL, CFGF_NONE), CFG_INT("sequence", 0, CFGF_NONE),
		CFG_STR("issued", NULL, CFGF_NONE), CFG_INT("valid-days", 90, CFGF_NONE),
		CFG_BOOL("closed", cfg_false, CFGF_NONE),
		CFG_SEC("provider", provider, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_END() };

	c->inside->cfg = cfg_init(options, CFGF_NONE);
	if (c->inside->cfg == NULL)
		return error_memory(c->err);
	snprintf(wrong, sizeof(wrong), "it is no recipe");
	cfg_set_error_function(c->inside->cfg, note_wrong);
	switch (cfg_parse(c->inside->cfg, c->path)) {
	case CFG_SUCCESS:
		return 0;
	case CFG_FILE_ERROR:
		return error_set(c->err, ERROR_NOT_FOUND, "%s cannot be read", c->path);
	default:
		return error_set(c->err, ERROR_MALFORMED, "%s: %s", c->path, wrong);
	}
}

int
recipe_read(
    struct recipe *recipe, const char *path, const struct recipe_wish *wish, struct error *err)
{
	struct cooking c = { .out = recipe, .path = path, .err = err };

	memset(recipe, 0, sizeof(*recipe));
	c.inside = calloc(1, sizeof(*c.inside));
	if (c.inside == NULL)
		return error_memory(err);
	recipe->inside = c.inside;
	if (parse(&c) == 0 && cook(&c, wish) == 0)
		return 0;
	recipe_release(recipe);
	return -1;
}

void
recipe_release(struct recipe *recipe)
{
	struct inside *inside = recipe->inside;
	struct piece *p, *next;

	if (inside == NULL)
		return;
	for (p = inside->pieces; p != NULL; p = next) {
		next = p->next;
		free(p);
	}
	if (inside->cfg != NULL)
		cfg_free(inside->cfg);
	free(inside);
	memset(recipe, 0, sizeof(*recipe));
}
