/* The command line against a live server: exit codes, JSON, files, long documents. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/judges.h"
#include "tests/support/suite.h"

static int
setup(void)
{
	return judges_enter("command");
}

/* ---- exit codes ---- */

static void
each_exit_code_means_what_the_manual_says(void)
{
	JUDGE(0, "signet sign --force -o c.p7s doc.txt && signet verify -d doc.txt c.p7s");
	JUDGE(1, "signet verify -d doc.xml c.p7s");
	HEARD("broken     content");
	JUDGE(2, "signet verify c.p7s");
	HEARD("missing    content");
	CU_ASSERT_PTR_NULL(strstr(judges_said(), "broken"));
	JUDGE(2, "signet verify doc.pdf");
	HEARD("no signature");
	JUDGE(3, "signet verify doc.txt");
	HEARD("signet: doc.txt is neither a PDF nor XML nor a CMS signature");
	HEARD("send the signature as FILE and the document as --original");
	JUDGE(3, "signet sign --key nobodys --force -o never doc.txt");
	HEARD("nobodys");
	JUDGE(4, "signet verify not-there.pdf");
	HEARD("not-there.pdf cannot be read: No such file or directory");
	JUDGE(4, "signet sign .");
	HEARD("is a folder");
	JUDGE(1, "test -e never");
}

static void
of_several_documents_the_worst_verdict_counts(void)
{
	JUDGE(0, "signet sign --force -o good.pdf doc.pdf && signet sign --packaging Enveloping "
		 "--force -o good.p7m doc.txt && sed 's/abcdef/abcdeg/' good.p7m > bad.p7m");
	JUDGE(0, "signet verify good.pdf good.p7m");
	JUDGE(1, "signet verify good.pdf bad.p7m doc.pdf not-there good.p7m");
	HEARD("good.p7m: TotalPassed"); /* the last is reached */
	JUDGE(4, "signet verify good.pdf doc.pdf not-there doc.txt");
	JUDGE(3, "signet verify doc.txt doc.pdf");
	JUDGE(2, "signet verify doc.pdf good.pdf");
	/* Of a folder all files, below it too, detached signatures with what they sign. */
	JUDGE(0, "rm -rf all && mkdir -p all/below all/empty && cp good.pdf all && "
		 "cp good.p7m all/below && cp doc.txt all/order.txt && touch all/.hidden && "
		 "signet sign all/order.txt && signet --json verify all | wc -l");
	CU_ASSERT_EQUAL(atoi(judges_said() + strcspn(judges_said(), "\n")), 3);
	JUDGE(0, "signet verify all/");
	HEARD("all/below/good.p7m: TotalPassed");
	HEARD("all/good.pdf: TotalPassed");
	HEARD("all/order.txt.p7s: TotalPassed");
	JUDGE(1, "echo changed >> all/order.txt && signet verify all doc.pdf");
	HEARD("all/order.txt.p7s: TotalFailed");
	HEARD("all/good.pdf: TotalPassed");
	JUDGE(4, "signet verify all/empty");
	HEARD("there are no files in all/empty");
	JUDGE(4, "signet verify --request-id 1 all");
	HEARD("one file only");
	/* Signing goes on behind one that cannot be signed. */
	JUDGE(
	    4, "rm -f doc.txt.p7s doc.xml.p7s; signet sign --format CMS doc.txt not-there doc.xml");
	JUDGE(0, "signet verify -d doc.txt doc.txt.p7s && signet verify -d doc.xml doc.xml.p7s");
}

static void
an_unreachable_server_is_told_apart_and_named(void)
{
	JUDGE(0, "sed 's|^endpoint.*|endpoint = \"https://localhost:1/\"|; s|\"pki/|\"../pki/|' "
		 "../client.conf > away.conf");
	JUDGE(5, "signet --config away.conf whoami");
	HEARD("could not be reached");
	HEARD("https://localhost:1/");
	JUDGE(5, "signet --config away.conf sign --force -o never doc.txt");
	JUDGE(5, "signet --config away.conf sign --format CMS doc.txt doc.xml --force --json");
	CU_ASSERT(strstr(judges_said(), "doc.xml") == NULL); /* the rest is not tried */
	JUDGE(1, "test -e never");
}

