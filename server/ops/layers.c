/* Encrypted layers of a document on its way to a verdict: opened, read, told. */
#include <stdio.h>
#include <string.h>

#include "server/base/text.h"
#include "server/ops/reading.h"
#include "signing/format/xml/xml_decrypt.h"

/* What was in an envelope need not be signed, nor be anything that is known here. */
static int
read_opened(struct task *t, struct error *err)
{
	struct error why = ERROR_INIT;

	if (document_kind_of(t->content) == KIND_UNKNOWN)
		return 0;
	if (read_content(t, &why) == 0)
		return 0;
	if ((why.kind == ERROR_MALFORMED || why.kind == ERROR_UNSUPPORTED) &&
	    t->out->signatures.count == 0) {
		t->out->result.major = RESULT_WARNING;
		snprintf(t->out->result.message, sizeof(t->out->result.message),
		    "what was encrypted is no signed document: %.300s", why.text);
		return 0;
	}
	if (err != NULL && err->kind == ERROR_NONE)
		*err = why;
	return -1;
}

/* ---- what nothing authenticates counts only where a signature in it is whole ---- */

/* As it was before anything of the document was read. */
static void
forget_read(struct task *t, const struct result *before)
{
	signatures_release(&t->out->signatures);
	document_facts_release(&t->facts);
	t->out->result = *before;
}

static int
any_whole(const struct signatures *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (signature_is_intact(&list->items[i]))
			return 1;
	return 0;
}

int
read_envelope(struct task *t, struct error *err)
{
	struct unlocked clear = { 0 };
	const struct result before = t->out->result;
	const struct span around = t->content;
	const size_t index = t->opening.found->count;
	struct error why = ERROR_INIT;
	struct opening_pass pass;
	int rc, is_told;

	opening_pass_begin(&t->opening, &pass);
	rc = opening_open(&t->opening, &clear, t->content, &why) == 0 ? clear.is_open : -1;
	is_told = rc > 0;
	if (rc > 0) {
		t->content = SPAN_OF(&clear.content);
		rc = read_opened(t, &why);
		t->content = around;
		t->opening.found->items[index].is_proven =
		    rc == 0 && any_whole(&t->out->signatures);
		if (opening_needs_proof(&t->opening, &t->opening.found->items[index]) &&
		    (rc == 0 ? !t->opening.found->items[index].is_proven
			     : why.kind != ERROR_UNAVAILABLE)) {
			forget_read(t, &before);
			opening_close(&t->opening, index);
			is_told = rc = 0;
		}
	}
	/* One that stayed closed has cost what one that was opened could have. */
	if (rc == 0 && !is_told && pass.half > 0)
		opening_pass_again(&t->opening, &pass);
	opening_pass_end(&t->opening, &pass, is_told);
	if (rc < 0 && err != NULL && err->kind == ERROR_NONE)
		*err = why;
	unlocked_release(&clear);
	return rc;
}

/* Does the id or part `inner` stand in what was in the encrypted part? */
static int
stands_in(const char *part, const char *inner)
{
	size_t n = strlen(part);

	return n == 0 || (strncmp(inner, part, n) == 0 && inner[n] == '.');
}

/* Of a mail's layers, from `first` on: signatures are named by where they stand. */
static void
prove_by_place(struct task *t, size_t first)
{
	const struct signatures *list = &t->out->signatures;
	struct encryptions *found = t->opening.found;
	size_t i, k;

	for (i = first; i < found->count; i++)
		for (k = 0; k < list->count; k++)
			if (signature_is_intact(&list->items[k]) &&
			    stands_in(found->items[i].part, list->items[k].id))
				found->items[i].is_proven = 1;
}

/* Those of the layers from `first` on that prove nothing (all, if nothing could be read). */
static size_t
find_unproven(const struct task *t, size_t first, int was_read, struct encryption *unproven)
{
	const struct encryptions *found = t->opening.found;
	size_t i, n = 0;

	for (i = first; i < found->count; i++)
		if (opening_needs_proof(&t->opening, &found->items[i]) &&
		    (!was_read || !found->items[i].is_proven))
			unproven[n++] = found->items[i];
	return n;
}

/* All that was met and that nothing authenticates was opened, and shows something whole. */
static int
are_all_proven(const struct task *t, size_t first)
{
	const struct encryptions *found = t->opening.found;
	size_t i;

	for (i = first; i < found->count; i++)
		if (!found->items[i].envelope.is_authenticated &&
		    (!encryption_is_open(&found->items[i]) || !found->items[i].is_proven))
			return 0;
	return 1;
}

static void
forget_layers(struct encryptions *found, size_t first)
{
	while (found->count > first)
		envelope_release(&found->items[--found->count].envelope);
}

