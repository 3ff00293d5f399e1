"""What both sides work on: a PKI, documents, a running Signet, the EU DSS as a program."""
import datetime
import http.server
import json
import os
import socket
import subprocess
import threading
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID as EKU

SECRET = b"sides"
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
KEYS = {
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "ec": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "p521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "bp256": lambda: ec.generate_private_key(ec.BrainpoolP256R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "ed448": ed448.Ed448PrivateKey.generate,
    "tsa": lambda: rsa.generate_private_key(65537, 2048),
}


class Lists(http.server.BaseHTTPRequestHandler):
    """The CRL, whatever is asked for."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/pkix-crl")
        self.end_headers()
        self.wfile.write(self.server.crl)

    def log_message(self, *args):
        pass


def make_pki(folder):
    """A CA with a CRL over HTTP, a signer of each key type, a time-stamp authority: NAME.p12, ca.pem."""
    os.makedirs(folder, exist_ok=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Lists)
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    day = datetime.timedelta(days=1)
    url = "http://127.0.0.1:%d/ca.crl" % server.server_port
    ca_key = rsa.generate_private_key(65537, 3072)
    ca_name = x509.Name.from_rfc4514_string("CN=Sides CA,O=Sides")

    def start(name, key):
        return (x509.CertificateBuilder().subject_name(name).issuer_name(ca_name).public_key(key)
                .serial_number(x509.random_serial_number()).not_valid_before(now - day)
                .not_valid_after(now + 300 * day)
                .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), False)
                .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), False))

    def usage(*wanted):
        names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
                 "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
        return x509.KeyUsage(**{n: n in wanted for n in names})

    ca = (start(ca_name, ca_key.public_key()).add_extension(x509.BasicConstraints(True, None), True)
          .add_extension(usage("key_cert_sign", "crl_sign"), True).sign(ca_key, hashes.SHA256()))
    with open(folder + "/ca.pem", "wb") as f:
        f.write(ca.public_bytes(serialization.Encoding.PEM))
    for name, make in KEYS.items():
        key = make()
        b = start(x509.Name.from_rfc4514_string("CN=Sides %s,O=Sides" % name), key.public_key())
        b = b.add_extension(x509.BasicConstraints(False, None), True).add_extension(x509.CRLDistributionPoints(
            [x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None)]), False)
        if name == "tsa":
            b = b.add_extension(x509.ExtendedKeyUsage([EKU.TIME_STAMPING]), True).add_extension(
                usage("digital_signature"), True)
        else:
            b = b.add_extension(usage("digital_signature", "content_commitment"), True).add_extension(
                x509.ExtendedKeyUsage([EKU.EMAIL_PROTECTION]), False)
        cert = b.sign(ca_key, hashes.SHA256())
        with open("%s/%s.p12" % (folder, name), "wb") as f:
            f.write(pkcs12.serialize_key_and_certificates(
                b"sides", key, cert, [ca], serialization.BestAvailableEncryption(SECRET)))
        with open("%s/%s.pem" % (folder, name), "wb") as f:
            f.write(cert.public_bytes(serialization.Encoding.PEM))
    crl = x509.CertificateRevocationListBuilder().issuer_name(ca_name).last_update(now - day / 24).next_update(
        now + 7 * day).add_extension(x509.CRLNumber(1), False).add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), False).sign(ca_key, hashes.SHA256())
    server.crl = crl.public_bytes(serialization.Encoding.DER)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def pdf(objects, first="%PDF-1.7\n"):
    """A PDF of objects that are given as text, the catalog first."""
    out, at = first.encode() + b"%\xe2\xe3\xcf\xd3\n", []
    for n, text in enumerate(objects, 1):
        at.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (n, text.encode())
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % a for a in at)
    return out + b"trailer\n<</Size %d/Root 1 0 R/ID[<%s><%s>]>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, b"0123456789abcdef" * 2, b"0123456789abcdef" * 2, table)


def make_documents(folder):
    os.makedirs(folder, exist_ok=True)
    def put(name, data):
        with open(os.path.join(folder, name), "wb") as f:
            f.write(data)
    text = "BT /F1 24 Tf 100 700 Td (Order 4711) Tj ET"
    page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 5 0 R/Resources<</Font<</F1 6 0 R>>>>>>"
    objects = ["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>", page, page,
               "<</Length %d>>\nstream\n%s\nendstream" % (len(text), text),
               "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    put("doc.txt", b"".join(b"line %d of the order\n" % i for i in range(50)))
    put("doc.xml", '<?xml version="1.0" encoding="UTF-8"?>\n<order xmlns="urn:example:order" xmlns:x="urn:more" '
        'Id="all">\n  <!-- a remark -->\n  <item Id="one" x:kind=\'a\'>\u00e4 &amp; b &lt; c</item>\r\n  <item Id="two">'
        '<x:part n="1"/><![CDATA[raw <text>]]></item>\n</order>\n'.encode())
    put("doc.pdf", pdf(objects))
    for name, arguments in (("streams", "--object-streams=generate"), ("linear", "--linearize"),
                            ("secret128", "--encrypt user owner 128 --use-aes=y --"),
                            ("secret256", "--encrypt user owner 256 --")):
        subprocess.run(["qpdf", *arguments.split(), "doc.pdf", name + ".pdf"], cwd=folder, check=True)


class Dss:
    """The Java program beside this file."""

    def __init__(self, out):
        with open(out + "/classpath") as f:
            path = out + "/classes:" + f.read().strip()
        self.start = ["java", "-Xmx1g", "-cp", path, "Sides"]

    def run(self, *arguments, rows=None):
        said = subprocess.run(self.start + list(arguments), capture_output=True, text=True,
                              input="".join("\t".join(r) + "\n" for r in rows) if rows is not None else "")
        if said.returncode != 0:
            raise SystemExit("DSS: " + said.stderr[-2000:])
        return said

    def judge(self, anchors, rows, online=True):
        """What it says of (name, file, detached, password[, time]), by name."""
        said = self.run("judge", anchors, "online" if online else "offline", rows=rows)
        return {v["name"]: v for v in map(json.loads, said.stdout.splitlines())}


def free_ports(count):
    """Ports that nobody listens on: several installations may be served on one machine."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class Signet:
    """A demo installation in a folder, served while this object lives, or one that runs already."""

    def __init__(self, build, folder, keys=()):
        self.program, self.folder = os.path.join(build, "signet"), folder
        self.build, self.server = build, None
        if not os.environ.get("SIGNET_RUN"):
            env = dict(os.environ, SIGNET_RUN=folder,
                       SIGNET_RUN_INIT="--port %d --crl-port %d " % tuple(free_ports(2)) +
                       " ".join("--extra-key %s" % k for k in keys))
            self.server = subprocess.Popen([ROOT + "/server/init/demo", build], cwd=ROOT, env=env,
                                           stdout=open(folder + ".log", "w"), stderr=subprocess.STDOUT)
            while "Ctrl-C stops" not in open(folder + ".log").read():
                if self.server.poll() is not None:
                    raise SystemExit("no server: see %s.log" % folder)
                time.sleep(0.2)

    def close(self):
        if self.server is not None:
            self.server.terminate()
            self.server.wait()

    def memory(self):
        """MB that are its own, of all its processes: those whose command line names its configuration."""
        total = 0
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/cmdline" % pid) as f:
                    if self.folder + "/signetd.conf" not in f.read():
                        continue
                with open("/proc/%s/smaps_rollup" % pid) as f:
                    total += next(int(line.split()[1]) for line in f if line.startswith("Pss:"))
            except OSError:
                pass
        return total // 1024

    def call(self, *arguments):
        return subprocess.run([self.program, "--config", self.folder + "/client.conf", *arguments],
                              capture_output=True, text=True)

    def trust(self, name, certificate):
        cluster = open(self.folder + "/pg-location").read().strip().rsplit("-", 1)[1]
        done = subprocess.run([self.build + "/signet-init", "trust", "anchor", "add", "--tenant", "demo", name,
                               certificate, "--usage", "Signing,Timestamping", "--database",
                               "host=/tmp/signet-%s port=5432 user=signet_admin dbname=postgres" % cluster],
                              env=dict(os.environ, PGPASSWORD=open(self.folder + "/pg-password").read().strip()),
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(done.stderr)

    def judge(self, rows):
        """Its verdicts on (name, file, detached, password[, time]), by name; what fits goes in one call."""
        calls, found = {}, {}
        for row in rows:
            key = (row[2], row[3], row[4] if len(row) > 4 and row[4][:1] == "2" else "-")
            calls.setdefault(key, []).append(row)
        for (detached, password, at), group in calls.items():
            arguments = ["--json", "verify"]
            for d in detached.split("|") if detached != "-" else []:
                arguments += ["-d", d]
            if at != "-":
                arguments += ["-t", at]
            if password != "-":
                with open(self.folder + "/password", "w") as f:
                    f.write(password + "\n")
                arguments += ["--password-file", f.name]
            for n in range(0, len(group), 50):
                self.call_for(group[n:n + 50], arguments, found)
        return found

    def call_for(self, rows, arguments, found):
        said = self.call(*arguments, *[r[1] for r in rows])
        lines = [json.loads(line) for line in said.stdout.splitlines() if line.startswith("{")]
        if len(lines) == len(rows):
            found.update((r[0], v if "indication" in v else {"error": json.dumps(v)}) for r, v in zip(rows, lines))
        elif len(rows) > 1:
            for r in rows:
                self.call_for([r], arguments, found)
        else:
            found[rows[0][0]] = {"error": (said.stdout + said.stderr).strip()}