static void
a_wrong_configuration_says_which_part(void)
{
	JUDGE(0,
	    "sed 's|\"pki/|\"../pki/|' ../client.conf > base.conf && echo wrong > wrong.pass && "
	    "openssl req -x509 -newkey rsa:2048 -nodes -keyout x.key -out stranger.pem -subj "
	    "/CN=stranger -days 10");
	JUDGE(0, "signet --config base.conf whoami");
	JUDGE(4,
	    "sed 's|^passphrase-file.*|passphrase-file = \"wrong.pass\"|' base.conf > w.conf && "
	    "signet --config w.conf whoami");
	HEARD("the passphrase does not open");
	JUDGE(4, "sed 's|^ca-file.*|ca-file = \"none.pem\"|' base.conf > w.conf && signet --config "
		 "w.conf whoami");
	HEARD("CA file");
	JUDGE(4, "sed 's|^ca-file.*|ca-file = \"doc.txt\"|' base.conf > w.conf && signet --config "
		 "w.conf whoami");
	JUDGE(5, "sed 's|^ca-file.*|ca-file = \"stranger.pem\"|' base.conf > w.conf && signet "
		 "--config w.conf whoami");
	HEARD("does not show a certificate from the CA");
	JUDGE(
	    5, "sed 's|localhost|127.0.0.2|' base.conf > w.conf && signet --config w.conf whoami");
	JUDGE(4, "echo 'colour = \"red\"' > w.conf && signet --config w.conf whoami");
	HEARD("w.conf:1: no such option 'colour'; signet(1)");
	JUDGE(4, "signet --config none.conf whoami");
	HEARD("none.conf cannot be read");
	JUDGE(4, "sed 's|^certificate.*|certificate = \"doc.txt\"|' base.conf > w.conf && signet "
		 "--config w.conf whoami");
	HEARD("is not a PKCS#12 file");
}

static void
name_and_password_do_as_well_as_a_certificate(void)
{
	JUDGE(0,
	    "sed -n 's|^  demo/erp *||p' ../credentials.txt > erp.password && "
	    "sed '/^certificate/d; /^passphrase/d; s|\"pki/|\"../pki/|' ../client.conf > p.conf && "
	    "printf 'user = \"demo/erp\"\\npassword-file = \"erp.password\"\\n' >> p.conf && "
	    "signet --config p.conf whoami && signet --config p.conf sign --force -o p.p7s "
	    "doc.txt && signet verify -d doc.txt p.p7s");
	HEARD("known by  Password");
	JUDGE(3, "echo wrong > erp.password && signet --config p.conf whoami");
	HEARD("password");
}

static void
a_wrong_command_line_says_what_would_be_right(void)
{
	static const struct {
		const char *arguments, *says;
	} rows[] = { { "", "which command?" }, { "sing doc.txt", "there is no command sing" },
		{ "sign", "name a file" }, { "verify", "name a file" },
		{ "sign --levle B doc.txt", "there is no option --levle" },
		{ "sign -z doc.txt", "there is no option -z" }, { "sign --level", "needs a value" },
		{ "sign --level C doc.txt", "--level takes None, B, T, LT or LTA, not C" },
		{ "sign --pss=yes doc.txt", "takes no value" },
		{ "sign -o x doc.txt doc.xml", "-o goes with one file only" },
		{ "sign --request-id 1 doc.txt doc.xml", "one file only" },
		{ "sign --rectangle 1,2,3 doc.pdf", "left,bottom,right,top" },
		{ "sign --rectangle 1,2,3,4 --page 0 doc.pdf", "--page takes a number from 1" },
		{ "sign --text words doc.pdf", "say where by --rectangle" },
		{ "sign --image none.png doc.pdf", "none.png cannot be read" },
		{ "sign --password-file none doc.pdf", "none cannot be read" },
		{ "timestamp", "name a file" },
		{ "timestamp --pdf --asics doc.pdf", "either --pdf or" },
		{ "verify-timestamp f.tst", "-d FILE" }, { "certificate", "name a file" },
		{ "certificate --purpose All ca.pem", "--purpose takes Any" },
		{ "keys a b", "name one key" }, { "whoami me", "takes no argument" },
		{ "certificate -t now ca.pem", "--time takes a time" },
		{ "case find --since yesterday", "--since takes a time" },
		{ "completion fish", "completion bash" },
		{ "--colour sign", "no option --colour" } };
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		JUDGE(4, "signet %s", rows[i].arguments);
		HEARD(rows[i].says);
		/* The same as JSON, with nothing else on standard output. */
		JUDGE(4, "signet --json %s 2>/dev/null", rows[i].arguments);
		json_t *json = json_loads(judges_said(), 0, NULL);

		CU_ASSERT_STRING_NOT_EQUAL(judges_text(json, "error.message"), "");
		json_decref(json);
	}
}

