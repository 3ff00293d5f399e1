"""What Signet makes, for the others to judge: every format and level, and what they are extended to."""
import base64
import os
import re
import subprocess

LEVELS = ["B", "T", "LT", "LTA"]
SIGN = """<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:signet:v1"><soap:Body>
<SignDocument><parameters>%s</parameters><document><name>%s</name><content>%s</content></document></SignDocument>
</soap:Body></soap:Envelope>"""
PLACE = "<productionPlace><city>Bonn</city><stateOrProvince>NRW</stateOrProvince><postalCode>53113</postalCode>" \
    "<country>DE</country></productionPlace>"
COMMITMENT = "<commitmentType>1.2.840.113549.1.9.16.6.5</commitmentType>"
POLICY = "<signaturePolicy><identifier>1.2.3.4.5</identifier><digestMethod>SHA256</digestMethod><digestValue>%s" \
    "</digestValue><uri>http://127.0.0.1:1/policy</uri></signaturePolicy>" % base64.b64encode(b"p" * 32).decode()


class Ours:
    """Rows (name, file, detached, password, level, count) of what was made; `refused` has what was not."""

    def __init__(self, signet, documents, out):
        self.signet, self.documents, self.out, self.rows, self.refused = signet, documents, out, [], []

    def path(self, name):
        return os.path.join(self.documents, name)

    def made(self, name, source, detached, level, count, *arguments, password=None):
        """Sign, extend or counter-sign `source` into `name`; the path, for the next step, or None."""
        file = os.path.join(self.out, name)
        if source is None:
            return None
        arguments = list(arguments)
        if password is not None:
            with open(self.out + ".password", "w") as f:
                f.write(password + "\n")
            arguments += ["--password-file", f.name]
        said = self.signet.call(*arguments, "-f", "-o", file, source)
        if said.returncode != 0:
            self.refused.append("%s: %s" % (name, said.stderr.strip()))
            return None
        self.rows.append((name, file, detached, password or "-", level, str(count)))
        return file

    def asked(self, name, source, detached, level, parameters):
        """The same by SOAP, for parameters that the command line does not have."""
        with open(self.path(source), "rb") as f:
            text = SIGN % (parameters, source, base64.b64encode(f.read()).decode())
        folder = self.signet.folder
        with open(folder + "/client.conf") as f:
            url = re.search('endpoint = "(.*)"', f.read()).group(1)
        said = subprocess.run(["curl", "-s", "--noproxy", "*", "--cacert", folder + "/pki/ca.pem", "--cert",
                               folder + "/pki/erp.pem", "-H", "Content-Type: text/xml", "--data-binary", "@-", url],
                              input=text.encode(), capture_output=True).stdout
        found = re.search(rb"<(?:\w+:)?content>([^<]*)<", said)
        inline = found.group(1) if found else None
        if inline is None:
            self.refused.append("%s: %s" % (name, said[-300:].decode(errors="replace")))
            return
        file = os.path.join(self.out, name)
        with open(file, "wb") as f:
            f.write(base64.b64decode(inline))
        self.rows.append((name, file, detached, "-", level, "1"))

    def ladder(self, name, end, file, detached, original):
        """From each level to each higher one, and LTA renewed twice. `file` is signed at B."""
        for to in ("T", "LT", "LTA"):
            at = self.made("%s-B-to-%s%s" % (name, to, end), file, detached, to, 1, "extend", "--level", to, *original)
            if to == "LTA":
                for n in (1, 2):
                    at = self.made("%s-renewed-%d%s" % (name, n, end), at, detached, "LTA", 1, "extend", *original)
        at = file
        for to in ("T", "LT", "LTA"):
            at = self.made("%s-step-%s%s" % (name, to, end), at, detached, to, 1, "extend", "--level", to, *original)

    def counters(self, name, end, file, detached, original):
        for level in ("B", "T"):
            at = self.made("%s-counter-%s%s" % (name, level, end), file, detached, "B", 2, "counter-sign", "--key",
                           "demo-ec", "--level", level, *original)
            self.made("%s-counter-%s-LTA%s" % (name, level, end), at, detached, "LTA", 2, "extend", *original)

    def keys(self, name, end, source, detached, *arguments):
        for key in ("demo-rsa", "demo-ec", "p384", "p521", "bp256", "pss"):
            for digest in ("SHA256", "SHA384", "SHA512", "SHA3-256", "SHA3-384", "SHA3-512"):
                self.made("%s-%s-%s%s" % (name, key, digest, end), source, detached, "B", 1, "sign", "--key", key,
                          "--digest", digest, *(["--pss"] if key == "pss" else []), *arguments)

    def cms(self):
        text = self.path("doc.txt")
        for packaging, detached in (("Detached", text), ("Enveloping", "-")):
            form = ["sign", "--format", "CMS", "--packaging", packaging]
            original = ["-d", text] if detached != "-" else []
            made = {}
            for level in LEVELS:
                made[level] = self.made("cades-%s-%s.p7m" % (packaging, level), text, detached, level, 1, *form, "--level", level)
            self.made("cms-%s.p7m" % packaging, text, detached, "-", 1, *form, "--level", "None")
            self.made("cades-%s-chain.p7m" % packaging, text, detached, "LTA", 1, *form, "--level", "LTA", "--chain",
                      "--role", "buyer", "--role", "approver")
            self.ladder("cades-" + packaging, ".p7m", made["B"], detached, original)
            self.counters("cades-" + packaging, ".p7m", made["B"], detached, original)
        self.keys("cades", ".p7m", text, text, "--format", "CMS")
        self.asked("cades-policy.p7m", "doc.txt", text, "LT", "<format>CMS</format><level>LT</level>" + PLACE + COMMITMENT + POLICY)
        self.made("smime.eml", text, "-", "B", 1, "sign", "--format", "SMIME")

    def xml(self):
        doc, text = self.path("doc.xml"), self.path("doc.txt")
        for packaging, detached in (("Enveloped", "-"), ("Enveloping", "-"), ("Detached", doc)):
            form = ["sign", "--format", "XML", "--packaging", packaging]
            original = ["-d", doc] if detached != "-" else []
            made = {}
            for level in LEVELS:
                made[level] = self.made("xades-%s-%s.xml" % (packaging, level), doc, detached, level, 1, *form, "--level", level)
            self.made("xmldsig-%s.xml" % packaging, doc, detached, "-", 1, *form, "--level", "None")
            self.ladder("xades-" + packaging, ".xml", made["B"], detached, original)
            self.counters("xades-" + packaging, ".xml", made["B"], detached, original)
            for method in ("Exclusive", "Inclusive", "Inclusive11"):
                self.made("xades-%s-%s.xml" % (packaging, method), doc, detached, "LTA", 1, *form, "--level", "LTA",
                          "--canonicalization", method)
        self.made("xades-text.xml", text, "-", "LTA", 1, "sign", "--format", "XML", "--packaging", "Enveloping", "--level", "LTA")
        self.made("xades-id.xml", doc, "-", "LTA", 1, "sign", "--format", "XML", "--target-id", "one", "--level", "LTA")
        two = self.made("xades-one-first.xml", doc, "-", "B", 1, "sign", "--format", "XML", "--target-id", "one")
        two = self.made("xades-one-two.xml", two, "-", "B", 2, "sign", "--format", "XML", "--target-id", "two", "--key", "demo-ec")
        self.made("xades-one-two-LTA.xml", two, "-", "LTA", 2, "extend")
        self.keys("xades", ".xml", doc, "-", "--format", "XML")
        self.asked("xades-policy.xml", "doc.xml", "-", "LTA", "<format>XML</format><level>LTA</level><claimedRole>buyer"
                   "</claimedRole>" + PLACE + COMMITMENT + POLICY + "<includeChain>true</includeChain>")

    def pdf(self):
        for name in sorted(os.listdir(self.documents)):
            if not name.endswith(".pdf"):
                continue
            password = "user" if name.startswith("secret") else None
            for level in LEVELS:
                self.made("pades-%s-%s.pdf" % (name[:-4], level), self.path(name), "-", level, 1, "sign", "--format",
                          "PDF", "--level", level, password=password)
        doc = self.path("doc.pdf")
        at = self.made("pades-plain.pdf", doc, "-", "B", 1, "sign", "--reason", "because", "--location", "Bonn", "--contact", "me")
        self.ladder("pades", ".pdf", at, "-", [])
        self.made("pdf-none.pdf", doc, "-", "-", 1, "sign", "--level", "None")
        for level in LEVELS:
            at = doc
            for n in (1, 2, 3):
                at = self.made("pades-signers-%d-%s.pdf" % (n, level), at, "-", level, n, "sign", "--level", level,
                               "--key", "demo-rsa" if n % 2 else "demo-ec")
            for what in ("NoChanges", "FillForms", "Annotate"):
                self.made("pades-certified-%s-%s.pdf" % (what, level), doc, "-", level, 1, "sign", "--certify", what, "--level", level)
        at = self.made("pades-certified.pdf", doc, "-", "B", 1, "sign", "--certify", "FillForms")
        self.made("pades-certified-signed.pdf", at, "-", "B", 2, "sign", "--key", "demo-ec")
        self.made("pades-visible.pdf", doc, "-", "LTA", 1, "sign", "--rectangle", "50,50,250,120", "--text", "Approved \u00e4",
                  "--field", "Approval", "--level", "LTA")
        self.keys("pades", ".pdf", doc, "-", "--format", "PDF")
        self.asked("pades-policy.pdf", "doc.pdf", "-", "LTA", "<format>PDF</format><level>LTA</level>" + COMMITMENT + POLICY)
        self.made("pdf-stamp.pdf", doc, "-", "-", 0, "timestamp", "--pdf")

    def asic(self):
        text = self.path("doc.txt")
        for form, end in (("ASiCS", ".asics"), ("ASiCE", ".asice")):
            for kind in ("cades", "xades"):
                for level in LEVELS:
                    name = "%s-%s-%s%s" % (form, kind, level, end)
                    if kind == "cades":
                        at = self.made(name, text, "-", level, 1, "sign", "--format", form, "--level", level)
                        if level == "B":
                            self.ladder("%s-cades" % form, end, at, "-", [])
                        self.made("%s-cades-two-%s%s" % (form, level, end), at, "-", level, 2, "sign", "--format",
                                  form, "--level", level, "--key", "demo-ec")
                    else:
                        self.asked(name, "doc.txt", "-", level, "<format>%s</format><level>%s</level><xml/>" % (form, level))
                        at = os.path.join(self.out, name)
                        if level == "B" and os.path.exists(at):
                            self.ladder("%s-xades" % form, end, at, "-", [])
