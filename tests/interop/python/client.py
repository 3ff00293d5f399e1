#!/usr/bin/python3
# SPDX-License-Identifier: MIT-0
"""All operations of Signet by zeep. See ../README.md."""
import argparse
import base64
import hashlib
import os
import sys
import uuid

import requests
import zeep
import zeep.transports
from zeep.wsse.username import UsernameToken

DOCUMENT = b"An invoice over 100 euros.\n"
CHANGED = b"An invoice over 900 euros.\n"
# DOCUMENT, encrypted by CMS for the password "secret": openssl cms -encrypt -pwri_password secret
ENVELOPE = base64.b64decode("""
MIHoBgkqhkiG9w0BBwOggdowgdcCAQMxgYOjgYACAQCgGwYJKoZIhvcNAQUMMA4ECGnrrs84T8GdAgIIADAs
BgsqhkiG9w0BCRADCTAdBglghkgBZQMEASoEELUpbkTyJ8S8KIGxgmMpGScEMMhbP5SNHKmpHjM/mCGgNAH6
Z4VJjdp0RKYcKbU2sb6tGUwpbETe+DIJ6EPeMXdFMjBMBgkqhkiG9w0BBwEwHQYJYIZIAWUDBAEqBBAZjIlt
wR919uPBNR8YI5lYgCA7Fohy1UsNuI7meqJGWIZxRtQyBec17ZYqGWYn8NhxQQ==
""")


def connect(args):
    """One service object for each port of the WSDL."""
    session = requests.Session()
    session.trust_env = False  # or REQUESTS_CA_BUNDLE would override the next line
    session.verify = args.ca or True
    if args.cert:
        session.cert = (args.cert, args.key)
    if args.user and not args.token:
        session.auth = (args.user, args.password)
    token = UsernameToken(args.user, args.password) if args.token else None
    client = zeep.Client(args.wsdl or args.url + "?wsdl",
                         transport=zeep.transports.Transport(session=session), wsse=token)

    def port(name):
        return client.create_service("{urn:signet:v1}%sSoap11" % name, args.url)
    return client, port("Signing"), port("Timestamping"), port("Verification"), port("Access")


def code_of(client, fault):
    """The code of a typed fault: zeep leaves the detail as XML."""
    detail = fault.detail.find("{urn:signet:v1}SignetFault")
    return client.get_element("{urn:signet:v1}SignetFault").parse(detail, client.wsdl.types).code


class Run:
    failed = 0

    def check(self, name, truth, why=""):
        self.failed += not truth
        print("PASS " + name if truth else "FAIL %s: %s" % (name, why), flush=True)


def sign_all(run, client, signing):
    cms = {"format": "CMS", "packaging": "Detached"}
    digest = {"digestMethod": "SHA256", "digestValue": hashlib.sha256(DOCUMENT).digest()}
    document = {"name": "invoice.txt", "content": DOCUMENT}

    keys = signing.ListKeys()
    run.check("ListKeys", len(keys.key) > 0, keys)
    request_id = str(uuid.uuid4())
    signed = signing.SignDocument(requestId=request_id, parameters=cms, document=document)
    run.check("SignDocument", signed.result.major == "Success", signed.result)
    again = signing.SignDocument(requestId=request_id, parameters=cms, document=document)
    run.check("SignDocument repeated", again.signatureId == signed.signatureId, again.signatureId)
    many = signing.SignDocuments(parameters=cms, document=[document, {"content": CHANGED}])
    run.check("SignDocuments", [i.result.major for i in many.item] == ["Success"] * 2, many.result)
    digests = signing.SignDigests(parameters={"format": "CMS"}, digest=[digest, digest])
    run.check("SignDigests", all(i.signatureValue for i in digests.item), digests.result)
    raw = signing.SignDigests(parameters={"format": "Raw"}, digest=[digest])
    run.check("SignDigests Raw", bool(raw.item[0].signatureValue), raw.result)
    opened = signing.DecryptDocument(password="secret", document={"content": ENVELOPE})
    run.check("DecryptDocument", opened.decryptedDocument.content == DOCUMENT, opened.result)
    closed = signing.DecryptDocument(password="Secret", document={"content": ENVELOPE})
    run.check("DecryptDocument closed", closed.decryptedDocument is None and
              closed.result.major == "InsufficientInformation", closed.result)
    try:
        signing.SignDocument(parameters=dict(cms, key="there is no such key"), document=document)
        run.check("fault", False, "an unknown key signs")
    except zeep.exceptions.Fault as fault:
        code = code_of(client, fault)
        run.check("fault", code in ("NotFound", "NotAuthorized"), code)
    return signed