static void
help_is_there_for_all_and_needs_no_server(void)
{
	static const char *const commands[] = { "sign", "verify", "timestamp", "verify-timestamp",
		"certificate", "case", "counter-sign", "extend", "original", "decrypt", "keys",
		"whoami", "trust-list", "trust", "catalogue", "completion" };
	size_t i;

	JUDGE(0, "signet --config none --help");
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		HEARD(commands[i]);
	HEARD("Exit codes");
	HEARD("ca-file");
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		JUDGE(0, "signet --config none %s --help", commands[i]);
		HEARD("usage: signet");
		JUDGE(0, "signet help %s", commands[i]);
	}
	JUDGE(0, "signet --version");
	HEARD(SIGNET_VERSION);
}

/* ---- JSON ---- */

static void
json_parses_everywhere(void)
{
	static const char *const rows[] = { "whoami", "keys", "keys demo-rsa", "keys nobodys",
		"sign --force -o j.p7s doc.txt", "sign -o j.p7s doc.txt", "verify -d doc.txt j.p7s",
		"verify doc.pdf", "verify doc.txt", "verify none",
		"timestamp --force -o j.tst doc.txt", "timestamp --pdf --force -o j.pdf doc.pdf",
		"timestamp --asics --force -o j.asics doc.txt", "verify-timestamp -d doc.txt j.tst",
		"verify-timestamp -d doc.xml j.tst", "verify-timestamp -d doc.txt doc.txt",
		"certificate ca.pem", "certificate doc.txt", "sign --key nobodys --force doc.txt",
		("sign --format CMS --packaging Enveloping "
		 "--force -o j.p7m doc.txt"),
		"extend --level T --force -o k.p7m j.p7m", "extend none",
		"counter-sign --force -o k.p7m j.p7m", "counter-sign doc.txt",
		"original --force -o k.txt j.p7m", "original doc.txt", "decrypt doc.txt",
		"verify --store k.p7m", "case find --limit 1", "case find --limit none",
		"case show none", "case check none", "case export none here", "trust diff a b",
		"trust", "catalogue export --force -o k.xml", "catalogue check k.xml",
		"catalogue check doc.txt", "trust-list create none" };
	json_error_t wrong;
	json_t *json;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		JUDGE(0,
		    "signet --json %s 2>j.err >j.out; test $? -le 4 && test ! -s j.err && wc -l < "
		    "j.out",
		    rows[i]);
		CU_ASSERT_EQUAL(atoi(judges_said()), 1); /* one line */
		JUDGE(0, "cat j.out");
		json = json_loads(judges_said(), 0, &wrong);
		CU_ASSERT_PTR_NOT_NULL(json);
		if (json == NULL)
			fprintf(stderr, "%s: %s: %s\n", rows[i], wrong.text, judges_said());
		json_decref(json);
	}
	/* Where the document is on standard output, the report is not. */
	JUDGE(0,
	    "signet --json sign -o - doc.txt > j.p7s 2> j.err && signet verify -d doc.txt j.p7s && "
	    "cat j.err");
	HEARD("\"signatureId\"");
}

/* ---- files ---- */

