/* server/read/subject.h: what a signature is to be over, as bytes and back: see key->sign_cms. */
#ifndef SIGNET_READ_SUBJECT_H
#define SIGNET_READ_SUBJECT_H

#include "server/read/pack.h"
#include "signing/format/cms/cms_sign.h"
#include "signing/format/xml/xml_subject.h"

/* Read: texts are malloc()ed, octets a view of the bytes; free() content_type on failure too. */
void pack_cms_subject(struct pack *p, struct cms_subject *subject);
/* Read: for xml_subject_release(), on failure too. */
void pack_xml_subject(struct pack *p, struct xml_subject *subject);
/* The imprint that a time stamp is to have. */
void pack_imprint(struct pack *p, unsigned int *digest, unsigned char *imprint);

#endif
