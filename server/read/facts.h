/* server/read/facts.h: what a reader found, and why it did not, as bytes and back. */
#ifndef SIGNET_READ_FACTS_H
#define SIGNET_READ_FACTS_H

#include "server/read/pack.h"
#include "signing/format/read.h"

/* Read: an empty list is filled; it is the caller's to release on failure too. */
void pack_signatures(struct pack *p, struct signatures *list, const struct format_limits *limits);
void pack_stamps(struct pack *p, struct pdf_timestamps *list);
void pack_embedded(struct pack *p, struct embedded_timestamp *t);
void pack_container(struct pack *p, struct asic_container *container);
void pack_mail(struct pack *p, struct smime_mail *mail);
/* All that was found in a document of facts->kind, which both sides know. */
void pack_facts(struct pack *p, struct document_facts *facts, const struct format_limits *limits);
void pack_evidence(struct pack *p, struct evidence *evidence);
void pack_error(struct pack *p, struct error *err);
void pack_alg(struct pack *p, struct sig_alg *alg);

#endif
