#include "tests/support/card.h"

#include <limits.h>
#include <p11-kit/p11-kit.h>
#include <p11-kit/pkcs11.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/live.h"

int
card_can_be_made(void)
{
	return run_shell(NULL, "command -v softhsm2-util >/dev/null && test -e " CARD_MODULE) == 0;
}

/* A session on the token of this label, with the PIN. */
static int
log_in(CK_FUNCTION_LIST_PTR fn, const char *label, CK_SESSION_HANDLE *session)
{
	CK_SLOT_ID slots[16];
	CK_ULONG count = 16, i;
	CK_TOKEN_INFO info;
	const size_t len = strlen(label);

	if (fn->C_GetSlotList(CK_TRUE, slots, &count) != CKR_OK)
		return -1;
	for (i = 0; i < count; i++)
		if (fn->C_GetTokenInfo(slots[i], &info) == CKR_OK &&
		    memcmp(info.label, label, len) == 0 && info.label[len] == ' ' &&
		    fn->C_OpenSession(slots[i], CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL,
			session) == CKR_OK)
			return fn->C_Login(*session, CKU_USER, (CK_UTF8CHAR *)(uintptr_t)CARD_PIN,
				   strlen(CARD_PIN)) == CKR_OK
				   ? 0
				   : -1;
	return -1;
}

/* What softhsm2-util cannot: a certificate beside the key with the id 01. */
static int
put_certificate(struct span der, const char *name)
{
	CK_FUNCTION_LIST_PTR fn = p11_kit_module_load(CARD_MODULE, 0);
	CK_OBJECT_CLASS class = CKO_CERTIFICATE;
	CK_CERTIFICATE_TYPE type = CKC_X_509;
	CK_BBOOL yes = CK_TRUE;
	CK_BYTE id = 1;
	CK_ATTRIBUTE wanted[] = { { CKA_CLASS, &class, sizeof(class) },
		{ CKA_CERTIFICATE_TYPE, &type, sizeof(type) }, { CKA_TOKEN, &yes, sizeof(yes) },
		{ CKA_ID, &id, 1 }, { CKA_LABEL, (void *)(uintptr_t)name, strlen(name) },
		{ CKA_SUBJECT, (void *)(uintptr_t)name, strlen(name) },
		{ CKA_VALUE, (void *)(uintptr_t)der.data, der.len } };
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE object;
	int rc = -1;

	if (fn == NULL || p11_kit_module_initialize(fn) != CKR_OK)
		return -1;
	if (log_in(fn, name, &session) == 0 &&
	    fn->C_CreateObject(session, wanted, sizeof(wanted) / sizeof(wanted[0]), &object) ==
		CKR_OK)
		rc = 0;
	p11_kit_module_finalize(fn);
	p11_kit_module_release(fn);
	return rc;
}

int
card_make(const char *dir, const char *name)
{
	struct buf said = BUF_INIT(0), der = BUF_INIT(0);
	char path[PATH_MAX];
	int rc;

	rc = run_shell(&said,
	    "set -e; cd '%s'; mkdir -p tokens; echo \"directories.tokendir = $PWD/tokens\" > "
	    "hsm.conf; export SOFTHSM2_CONF=$PWD/hsm.conf; softhsm2-util --init-token --free "
	    "--label %s --so-pin 12345678 --pin " CARD_PIN "; openssl pkcs8 -topk8 -nocrypt -in "
	    "%s.key -out %s.p8; softhsm2-util --import %s.p8 --token %s --label %s --id 01 "
	    "--pin " CARD_PIN "; openssl x509 -in %s.pem -outform DER -out %s.der",
	    dir, name, name, name, name, name, name, name, name);
	if (rc == 0) {
		snprintf(path, sizeof(path), "%s/hsm.conf", dir);
		setenv("SOFTHSM2_CONF", path, 1);
		snprintf(path, sizeof(path), "%s/%s.der", dir, name);
		rc = buf_read_file(&der, path, NULL) == 0 ? put_certificate(SPAN_OF(&der), name)
							  : -1;
		unsetenv("SOFTHSM2_CONF");
	}
	if (rc != 0 && buf_terminate(&said, NULL) == 0)
		fprintf(stderr, "no card: %s\n", (const char *)said.data);
	buf_release(&said);
	buf_release(&der);
	return rc == 0 ? 0 : -1;
}