/*
 * A mail's remarks and counts tell of all that was looked into, and so do signatures of a document
 * that is decrypted in part. So where a layer proves nothing, all is read again with that layer
 * closed, and what is told is what would have been told had it not been decrypted.
 */
static int
read_proven(
    struct task *t, int (*read)(struct task *t, size_t first, struct error *err), struct error *err)
{
	struct encryption unproven[ENVELOPE_LAYERS_MAX];
	struct opening *o = &t->opening;
	const struct result before = t->out->result;
	const struct encryption *const closed = o->unproven; /* of what is around this */
	const size_t closed_count = o->unproven_count, first = o->found->count;
	struct opening_pass pass;
	struct error why = ERROR_INIT;
	size_t n = 0;
	int rc;

	opening_pass_begin(o, &pass);
	rc = read(t, first, &why);
	if (rc == 0 || why.kind != ERROR_UNAVAILABLE)
		n = find_unproven(t, first, rc == 0, unproven);
	if (n > 0) {
		forget_read(t, &before);
		forget_layers(o->found, first);
		error_clear(&why);
		o->unproven = unproven;
		o->unproven_count = n;
		opening_pass_again(o, &pass);
		rc = read(t, first, &why);
		o->unproven = closed;
		o->unproven_count = closed_count;
	}
	opening_pass_end(o, &pass, are_all_proven(t, first));
	if (rc != 0 && err != NULL && err->kind == ERROR_NONE)
		*err = why;
	return rc;
}

static int
read_mail_proving(struct task *t, size_t first, struct error *err)
{
	int rc = read_signed(t, err);

	if (rc == 0)
		prove_by_place(t, first);
	return rc;
}

int
read_layers_of_mail(struct task *t, struct error *err)
{
	return t->may_open ? read_proven(t, read_mail_proving, err) : read_signed(t, err);
}

/* ---- XML ---- */

/* White space cut out: base64 is broken into lines as anybody likes. */
static int
holds_value(struct span content, struct span value)
{
	struct buf text = BUF_INIT(0), packed = BUF_INIT(0);
	size_t i;
	int holds = 0;

	if (value.len == 0 || text_base64(&text, value, 0, NULL) != 0 ||
	    buf_reserve(&packed, content.len + 1, NULL) == NULL)
		goto done;
	for (i = 0; i < content.len; i++)
		if (memchr(" \t\r\n", content.data[i], 4) == NULL)
			packed.data[packed.len++] = content.data[i];
	holds = memmem(packed.data, packed.len, text.data, text.len) != NULL;
done:
	buf_wipe(&packed);
	buf_release(&text);
	return holds;
}

/* Transforms that leave out nothing but, one of them, the signature itself. */
static int
is_plain(const char *transforms, int in_signature)
{
	static const char *const plain[] = { "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
		"http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
		"http://www.w3.org/2001/10/xml-exc-c14n#",
		"http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
		"http://www.w3.org/2006/12/xml-c14n11",
		"http://www.w3.org/2006/12/xml-c14n11#WithComments",
		"http://www.w3.org/2000/09/xmldsig#enveloped-signature" };
	const size_t count = sizeof(plain) / sizeof(plain[0]) - (in_signature != 0);
	size_t i, n;

	for (; transforms != NULL && *transforms != '\0'; transforms += n) {
		n = strcspn(transforms, " ");
		for (i = 0; i < count; i++)
			if (strlen(plain[i]) == n && strncmp(plain[i], transforms, n) == 0)
				break;
		if (i == count)
			return 0;
		n += strspn(transforms + n, " ");
	}
	return 1;
}

static int
is_at_or_above(const char *path, const char *below)
{
	size_t n = strlen(path);

	return strcmp(path, "/") == 0 ||
	       (strncmp(path, below, n) == 0 && (below[n] == '\0' || below[n] == '/'));
}

/* One reference covers the whole element in which the layer stood. */
static int
covers(const struct signature *sig, const char *parent)
{
	size_t i;

	for (i = 0; parent != NULL && i < sig->reference_count; i++) {
		const struct reference *r = &sig->references[i];

		if (r->intact && !r->in_manifest && r->path != NULL &&
		    is_plain(r->transforms, strstr(parent, "Signature") != NULL) &&
		    is_at_or_above(r->path, parent))
			return 1;
	}
	return 0;
}

/*
 * A layer is proven by a signature that was in it, or by one over the element it stands in: who
 * does not know the content can make neither. Others may be whole whatever it was (XPath).
 */
static void
prove_by_signatures(
    const struct xml_decrypted *clear, const struct signatures *list, struct encryption **notes)
{
	size_t i, k, n;

	for (i = clear->count; i-- > 0;) {
		const struct xml_layer *layer = &clear->layers[i];

		for (k = 0; k < list->count && !notes[i]->is_proven; k++)
			notes[i]->is_proven = signature_is_intact(&list->items[k]) &&
					      (holds_value(SPAN_OF(&layer->content),
						   SPAN_OF(&list->items[k].value)) ||
						  covers(&list->items[k], layer->parent));
		/* Around a layer that is proven: it was there, whole. */
		n = layer->inside;
		if (notes[i]->is_proven && n != XML_LAYER_NONE)
			notes[n]->is_proven = 1;
	}
}

