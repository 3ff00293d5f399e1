"""pyHanko as a signer of PDFs in many ways, and as a judge of PDFs."""
import io
import os

from asn1crypto import pem, x509
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers, timestamps, validation
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko_certvalidator import ValidationContext

import world

PADES = SigSeedSubFilter.PADES


def certificate(path):
    with open(path, "rb") as f:
        data = f.read()
    return x509.Certificate.load(pem.unarmor(data)[2] if pem.detect(data) else data)


class Hanko:
    def __init__(self, pki, documents, anchors):
        self.pki, self.documents = pki, documents
        self.roots = [certificate(os.path.join(anchors, a)) for a in os.listdir(anchors)]
        tsa = self.signer("tsa")
        self.stamps = timestamps.DummyTimeStamper(tsa.signing_cert, tsa.signing_key,
                                                  certs_to_embed=tsa.cert_registry)

    def context(self, **more):
        return ValidationContext(trust_roots=self.roots, allow_fetching=True, **more)

    def signer(self, key, **more):
        return signers.SimpleSigner.load_pkcs12(os.path.join(self.pki, key + ".p12"), passphrase=world.SECRET, **more)

    # ---- signing ----

    def sign(self, data, key="rsa", level="B", password=None, spec=None, pss=False, **more):
        w = IncrementalPdfFileWriter(io.BytesIO(data), strict=False)
        if password is not None:
            w.encrypt(password)
        lt = level in ("LT", "LTA")
        meta = dict(field_name="Sig1", subfilter=PADES, md_algorithm="sha256", embed_validation_info=lt,
                    use_pades_lta=level == "LTA", validation_context=self.context() if lt else None)
        meta.update(more)
        out = signers.PdfSigner(signers.PdfSignatureMetadata(**meta), self.signer(key, prefer_pss=pss),
                                timestamper=None if level == "B" else self.stamps,
                                new_field_spec=spec).sign_pdf(w)
        return out.getvalue()

    def field(self, data, spec):
        w = IncrementalPdfFileWriter(io.BytesIO(data))
        fields.append_signature_field(w, spec)
        out = io.BytesIO()
        w.write(out)
        return out.getvalue()

    def ways(self):
        """(name, function, password, level, signatures, is expected to pass)"""
        def doc(name):
            with open(os.path.join(self.documents, name), "rb") as f:
                return f.read()
        plain = doc("doc.pdf")
        for name in sorted(n for n in os.listdir(self.documents) if n.endswith(".pdf")):
            secret = "user" if name.startswith("secret") else None
            for level in ("B", "T", "LT", "LTA"):
                yield ("%s-%s" % (name[:-4], level), lambda n=name, l=level, s=secret: self.sign(
                    doc(n), level=l, password=s), secret, level, 1)
        for key in ("rsa", "ec", "p384", "p521"):
            for digest in ("sha256", "sha384", "sha512", "sha3_256", "sha3_512"):
                yield "%s-%s" % (key, digest), lambda k=key, d=digest: self.sign(plain, k, md_algorithm=d), None, "B", 1
                if key == "rsa":
                    yield "pss-" + digest, lambda d=digest: self.sign(plain, pss=True, md_algorithm=d), None, "B", 1
        for p in (MDPPerm.NO_CHANGES, MDPPerm.FILL_FORMS, MDPPerm.ANNOTATE):
            for level in ("B", "LTA"):
                yield ("certified-%d-%s" % (p.value, level), lambda p=p, l=level: self.sign(
                    plain, level=l, certify=True, docmdp_permissions=p), None, level, 1)
            if p != MDPPerm.NO_CHANGES:
                yield ("certified-%d-signed" % p.value, lambda p=p: self.sign(self.sign(
                    plain, certify=True, docmdp_permissions=p), "ec", field_name="Sig2"), None, "B", 2)
        for n in (2, 5):
            for level in ("B", "T", "LT", "LTA"):
                def many(n=n, level=level):
                    data = plain
                    for i in range(n):
                        data = self.sign(data, "ec" if i % 2 else "rsa", level, field_name="Sig%d" % i)
                    return data
                yield "signers-%d-%s" % (n, level), many, None, level, n
        for action in (fields.FieldMDPAction.ALL, fields.FieldMDPAction.INCLUDE, fields.FieldMDPAction.EXCLUDE):
            names = None if action == fields.FieldMDPAction.ALL else ["Text1"]
            spec = SigFieldSpec("Sig1", field_mdp_spec=fields.FieldMDPSpec(action, fields=names),
                                doc_mdp_update_value=MDPPerm.FILL_FORMS)
            yield "fieldmdp-" + action.value[1:], lambda s=spec: self.sign(self.field(plain, s)), None, "B", 1
        seed = fields.SigSeedValueSpec(flags=fields.SigSeedValFlags.SUBFILTER | fields.SigSeedValFlags.DIGEST_METHOD,
                                       subfilters=[PADES], digest_methods=["sha256"], reasons=["because"])
        yield ("seed", lambda: self.sign(self.field(plain, SigFieldSpec("Sig1", seed_value_dict=seed)),
                                         reason="because"), None, "B", 1)
        yield ("visible", lambda: self.sign(plain, level="LTA", spec=SigFieldSpec(
            "Sig1", on_page=0, box=(50, 50, 250, 120))), None, "LTA", 1)
        yield ("old", lambda: self.sign(plain, subfilter=SigSeedSubFilter.ADOBE_PKCS7_DETACHED,
                                        reason="because", location="Bonn", name="Me", contact_info="it"), None, "-", 1)
        yield ("old-LT", lambda: self.sign(plain, level="LT", subfilter=SigSeedSubFilter.ADOBE_PKCS7_DETACHED),
               None, "-", 1)
        yield ("old-T", lambda: self.sign(plain, level="T", subfilter=SigSeedSubFilter.ADOBE_PKCS7_DETACHED),
               None, "-", 1)

        def renewed():
            r = PdfFileReader(io.BytesIO(self.sign(plain, level="LTA")))
            out = io.BytesIO()
            signers.PdfTimeStamper(self.stamps).update_archival_timestamp_chain(
                r, self.context(), output=out)
            return out.getvalue()
        yield "renewed", renewed, None, "LTA", 1

        def stamped():
            return signers.PdfTimeStamper(self.stamps).timestamp_pdf(
                IncrementalPdfFileWriter(io.BytesIO(plain)), "sha256", self.context()).getvalue()
        yield "stamp", stamped, None, "-", 0

        def annotated(permission):
            w = IncrementalPdfFileWriter(io.BytesIO(self.sign(plain, certify=True, docmdp_permissions=permission)))
            from pyhanko.pdf_utils import generic
            note = w.add_object(generic.DictionaryObject({
                pdf_name("/Type"): pdf_name("/Annot"), pdf_name("/Subtype"): pdf_name("/Text"),
                pdf_name("/Rect"): generic.ArrayObject([generic.NumberObject(n) for n in (10, 10, 30, 30)]),
                pdf_name("/Contents"): generic.TextStringObject("a note")}))
            page = w.root["/Pages"]["/Kids"][0]
            annots = page.get("/Annots", generic.ArrayObject())
            annots.append(note)
            page[pdf_name("/Annots")] = annots
            w.update_container(page)
            out = io.BytesIO()
            w.write(out)
            return out.getvalue()
        yield "note-3", lambda: annotated(MDPPerm.ANNOTATE), None, "B", 1
        yield "note-2", lambda: annotated(MDPPerm.FILL_FORMS), None, "B", 1

    def make(self, out):
        """Rows (name, file, "-", password, level, count)."""
        rows = []
        for name, way, password, level, count in self.ways():
            file = os.path.join(out, "hanko-%s.pdf" % name)
            try:
                data = way()
            except Exception as e:  # told, and not made
                print("pyHanko refuses %s: %r" % (name, e))
                continue
            with open(file, "wb") as f:
                f.write(data)
            rows.append(("hanko-" + name, file, "-", password or "-", level, str(count)))
        return rows

    # ---- judging ----

    def judge(self, row):
        """What is not as it should be, as a list of sentences."""
        wrong = []
        try:
            with open(row[1], "rb") as f:
                r = PdfFileReader(f, strict=True)
                if row[3] != "-":
                    r.decrypt(row[3])
                for s in r.embedded_regular_signatures:
                    status = validation.validate_pdf_signature(s, self.context(), self.context())
                    if not status.bottom_line:
                        wrong.append("pyHanko %s: %s" % (s.field_name, status.summary()))
                for s in r.embedded_timestamp_signatures:
                    status = validation.validate_pdf_timestamp(s, self.context())
                    if not (status.intact and status.valid and status.trusted):
                        wrong.append("pyHanko stamp %s: %s" % (s.field_name, status.summary()))
                if len(r.embedded_regular_signatures) != int(row[5]):
                    wrong.append("pyHanko has %d signatures" % len(r.embedded_regular_signatures))
        except Exception as e:
            wrong.append("pyHanko: %r" % e)
        return wrong