static void
files_are_replaced_only_when_asked(void)
{
	JUDGE(4, "echo mine > taken && signet sign -o taken doc.txt");
	HEARD("taken exists already; --force replaces it");
	JUDGE(0, "grep -x mine taken && signet sign --force -o taken doc.txt && signet verify -d "
		 "doc.txt taken");
	JUDGE(4, "signet timestamp -o taken doc.txt");
	JUDGE(4, "rm -f here.txt.p7s; cp doc.txt here.txt && signet sign here.txt && signet sign "
		 "here.txt");
	HEARD("here.txt.p7s exists already");
}

static void
a_failure_leaves_no_file_behind(void)
{
	JUDGE(0, "mkdir -p clean && cp doc.txt doc.pdf clean");
	JUDGE(3, "signet sign --key nobodys clean/doc.txt");
	JUDGE(3, "signet sign --format PDF clean/doc.txt");
	JUDGE(3, "signet sign --packaging Enveloped --format CMS clean/doc.txt");
	JUDGE(5, "signet --config away.conf sign clean/doc.txt");
	JUDGE(4, "signet sign -o clean/no/such/folder doc.txt");
	JUDGE(0, "ls -A clean | sort | tr '\\n' ' '");
	CU_ASSERT_STRING_EQUAL(judges_said(), "doc.pdf doc.txt ");
}

/* The file beside the result goes with the program that an impatient user ends. */
static void
an_interrupt_leaves_no_file_behind(void)
{
	char *program = realpath(live_program("signet"), NULL);

	JUDGE(0,
	    "rm -rf stop && mkdir stop && mkfifo stop/in || exit 1; "
	    "( exec '%s' --config ../client.conf sign -o stop/out stop/in ) & "
	    "exec 3>stop/in; head -c 100000 /dev/zero >&3; "
	    "until ls stop/out.* >/dev/null 2>&1; do :; done; kill -TERM $!; wait $! 2>/dev/null; "
	    "test $? -gt 128 && ls stop | tr '\\n' ' '",
	    program);
	free(program);
	HEARD("in ");
	CU_ASSERT_PTR_NULL(strstr(judges_said(), "out"));
}

static void
standard_input_and_output_do_as_well_as_files(void)
{
	JUDGE(0, "cat doc.txt | signet sign - > s.p7s && signet verify -d doc.txt s.p7s");
	JUDGE(0, "signet verify -d doc.txt - < s.p7s");
	JUDGE(0, "cat s.p7s | signet verify -d doc.txt -");
	JUDGE(0, "cat doc.txt | signet verify -d - s.p7s");
	JUDGE(0, "cat doc.pdf | signet sign --format PDF - | signet verify -");
	JUDGE(0, "signet sign --format XML -o - doc.xml | signet verify -");
	JUDGE(0,
	    "cat doc.txt | signet timestamp - > s.tst && signet verify-timestamp -d doc.txt s.tst");
	JUDGE(0, ": | signet sign --format CMS - > e.p7s && : > e && signet verify -d e e.p7s");
	JUDGE(2, ": | signet verify -d doc.txt - ; test $? = 3 && exit 2");
}

static void
a_request_id_signs_once(void)
{
	JUDGE(0,
	    "signet sign --request-id order-1 --force -o r1 doc.txt && signet sign --request-id "
	    "order-1 --force -o r2 doc.txt && cmp r1 r2 && signet sign --request-id order-2 "
	    "--force -o r3 doc.txt");
	JUDGE(3, "signet sign --request-id order-1 -o r4 doc.pdf --format CMS");
	JUDGE(1, "test -e r4");
}

static void
the_time_to_judge_for_counts(void)
{
	JUDGE(0, "signet sign --level T --force -o t.p7s doc.txt");
	JUDGE(0, "signet verify --time $(date -u +%%Y-%%m-%%dT%%H:%%M:%%SZ) -d doc.txt t.p7s");
	JUDGE(1, "signet verify --time 2001-01-01T00:00:00Z -d doc.txt t.p7s");
	JUDGE(3, "signet verify --time 2101-01-01T00:00:00Z -d doc.txt t.p7s");
	HEARD("--time lies in the future");
	JUDGE(4, "signet verify -t yesterday -d doc.txt t.p7s");
	HEARD("--time takes a time such as 2026-03-01T12:00:00Z, not yesterday");
	JUDGE(3, "signet verify --policy lax -d doc.txt t.p7s");
	HEARD("lax");
}