/* The layers that were opened, in their order; `first` is that of this document. */
static int
notes_of(struct task *t, size_t first, const struct xml_decrypted *clear, struct encryption **notes,
    struct error *err)
{
	struct encryptions *found = t->opening.found;
	size_t i, n = 0;

	for (i = first; i < found->count; i++)
		if (encryption_is_open(&found->items[i]))
			notes[n++] = &found->items[i];
	return n == clear->count
		   ? 0
		   : error_cause(err, ERROR_INTERNAL, "the document could not be read",
			 "the read process opened other layers than it told of");
}

/*
 * Who encrypts may sign before or after. A signature that was whole over the encrypted form and no
 * more over what it was signs the encrypted form, and that is said.
 */
static void
keep_whole(struct task *t, struct signatures *encrypted)
{
	const size_t kept = signatures_prefer(&t->out->signatures, encrypted);

	if (kept == 0)
		return;
	t->out->result.major = RESULT_WARNING;
	snprintf(t->out->result.message, sizeof(t->out->result.message),
	    "signatures over the encrypted form of what was decrypted: %zu; they say nothing of "
	    "what it is when it is decrypted",
	    kept);
}

/* What the root held may be anything; a document that was decrypted in part is XML again. */
static int
read_clear(struct task *t, const struct xml_decrypted *clear, struct error *err)
{
	const struct span around = t->content;
	int rc;

	t->content = SPAN_OF(&clear->document);
	rc = clear->is_octets ? read_opened(t, err) : read_signed(t, err);
	t->content = around;
	return rc;
}

static int
read_xml_proving(struct task *t, size_t first, struct error *err)
{
	struct signatures encrypted = { 0 };
	struct unlocked unlocked = { 0 };
	const struct xml_decrypted *clear = &unlocked.clear;
	struct encryption *notes[ENVELOPE_LAYERS_MAX];

	int rc = read_signed(t, err);

	if (rc != 0)
		return -1;
	rc = opening_open(&t->opening, &unlocked, t->content, err);
	if (rc != 0 || clear->count == 0)
		goto done;

	rc = notes_of(t, first, clear, notes, err);
	if (rc != 0)
		goto done;
	encrypted = t->out->signatures;
	memset(&t->out->signatures, 0, sizeof(t->out->signatures));
	rc = read_clear(t, clear, err);
	if (rc != 0)
		goto done;
	/* What was in the root of no type may have had layers of its own. */
	if (clear->is_octets) {
		t->opening.found->items[first].is_proven = any_whole(&t->out->signatures);
		goto done;
	}

	notes_of(t, first, clear, notes, err); /* they may have moved */
	prove_by_signatures(clear, &t->out->signatures, notes);
	keep_whole(t, &encrypted);
done:
	signatures_release(&encrypted);
	unlocked_release(&unlocked);
	return rc;
}

int
read_layers_of_xml(struct task *t, struct error *err)
{
	return t->may_open && xml_is_encrypted(t->content) ? read_proven(t, read_xml_proving, err)
							   : read_signed(t, err);
}

int
read_signed_envelope(struct task *t, struct error *err)
{
	struct signatures outer = t->out->signatures;
	int rc;

	if (!envelope_may_be_in(t->content))
		return 0;
	/* Nobody could see before that there are keys to be asked, and another reader. */
	ops_waits(t->engine, t->req);
	if (t->req->must_wait && !t->req->may_wait)
		return error_set(
		    err, ERROR_UNAVAILABLE, "the document must be read where waiting is allowed");
	memset(&t->out->signatures, 0, sizeof(t->out->signatures));
	rc = read_envelope(t, err);
	if (signatures_take(&outer, &t->out->signatures, "1", t->limits, err) != 0)
		rc = -1;
	signatures_release(&t->out->signatures);
	t->out->signatures = outer;
	return rc;
}

void
describe_encryption(struct task *t)
{
	const struct encryption *closed = opening_first(&t->out->encryptions, 0);
	struct result said = { 0 };

	opening_note(t->req, &t->out->encryptions);
	if (closed == NULL)
		return;
	opening_describe(&said, closed);
	t->is_closed = t->out->signatures.count == 0;
	if (t->is_closed) {
		t->out->result = said;
		return;
	}
	t->out->result.major = RESULT_WARNING;
	snprintf(t->out->result.message, sizeof(t->out->result.message),
	    "not all of it was looked into: %.350s", said.message);
}
