/* Facts on containers as bytes: whole, cut, and changed by whoever took a child over. */
#include <string.h>

#include "server/read/facts.h"
#include "tests/support/containers.h"
#include "tests/support/suite.h"
#include "tests/support/tsa.h"

static struct buf packed; /* a container with a time stamp */

static void
pack_one(void)
{
	const struct test_tsa tsa = { .id = PKI_TSA, .time = PKI_NOW };
	const struct timestamp_source source = test_tsa_source(&tsa);
	struct container_reading r;
	struct buf file = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct pack p;

	if (packed.len > 0)
		return;
	ASSERT_OK(
	    asic_timestamp(&file, container_documents(), 2, ASIC_E, &source, PKI_NOW, NULL, &err),
	    &err);
	container_read(&r, &file);
	pack_write(&p, &packed, &err);
	pack_container(&p, &r.container);
	ASSERT_OK(pack_end(&p), &err);
	container_release(&r);
	buf_release(&file);
}

static int
teardown(void)
{
	buf_release(&packed);
	return 0;
}

static int
unpack(struct asic_container *container, struct span bytes)
{
	struct error err = ERROR_INIT;
	struct pack p;
	int rc;

	memset(container, 0, sizeof(*container));
	pack_read(&p, bytes, &err);
	pack_container(&p, container);
	rc = pack_end(&p);
	CU_ASSERT_EQUAL(rc != 0, err.kind != ERROR_NONE);
	return rc;
}

static void
what_is_written_is_read(void)
{
	struct asic_container c;

	pack_one();
	CU_ASSERT_EQUAL_FATAL(unpack(&c, SPAN_OF(&packed)), 0);
	CU_ASSERT_EQUAL(c.type, ASIC_E);
	CU_ASSERT_EQUAL_FATAL(c.entry_count, 5);
	CU_ASSERT_STRING_EQUAL(c.entries[1].name, "a.txt");
	CU_ASSERT_EQUAL(c.entries[1].role, ASIC_DATA);
	CU_ASSERT_EQUAL_FATAL(c.stamp_count, 1);
	CU_ASSERT_STRING_EQUAL(c.stamps[0].manifest, "META-INF/ASiCManifest001.xml");
	CU_ASSERT(c.stamps[0].covers_all && c.stamps[0].stamp.imprint_known);
	CU_ASSERT(c.stamps[0].stamp.token.len > 0);
	asic_container_release(&c);
}

static void
what_is_cut_anywhere_is_refused(void)
{
	struct asic_container c;
	struct span s;

	pack_one();
	s = SPAN_OF(&packed);
	for (s.len = 0; s.len < packed.len; s.len++) {
		CU_ASSERT_EQUAL(unpack(&c, s), -1);
		asic_container_release(&c);
	}
}

static void
any_changed_byte_does_no_harm(void)
{
	static const unsigned char values[] = { 0, 1, 0x7f, 0x80, 0xff };
	struct asic_container c;
	unsigned char old;
	size_t i, v, k;

	pack_one();
	for (i = 0; i < packed.len; i++) {
		old = packed.data[i];
		for (v = 0; v < sizeof(values); v++) {
			packed.data[i] = values[v];
			if (unpack(&c, SPAN_OF(&packed)) == 0)
				for (k = 0; k < c.entry_count; k++)
					CU_ASSERT(c.entries[k].role < ASIC_ROLES &&
						  c.entries[k].name != NULL);
			asic_container_release(&c);
		}
		packed.data[i] = old;
	}
}

static const struct test tests[] = { TEST(what_is_written_is_read),
	TEST(what_is_cut_anywhere_is_refused), TEST(any_changed_byte_does_no_harm), TEST_END };
const struct suite suite_server_read_container = { "server/read/container", NULL, teardown, tests };
