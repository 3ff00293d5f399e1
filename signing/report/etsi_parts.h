/* signing/report/etsi_parts.h: one report on its way out. Only for etsi*.c. */
#ifndef SIGNET_SIGNING_REPORT_ETSI_PARTS_H
#define SIGNET_SIGNING_REPORT_ETSI_PARTS_H

#include "signing/report/etsi.h"
#include "signing/report/markup.h"
#include "signing/report/objects.h"

struct etsi {
	struct markup m;
	const struct report_input *in;
	struct report_objects objects;
	struct buf policy; /* the policy's text */
};

#define ETSI_MAIN "urn:etsi:019102:mainindication:"

/* <name VOReference="id"/> */
void etsi_reference(struct etsi *e, const char *name, const char *id);
/* The same to a certificate that is among the objects. */
void etsi_certificate_reference(struct etsi *e, const char *name, const X509 *cert);
void etsi_digest(struct etsi *e, const char *name, enum digest digest, struct span value);

/* What the parts of a SignatureValidationReport are about; the rest is NULL. */
struct etsi_subject {
	const struct verify_conclusion *conclusion;
	const struct verify_checks *checks;
	const struct path_result *path;
	const struct verify_qualification *qualification;
	const struct verify_lasting *lasting;
	const struct verify_signature *signature;
	const struct verify_timestamp *timestamp;
	size_t number; /* of the signature, from 1 */
};
/* etsi_report.c: the SignatureValidationReport, under this name. */
void etsi_subject_write(struct etsi *e, const char *name, const struct etsi_subject *s);
/* etsi_status.c: SignatureValidationStatus and what our namespace adds to it. */
void etsi_status(struct etsi *e, const char *name, const struct etsi_subject *s);
void etsi_other_information(struct etsi *e, const struct etsi_subject *s);
/* The deciding certificate of a subject's own, or NULL. */
X509 *etsi_leaf(const struct etsi_subject *s);
/* "urn:etsi:019102:subindication:..." where there is one */
void etsi_indication(struct etsi *e, const struct etsi_subject *s);
/* etsi_objects.c: SignatureValidationObjects. */
void etsi_objects_write(struct etsi *e);

#endif
