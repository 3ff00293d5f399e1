/* signing/format/xml/xml_items.h: validation data in properties and KeyInfo. Only for this folder.
 */
#ifndef SIGNET_SIGNING_FORMAT_XML_ITEMS_H
#define SIGNET_SIGNING_FORMAT_XML_ITEMS_H

#include "signing/format/cms/items.h"
#include "signing/format/xml/xml_dom.h"

/*
 * Tell all certificates, CRLs, OCSP answers and tokens in an element, at any depth that the
 * document was let in with, and references to them by SHA-256. NULL is fine. What is no base64 is
 * left out. 0, or what `visit` stopped with.
 */
int xml_items_of(const xmlNode *element, cms_item_visit *visit, void *arg);

#endif