def timestamp_all(run, timestamping, verification):
    digest = {"digestMethod": "SHA256", "digestValue": hashlib.sha256(DOCUMENT).digest()}

    stamp = timestamping.TimestampDigest(digest=digest)
    run.check("TimestampDigest", bool(stamp.timestampToken), stamp.result)
    stamped = timestamping.TimestampDocument(format="Token", document={"content": DOCUMENT})
    run.check("TimestampDocument", bool(stamped.timestampedDocument.content), stamped.result)
    good = verification.VerifyTimestamp(timestampToken=stamp.timestampToken,
                                        originalDocument={"content": DOCUMENT})
    run.check("VerifyTimestamp", good.imprintIntact and good.indication != "TotalFailed", good)
    bad = verification.VerifyTimestamp(timestampToken=stamp.timestampToken,
                                       originalDocument={"content": CHANGED})
    run.check("VerifyTimestamp changed", bad.indication == "TotalFailed", bad)


def verify_all(run, verification, signed):
    signature = {"content": signed.signedDocument.content}

    good = verification.VerifyDocument(signedDocument=signature,
                                       originalDocument=[{"content": DOCUMENT}])
    run.check("VerifyDocument", good.indication in ("TotalPassed", "Indeterminate") and
              good.signature[0].signatureValueIntact and good.signature[0].referencesIntact, good)
    bad = verification.VerifyDocument(signedDocument=signature,
                                      originalDocument=[{"content": CHANGED}])
    run.check("VerifyDocument changed", bad.indication == "TotalFailed", bad)
    both = verification.VerifyDocuments(item=[
        {"signedDocument": signature, "originalDocument": [{"content": DOCUMENT}]},
        {"signedDocument": signature, "originalDocument": [{"content": CHANGED}]}])
    verdicts = [i.verification.indication for i in both.item]
    run.check("VerifyDocuments", verdicts == [good.indication, "TotalFailed"], verdicts)
    certificate = verification.ValidateCertificate(purpose="Signing",
                                                   certificate=signed.signingCertificate)
    run.check("ValidateCertificate", certificate.indication in ("TotalPassed", "Indeterminate"),
              certificate)


def cases_all(run, verification, signed):
    stored = verification.VerifyDocument(
        store=True, caseKind="Workflow", signedDocument={"content": signed.signedDocument.content},
        originalDocument=[{"content": DOCUMENT}])
    run.check("VerifyDocument stored", bool(stored.caseId), stored.result)
    case = verification.GetCase(caseId=stored.caseId, contents="All").storedCase
    run.check("GetCase", case.indication == stored.indication and case.kind == "Workflow" and
              all(hashlib.sha256(o.document.content).digest() == o.digestValue
                  for o in case.object), case.caseId)
    found = verification.FindCases(digest=hashlib.sha256(DOCUMENT).digest(), pageSize=1000)
    run.check("FindCases", stored.caseId in [i.caseId for i in found.item], len(found.item))
    checked = verification.CheckCase(caseId=stored.caseId)
    run.check("CheckCase", checked.intact and checked.objects > 0, checked)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--url", "--wsdl", "--ca", "--cert", "--key", "--user", "--password"):
        parser.add_argument(name, required=name == "--url")
    parser.add_argument("--token", action="store_true", help="UsernameToken instead of Basic")
    args = parser.parse_args()
    run = Run()
    client, signing, timestamping, verification, access = connect(args)
    who = access.WhoAmI()
    run.check("WhoAmI", bool(who.caller.name), who)
    signed = sign_all(run, client, signing)
    timestamp_all(run, timestamping, verification)
    verify_all(run, verification, signed)
    cases_all(run, verification, signed)
    return 1 if run.failed else 0


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main())