/* ---- long documents ---- */

/*
 * The most memory, in KB, that `signet ARGUMENTS` had; -1 when it failed. Asked of a small program
 * in between: a child's maximum counts what it had of its parent before exec, and this process is
 * large by now.
 */
static long
memory_of(const char *arguments)
{
	char *program = realpath(live_program("signet"), NULL);
	int ok = judges_run(0,
	    "python3 -c 'import resource, subprocess, sys; code = subprocess.call(sys.argv[1:]); "
	    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(code)' "
	    "'%s' --config ../client.conf --quiet %s",
	    program, arguments);

	free(program);
	return ok ? atol(judges_said()) : -1;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SMALL_KB LONG_MAX /* what the sanitizers need counts as well */
#else
#define SMALL_KB (32 * 1024)
#endif
#define ASSERT_SMALL(arguments)                                                                    \
	do {                                                                                       \
		long kb_ = memory_of(arguments);                                                   \
		CU_ASSERT(kb_ > 0 && kb_ < SMALL_KB);                                              \
		if (kb_ >= SMALL_KB)                                                               \
			fprintf(stderr, "%ld KB: %s\n", kb_, arguments);                           \
	} while (0)

static void
a_document_of_300_mb_needs_little_memory(void)
{
	JUDGE(0, "truncate -s 300M big");
	ASSERT_SMALL("sign --force -o big.p7s big");
	ASSERT_SMALL("verify -d big big.p7s");
	ASSERT_SMALL("timestamp --force -o big.tst big");
	ASSERT_SMALL("verify-timestamp -d big big.tst");
	JUDGE(0, "openssl cms -verify -cades -binary -inform DER -in big.p7s -content big -CAfile "
		 "ca.pem -out /dev/null");
	JUDGE(0,
	    "cat big | signet sign --format CMS - > piped.p7s && signet verify -d big piped.p7s");
	JUDGE(1,
	    "printf x | dd of=big bs=1 seek=200000000 conv=notrunc 2>/dev/null; signet verify -d "
	    "big big.p7s");
	JUDGE(0, "rm big");
}

static void
a_result_of_20_mb_comes_back_in_little_memory(void)
{
	JUDGE(0, "truncate -s 20M middle");
	ASSERT_SMALL("sign --packaging=Enveloping --force --output=middle.p7m middle");
	ASSERT_SMALL("verify middle.p7m");
	JUDGE(0,
	    "openssl cms -verify -cades -binary -inform DER -in middle.p7m -CAfile ca.pem -out "
	    "got && cmp got middle; rm -f got middle middle.p7m");
}

/* The answer comes while the document is still on its way: it is heard, not the broken pipe. */
static void
what_the_server_says_against_a_long_document_is_heard(void)
{
	JUDGE(0, "truncate -s 400M big");
	JUDGE(3, "signet sign --format XML --packaging Enveloping -o never big");
	HEARD("limit-document");
	JUDGE(3, "cat big | signet sign --format XML --packaging Enveloping -o never -");
	HEARD("limit-document");
	JUDGE(3, "signet sign --key nobodys --format CMS -o never big");
	HEARD("nobodys");
	JUDGE(3, "signet sign --key nobodys --format CMS big doc.txt -f; test $? = 3 && exit 3");
	JUDGE(1, "test -e never || ls | grep -q 'never[.]'");
	JUDGE(0, "rm big");
}

/* ---- certificates ---- */

/* end.pem under inter.pem under the installation's CA; chain.pem is all, keyed.pem with end's key.
 */
static void
make_chain(void)
{
	CU_ASSERT_EQUAL(judges_issue("inter", "-algorithm EC -pkeyopt ec_paramgen_curve:P-256",
			    "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n"
			    "2.5.29.56=DER:05:00"),
	    1);
	JUDGE(0,
	    "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=end -keyout "
	    "end.key -out end.csr && printf 'keyUsage=critical,nonRepudiation\\n2.5.29.56="
	    "DER:05:00\\n' > end.cnf && openssl x509 -req -in end.csr -CA inter.pem -CAkey "
	    "inter.key -set_serial 7 -days 2 -extfile end.cnf -out end.pem && cat end.pem "
	    "inter.pem ca.pem > chain.pem && cat end.key chain.pem > keyed.pem");
}

static void
a_pem_file_is_a_certificate_with_its_chain(void)
{
	make_chain();
	JUDGE(2, "signet certificate -u Signing end.pem");
	HEARD("NO_CERTIFICATE_CHAIN_FOUND");
	/* With it there is a path. (Nobody says whether a CA without a CRL is revoked.) */
	JUDGE(2, "signet certificate -u Signing chain.pem");
	HEARD("CN=Signet internal CA");
	JUDGE(2, "signet certificate -u Signing -i inter.pem end.pem");
	HEARD("CN=Signet internal CA");
	JUDGE(0, "openssl x509 -in ca.pem -outform DER -out ca.der && signet certificate ca.der && "
		 "cat ca.pem inter.pem > two.pem && signet certificate two.pem");
	/* Each file's chain is its own. */
	JUDGE(2, "signet certificate -u Signing chain.pem end.pem");
	HEARD("end.pem: Indeterminate / NO_CERTIFICATE_CHAIN_FOUND");
	JUDGE(4, "sed '/^-----END/d' inter.pem | cat end.pem - > broken.pem; signet certificate "
		 "broken.pem");
	HEARD("broken.pem holds a PEM certificate that does not decode");
	JUDGE(
	    4, "for i in $(seq 102); do cat end.pem; done > many.pem; signet certificate many.pem");
	HEARD("100 certificates");
}

/* Stands in for the server, keeps what it is sent in `sent` and says nothing. */
#define LISTENER                                                                                   \
	"openssl pkcs12 -in ../keys/tls.p12 -passin file:../keys/tls.pass -nodes -nocerts -out "   \
	"tls.key && cat > listener.py <<'END'\n"                                                   \
	"import os, socket, ssl\n"                                                                 \
	"context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\n"                                      \
	"context.load_cert_chain('../pki/tls.pem', 'tls.key')\n"                                   \
	"server = socket.create_server(('127.0.0.1', 0))\n"                                        \
	"server.settimeout(20)\n"                                                                  \
	"print(server.getsockname()[1], flush=True)\n"                                             \
	"if os.fork() == 0:\n"                                                                     \
	"    os.dup2(os.open('/dev/null', os.O_RDWR), 1)\n"                                        \
	"    os.dup2(1, 2)\n"                                                                      \
	"    peer, data = context.wrap_socket(server.accept()[0], server_side=True), b''\n"        \
	"    while b'Envelope>' not in data:\n"                                                    \
	"        data += peer.recv(65536) or b'Envelope>'\n"                                       \
	"    open('sent', 'wb').write(data)\n"                                                     \
	"END\n"

static void
a_key_beside_a_certificate_is_not_sent(void)
{
	make_chain();
	JUDGE(5, LISTENER
	    "rm -f sent; port=$(python3 listener.py) && sed \"s|^endpoint.*|endpoint = "
	    "'https://localhost:$port/'|; s|\\\"pki/|\\\"../pki/|\" ../client.conf > l.conf "
	    "&& signet --config l.conf certificate -i keyed.pem keyed.pem");
	JUDGE(0,
	    "python3 -c \"import base64, re; sent = open('sent', 'rb').read(); parts = [sent] + "
	    "[base64.b64decode(x + b'===') for x in re.findall(rb'[A-Za-z0-9+/]{60,}', sent)]; "
	    "der = lambda f: base64.b64decode(''.join(l for l in open(f).read().split('\\n') if "
	    "'-' not in l)); held = lambda x: any(x in p for p in parts); assert "
	    "held(der('end.pem')); assert held(der('inter.pem')); assert not "
	    "held(der('end.key')); assert not held(b'PRIVATE')\"");
}

/* ---- the shell ---- */

#define COMPLETE                                                                                   \
	"cat > complete.bash <<'END'\nsource <(signet completion bash)\n"                          \
	"COMP_WORDS=(\"$@\") COMP_CWORD=$(($# - 1))\n_signet\necho \"${COMPREPLY[@]}\"\nEND\n"     \
	"complete() { bash -c \"signet() { '%s' \\\"\\$@\\\"; }; $(cat complete.bash)\" bash-c "   \
	"\"$@\"; }; "

static void
assert_completes(const char *words, const char *expected)
{
	char *program = realpath(live_program("signet"), NULL);

	JUDGE(0, COMPLETE "complete %s", program, words);
	HEARD(expected);
	free(program);
}

static void
bash_completes_commands_options_and_words(void)
{
	JUDGE(0, "mkdir -p folder");
	assert_completes("signet ''", "sign verify timestamp");
	assert_completes("signet ver", "verify verify-timestamp");
	assert_completes("signet sign --le", "--level");
	assert_completes("signet sign --level ''", "None B T LT LTA");
	assert_completes("signet --json sign --packaging Env", "Enveloped Enveloping");
	assert_completes("signet sign --level T --digest SHA3-", "SHA3-256 SHA3-384 SHA3-512");
	assert_completes("signet certificate -u Tls", "TlsClient TlsServer");
	assert_completes("signet verify -d doc.t", "doc.txt");
	assert_completes("signet verify doc.p", "doc.pdf");
	assert_completes("signet --js", "--json");
	assert_completes("signet completion ''", "bash");
	assert_completes("signet case ''", "find show check export");
	assert_completes("signet case fi", "find");
	assert_completes("signet case find --si", "--signer --since");
	assert_completes("signet catalogue ''", "check export");
	assert_completes("signet catalogue check doc.t", "doc.txt");
	assert_completes("signet trust ''", "diff");
	assert_completes("signet trust-list ''", "create");
	assert_completes("signet help orig", "original");
	assert_completes("signet original --directory fold", "folder");
	assert_completes("signet verify --replay doc.x", "doc.xml");
}

/* ---- the bar ---- */

/* script(1) gives a terminal; without one nothing but words is written. */
static void
a_bar_is_drawn_on_a_terminal_only(void)
{
	char *program = realpath(live_program("signet"), NULL);

	JUDGE(0,
	    "truncate -s 500M long && signet sign --force -o long.p7s long 2> errors && test ! -s "
	    "errors");
	JUDGE(0,
	    "script -qec \"'%s' --config ../client.conf verify -d long long.p7s\" typescript "
	    ">/dev/null && grep -a '####' typescript && grep -a TotalPassed typescript",
	    program);
	JUDGE(0,
	    "script -qec \"'%s' --config ../client.conf verify -d long long.p7s long.p7s\" "
	    "typescript >/dev/null && grep -aF '[2/2]' typescript",
	    program);
	JUDGE(1,
	    "script -qec \"'%s' --config ../client.conf --quiet verify -d long long.p7s\" "
	    "typescript >/dev/null; grep -a '#' typescript",
	    program);
	JUDGE(0, "rm -f long long.p7s typescript");
	free(program);
}

static const struct test tests[] = { TEST(each_exit_code_means_what_the_manual_says),
	TEST(of_several_documents_the_worst_verdict_counts),
	TEST(an_unreachable_server_is_told_apart_and_named),
	TEST(a_wrong_configuration_says_which_part),
	TEST(name_and_password_do_as_well_as_a_certificate),
	TEST(a_wrong_command_line_says_what_would_be_right),
	TEST(help_is_there_for_all_and_needs_no_server), TEST(json_parses_everywhere),
	TEST(files_are_replaced_only_when_asked), TEST(a_failure_leaves_no_file_behind),
	TEST(an_interrupt_leaves_no_file_behind),
	TEST(standard_input_and_output_do_as_well_as_files), TEST(a_request_id_signs_once),
	TEST(the_time_to_judge_for_counts), TEST(a_document_of_300_mb_needs_little_memory),
	TEST(a_result_of_20_mb_comes_back_in_little_memory),
	TEST(what_the_server_says_against_a_long_document_is_heard),
	TEST(a_pem_file_is_a_certificate_with_its_chain),
	TEST(a_key_beside_a_certificate_is_not_sent),
	TEST(bash_completes_commands_options_and_words), TEST(a_bar_is_drawn_on_a_terminal_only),
	TEST_END };
const struct suite suite_system_command = { "system/command", setup, NULL, tests };
