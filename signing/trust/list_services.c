/* Providers, services and their history (TS 119 612 clauses 5.4 to 5.6). */
#include <string.h>

#include "signing/core/certs.h"
#include "signing/trust/list_private.h"

static int
read_identity(struct tl_work *work, const xmlNode *node, struct trust_instance *in)
{
	const size_t n = tl_count(node, XML_NS_TSL, "DigitalId");

	if (work->err->kind != ERROR_NONE)
		return -1;
	in->certificates.items = arena_array(work->arena, n, sizeof(struct span), work->err);
	in->skis.items = arena_array(work->arena, n, sizeof(struct span), work->err);
	in->subjects.items = arena_array(work->arena, n, sizeof(char *), work->err);
	if (in->certificates.items == NULL || in->skis.items == NULL || in->subjects.items == NULL)
		return -1;
	return tl_identity(work, node, &in->certificates, &in->skis, &in->subjects);
}

/* What ServiceInformation and ServiceHistoryInstance begin with. */
static int
read_state(struct tl_walk *w, struct trust_instance *in)
{
	struct tl_work *work = w->work;

	in->expired_certs_revocation = TRUST_NO_TIME;
	if (tl_text(work, tl_need(w, "ServiceTypeIdentifier"), &in->type) != 0 ||
	    tl_name(work, tl_need(w, "ServiceName"), &in->name) != 0 ||
	    read_identity(work, tl_need(w, "ServiceDigitalIdentity"), in) != 0 ||
	    tl_text(work, tl_need(w, "ServiceStatus"), &in->status) != 0)
		return -1;
	return tl_time(work, tl_need(w, "StatusStartingTime"), &in->start);
}

static int
read_current(struct tl_work *work, const xmlNode *node, struct trust_service *service)
{
	struct tl_walk w = tl_into(work, node);
	const xmlNode *points, *extensions;

	if (read_state(&w, &service->instances[0]) != 0)
		return -1;
	tl_take(&w, "SchemeServiceDefinitionURI");
	points = tl_take(&w, "ServiceSupplyPoints");
	tl_take(&w, "TSPServiceDefinitionURI");
	extensions = tl_take(&w, "ServiceInformationExtensions");
	if (tl_end(&w) != 0 ||
	    tl_texts(work, points, XML_NS_TSL, "ServiceSupplyPoint", &service->supply_points) != 0)
		return -1;
	return tl_extensions(work, extensions, &service->instances[0]);
}

static int
read_past(struct tl_work *work, const xmlNode *node, struct trust_instance *in)
{
	struct tl_walk w = tl_into(work, node);
	const xmlNode *extensions;

	if (read_state(&w, in) != 0)
		return -1;
	extensions = tl_take(&w, "ServiceInformationExtensions");
	return tl_end(&w) != 0 ? -1 : tl_extensions(work, extensions, in);
}

/* Newest first, whatever the order in the list. The current one stays in front of its equals. */
static void
sort_instances(struct trust_service *s)
{
	struct trust_instance moving;
	size_t i, k;

	for (i = 1; i < s->instance_count; i++) {
		moving = s->instances[i];
		for (k = i; k > 0 && s->instances[k - 1].start < moving.start; k--)
			s->instances[k] = s->instances[k - 1];
		s->instances[k] = moving;
	}
}

/*
 * Clause 5.6: an older state cannot begin after the current one did. Were it sorted in front, it
 * would take the place of what the list says now.
 */
static int
check_history(struct tl_work *work, const xmlNode *node, const struct trust_service *s)
{
	size_t i;

	for (i = 1; i < s->instance_count; i++)
		if (s->instances[i].start > s->instances[0].start)
			return error_set(work->err, ERROR_MALFORMED,
			    "line %ld of the trusted list: the history of the service \"%.100s\" "
			    "holds a state that begins after the current one",
			    xmlGetLineNo(node), s->instances[0].name);
	return 0;
}

