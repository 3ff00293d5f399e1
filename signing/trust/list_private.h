/* signing/trust/list_private.h: what the reader's files share. Only for this folder. */
#ifndef SIGNET_SIGNING_TRUST_LIST_PRIVATE_H
#define SIGNET_SIGNING_TRUST_LIST_PRIVATE_H

#include "signing/format/xml/xml_reader.h"
#include "signing/trust/arena.h"
#include "signing/trust/list.h"

#define XML_NS_TSL  "http://uri.etsi.org/02231/v2#"
#define XML_NS_TSLX "http://uri.etsi.org/02231/v2/additionaltypes#"
#define XML_NS_SIE  "http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/#"
#define TSL_TAG	    "http://uri.etsi.org/19612/TSLTag"

/* What one reading works with; `err` gets the first failure. */
struct tl_work {
	struct arena *arena;
	struct error *err;
};

/*
 * A walk over the children of an element in the order of the schema. tl_take() gives the child that
 * stands next when it is that one, NULL otherwise; tl_need() notes its absence in err; tl_end()
 * notes what is left. All do nothing once err is set.
 */
struct tl_walk {
	struct tl_work *work;
	const xmlNode *parent, *at;
};
struct tl_walk tl_into(struct tl_work *work, const xmlNode *parent);
const xmlNode *tl_take(struct tl_walk *walk, const char *name);
const xmlNode *tl_need(struct tl_walk *walk, const char *name);
int tl_end(struct tl_walk *walk);
size_t tl_count(const xmlNode *parent, const char *ns, const char *name);

/* Contents into the arena; -1 and err. `text` may not be empty unless that is said. */
int tl_text(struct tl_work *work, const xmlNode *node, const char **text);
int tl_time(struct tl_work *work, const xmlNode *node, int64_t *time);
int tl_base64(struct tl_work *work, const xmlNode *node, struct span *out);
/* The text of a child in several languages: English, else the first. */
int tl_name(struct tl_work *work, const xmlNode *node, const char **text);
/* All children of that name as texts. */
int tl_texts(struct tl_work *work, const xmlNode *node, const char *ns, const char *name,
    struct trust_texts *texts);
/* The parts of a ServiceDigitalIdentity added to the three lists, whose room has been made. */
int tl_identity(struct tl_work *work, const xmlNode *node, struct trust_blobs *certificates,
    struct trust_blobs *skis, struct trust_texts *subjects);

/* TrustServiceProviderList (list_services.c). */
int tl_providers(struct tl_work *work, const xmlNode *node, struct trust_list *list);
/* ServiceInformationExtensions (list_extensions.c). */
int tl_extensions(struct tl_work *work, const xmlNode *node, struct trust_instance *instance);

/* Take the list apart that an opened reader holds. *version is what it states, also on -1. */
int tl_read(struct trust_list **list, const struct xml_reader *r, struct span bytes, int *version,
    struct error *err);
/* Limits of a trusted list's document. */
extern const struct format_limits tl_limits;

#endif