static int
read_service(struct tl_work *work, const xmlNode *node, struct trust_service *s)
{
	struct tl_walk w = tl_into(work, node);
	const xmlNode *current = tl_need(&w, "ServiceInformation");
	const xmlNode *history = tl_take(&w, "ServiceHistory"), *c;

	if (tl_end(&w) != 0)
		return -1;
	s->instances =
	    arena_array(work->arena, 1 + tl_count(history, XML_NS_TSL, "ServiceHistoryInstance"),
		sizeof(*s->instances), work->err);
	if (s->instances == NULL)
		return -1;
	s->instance_count = 1;
	if (read_current(work, current, s) != 0)
		return -1;
	for (c = xml_first(history); c != NULL; c = xml_next(c)) {
		if (!xml_is(c, XML_NS_TSL, "ServiceHistoryInstance"))
			return error_set(work->err, ERROR_MALFORMED,
			    "line %ld of the trusted list: a ServiceHistory holds what is no "
			    "ServiceHistoryInstance",
			    xmlGetLineNo(c));
		if (read_past(work, c, &s->instances[s->instance_count++]) != 0)
			return -1;
	}
	if (check_history(work, node, s) != 0)
		return -1;
	sort_instances(s);
	return 0;
}

/* Certificates of an identity must decode: a broken one would silently be no anchor. */
static int
check_certificates(struct tl_work *work, const struct trust_service *s)
{
	size_t i, k;
	X509 *cert;

	for (i = 0; i < s->instance_count; i++)
		for (k = 0; k < s->instances[i].certificates.count; k++) {
			cert = cert_decode(s->instances[i].certificates.items[k]);
			if (cert == NULL)
				return error_set(work->err, ERROR_MALFORMED,
				    "a certificate of the service \"%.100s\" in the trusted list "
				    "does not decode",
				    s->instances[i].name);
			X509_free(cert);
		}
	return 0;
}

static int
read_information(struct tl_work *work, const xmlNode *node, struct trust_provider *p)
{
	struct tl_walk w = tl_into(work, node);
	struct trust_texts uris = { 0 };
	const xmlNode *name = tl_need(&w, "TSPName"), *trade;

	if (tl_name(work, name, &p->name) != 0 ||
	    tl_texts(work, name, XML_NS_TSL, "Name", &p->names) != 0)
		return -1;
	trade = tl_take(&w, "TSPTradeName");
	tl_need(&w, "TSPAddress");
	if (tl_texts(work, tl_need(&w, "TSPInformationURI"), XML_NS_TSL, "URI", &uris) != 0)
		return -1;
	tl_take(&w, "TSPInformationExtensions");
	if (uris.count > 0)
		p->information_uri = uris.items[0];
	return tl_end(&w) != 0 ? -1 : tl_texts(work, trade, XML_NS_TSL, "Name", &p->trade_names);
}

static int
read_provider(struct tl_work *work, const xmlNode *node, struct trust_provider *p)
{
	struct tl_walk w = tl_into(work, node);
	const xmlNode *information = tl_need(&w, "TSPInformation");
	const xmlNode *services = tl_need(&w, "TSPServices"), *c;

	if (tl_end(&w) != 0 || read_information(work, information, p) != 0)
		return -1;
	p->services = arena_array(work->arena, tl_count(services, XML_NS_TSL, "TSPService"),
	    sizeof(*p->services), work->err);
	if (p->services == NULL)
		return -1;
	for (c = xml_first(services); c != NULL; c = xml_next(c)) {
		if (!xml_is(c, XML_NS_TSL, "TSPService"))
			return error_set(work->err, ERROR_MALFORMED,
			    "line %ld of the trusted list: TSPServices holds what is no TSPService",
			    xmlGetLineNo(c));
		if (read_service(work, c, &p->services[p->service_count]) != 0 ||
		    check_certificates(work, &p->services[p->service_count]) != 0)
			return -1;
		p->service_count++;
	}
	return 0;
}

int
tl_providers(struct tl_work *work, const xmlNode *node, struct trust_list *list)
{
	const xmlNode *c;

	list->providers =
	    arena_array(work->arena, tl_count(node, XML_NS_TSL, "TrustServiceProvider"),
		sizeof(*list->providers), work->err);
	if (list->providers == NULL)
		return -1;
	for (c = xml_first(node); c != NULL; c = xml_next(c)) {
		if (!xml_is(c, XML_NS_TSL, "TrustServiceProvider"))
			return error_set(work->err, ERROR_MALFORMED,
			    "line %ld of the trusted list: TrustServiceProviderList holds what is "
			    "no TrustServiceProvider",
			    xmlGetLineNo(c));
		if (read_provider(work, c, &list->providers[list->provider_count++]) != 0)
			return -1;
	}
	return 0;
}
