"""Siblings of valid documents that somebody changed: (name, file, detached, password) of each."""
import copy
import io
import os
import re
import zipfile

from asn1crypto import cms as asn1_cms
from asn1crypto import core
from lxml import etree

DS = "{http://www.w3.org/2000/09/xmldsig#}"
XADES = "{http://uri.etsi.org/01903/v1.3.2#}"


# ---- bytes, whatever they are ----

def any_bytes(data):
    yield "space-after", data + b" "
    yield "newline-after", data + b"\n"
    yield "zeros-after", data + b"\0" * 8
    yield "twice", data + data
    yield "newline-before", b"\n" + data
    yield "cut", data[:-1]


# ---- CMS ----

def cms(data, other):
    """`other` is another CMS message, for its certificates."""
    def changed(name, change):
        m = asn1_cms.ContentInfo.load(data)
        signed = m["content"]
        change(signed)
        return name, m.dump()

    theirs = asn1_cms.ContentInfo.load(other)["content"]

    def unsigned(attribute):
        def change(s):
            info = s["signer_infos"][0]
            have = [a for a in info["unsigned_attrs"]] if isinstance(info["unsigned_attrs"], core.SetOf) else []
            info["unsigned_attrs"] = have + [attribute]
        return change

    def strip(s):
        s["signer_infos"][0]["unsigned_attrs"] = asn1_cms.CMSAttributes([])

    def set_of(s, key, value):
        s[key] = value

    yield changed("certificate-added", lambda s: set_of(s, "certificates", list(s["certificates"]) + list(theirs["certificates"])))
    yield changed("certificates-swapped", lambda s: set_of(s, "certificates", theirs["certificates"]))
    yield changed("certificates-gone", lambda s: set_of(s, "certificates", []))
    yield changed("signer-twice", lambda s: s["signer_infos"].append(s["signer_infos"][0].copy()))
    yield changed("signer-of-another", lambda s: s["signer_infos"].append(theirs["signer_infos"][0].copy()))
    yield changed("no-digest-algorithms", lambda s: set_of(s, "digest_algorithms", []))
    yield changed("more-digest-algorithms", lambda s: s["digest_algorithms"].append({"algorithm": "md5"}))
    yield changed("version-5", lambda s: set_of(s, "version", "v5"))
    yield changed("unknown-unsigned", unsigned(asn1_cms.CMSAttribute(
        {"type": "1.2.3.4.5", "values": [core.Null()]})))
    yield changed("unsigned-gone", strip)
    yield changed("sid-of-another", lambda s: set_of(s["signer_infos"][0], "sid", theirs["signer_infos"][0]["sid"]))
    yield changed("digest-of-another", lambda s: set_of(
        s["signer_infos"][0], "digest_algorithm", {"algorithm": "sha512"}))
    yield changed("version-3", lambda s: set_of(s, "version", "v3"))
    yield "indefinite", b"\x30\x80" + data[4:] + b"\0\0" if data[1] == 0x82 else data


# ---- XML ----

def xml(data):
    def tree():
        return etree.ElementTree(etree.fromstring(data))

    def out(t, name):
        return name, etree.tostring(t, xml_declaration=True, encoding="UTF-8")

    def find(t, path):
        return t.getroot().find(path) if t.getroot().tag != path.split("/")[-1] else t.getroot()

    t = tree()
    root = t.getroot()
    wrapper = etree.Element("wrapper")
    wrapper.append(copy.deepcopy(root))
    yield out(etree.ElementTree(wrapper), "wrapped")
    evil = etree.Element(root.tag, root.attrib)
    evil.text = "evil"
    twin = etree.Element("both")
    twin.extend([evil, copy.deepcopy(root)])
    yield out(etree.ElementTree(twin), "twin-first")
    twin = etree.Element("both")
    twin.extend([copy.deepcopy(root), evil])
    yield out(etree.ElementTree(twin), "twin-last")
    # The signature out of its document into another, with the signed one hidden in an object.
    t = tree()
    signature = t.getroot() if t.getroot().tag == DS + "Signature" else t.getroot().find(".//" + DS + "Signature")
    if signature is not t.getroot():
        hidden = copy.deepcopy(t.getroot())
        for s in hidden.findall(".//" + DS + "Signature"):
            s.getparent().remove(s)
        holder = etree.SubElement(signature, DS + "Object")
        holder.append(hidden)
        for child in t.getroot():
            if child.tag != DS + "Signature" and isinstance(child.tag, str):
                child.text = "evil"
        yield out(t, "hidden-in-object")
    t = tree()
    s = t.getroot() if t.getroot().tag == DS + "Signature" else t.getroot().find(".//" + DS + "Signature")
    o = etree.SubElement(s, DS + "Object")
    o.text = "more"
    yield out(t, "object-added")
    for path, name in (("KeyInfo", "key-info-gone"), ("KeyInfo", "key-info-twice"), ("Object", "object-twice")):
        t = tree()
        s = t.getroot() if t.getroot().tag == DS + "Signature" else t.getroot().find(".//" + DS + "Signature")
        e = s.find(DS + path)
        if e is None:
            continue
        if name.endswith("gone"):
            s.remove(e)
        else:
            s.append(copy.deepcopy(e))
        yield out(t, name)
    for tag in ("SignatureTimeStamp", "CertificateValues", "RevocationValues", "EncapsulatedTimeStamp",
                "UnsignedSignatureProperties", "UnsignedProperties"):
        t = tree()
        e = t.getroot().find(".//" + XADES + tag)
        if e is not None:
            e.getparent().remove(e)
            yield out(t, tag + "-gone")
        t = tree()
        e = t.getroot().find(".//" + XADES + tag)
        if e is not None:
            e.addnext(copy.deepcopy(e))
            yield out(t, tag + "-twice")
    t = tree()
    e = t.getroot().find(".//" + XADES + "SignedProperties")
    if e is not None:
        e.addnext(copy.deepcopy(e))
        yield out(t, "signed-properties-twice")
        t = tree()
        e = t.getroot().find(".//" + XADES + "QualifyingProperties")
        e.set("Target", "#other")
        yield out(t, "target-of-another")
    text = data.decode()
    for what, a, b in (("comment-in-text", "</item>", "<!-- x --></item>"), ("comment-splits", "raw &lt;text", "raw <!-- -->&lt;text"),
                       ("space-in-element", "<item Id=\"one\"", "<item   Id=\"one\""), ("pi-in", "<item Id=\"two\"", "<?evil do?><item Id=\"two\""),
                       ("prefix-added", "<order ", "<order xmlns:evil=\"urn:evil\" "), ("entity", "&amp; b", "&#38; b"),
                       ("value-spaces", "</ds:SignatureValue>", "\n </ds:SignatureValue>"),
                       ("method-sha1", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "http://www.w3.org/2000/09/xmldsig#rsa-sha1"),
                       ("default-namespace", "<ds:Object", "<ds:Object xmlns:q=\"urn:q\""),
                       ("doctype", "?>\n", "?>\n<!DOCTYPE order [<!ENTITY e 'evil'>]>\n"),
                       ("transform-added", "</ds:Transforms>", "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/></ds:Transforms>"),
                       ("comment-after", "", "")):
        if what == "comment-after":
            yield what, data + b"<!-- after -->"
        elif a in text:
            yield what, text.replace(a, b, 1).encode()


# ---- PDF: updates ----

def update(data, objects, trailer=""):
    """Append objects {number: text} and a cross-reference table (or replace the catalog by {root: ...})."""
    size = int(re.findall(rb"/Size (\d+)", data)[-1])
    root = re.findall(rb"/Root (\d+) 0 R", data)[-1]
    ids = re.findall(rb"/ID ?\[[^\]]*\]", data)
    start = int(re.findall(rb"startxref\s+(\d+)", data)[-1])
    if not data.endswith(b"\n"):
        data += b"\n"
    out, at = data, {}
    for n, text in objects.items():
        at[n] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (n, text)
    table = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \n"
    for n in sorted(at):
        out += b"%d 1\n%010d 00000 n \n" % (n, at[n])
    return out + b"trailer\n<</Size %d/Root %s 0 R/Prev %d%s%s>>\nstartxref\n%d\n%%%%EOF\n" % (
        max([size] + [n + 1 for n in at]), root, start, ids[-1] if ids else b"", trailer.encode(), table)


def last_object(data, number):
    found = re.findall(rb"(?:^|[\r\n ])%d 0 obj\s*(.*?)\s*endobj" % number, data, re.S)
    return found[-1] if found else None


def pdf(data):
    if b"/ObjStm" in data or b"/Encrypt" in data or not re.search(rb"/Root (\d+) 0 R", data):
        yield "comment-after", data + b"% more\n"
        return
    root = int(re.findall(rb"/Root (\d+) 0 R", data)[-1])
    size = int(re.findall(rb"/Size (\d+)", data)[-1])
    catalog, page = last_object(data, root), last_object(data, 3)
    stream = b"<</Length 46>>\nstream\nBT /F1 24 Tf 100 700 Td (Order 9999 evil!!) Tj ET\nendstream"

    def catalog_with(entry):
        return catalog[:catalog.rindex(b">>")] + entry + b">>"

    def page_with(entry):
        return page[:page.rindex(b">>")] + entry + b">>"
    yield "comment-after", data + b"% more\n"
    yield "content", update(data, {5: stream})
    yield "font", update(data, {6: b"<</Type/Font/Subtype/Type1/BaseFont/Courier>>"})
    yield "unused-object", update(data, {size + 3: stream})
    yield "open-action", update(data, {root: catalog_with(b"/OpenAction<</S/JavaScript/JS(app.alert(1))>>")})
    yield "names", update(data, {root: catalog_with(b"/Names<</JavaScript<</Names[(a)<</S/JavaScript/JS(1)>>]>>>>")})
    yield "oc", update(data, {root: catalog_with(b"/OCProperties<</OCGs[]/D<<>>>>")})
    yield "metadata", update(data, {root: catalog_with(b"/Metadata %d 0 R" % (size + 1)), size + 1:
                                    b"<</Type/Metadata/Subtype/XML/Length 7>>\nstream\n<x></x>\nendstream"})
    yield "dss-empty", update(data, {root: re.sub(rb"/DSS \d+ 0 R", b"", catalog_with(b"/DSS<<>>"))})
    yield "version", update(data, {root: catalog_with(b"/Version/2.0")})
    yield "lang", update(data, {root: catalog_with(b"/Lang(de)")})
    yield "extensions", update(data, {root: catalog_with(b"/Extensions<</ESIC<</BaseVersion/1.7/ExtensionLevel 2>>>>")})
    yield "info", update(data, {size + 1: b"<</Title(evil)>>"}, "/Info %d 0 R" % (size + 1))
    yield "page-rotated", update(data, {3: page_with(b"/Rotate 180")})
    yield "page-action", update(data, {3: page_with(b"/AA<</O<</S/JavaScript/JS(1)>>>>")})
    yield "page-user-unit", update(data, {3: page_with(b"/UserUnit 2")})
    if b"/Annots" not in page:
        for kind, more in (("note", b"/Subtype/Text/Contents(hi)"), ("free-text", b"/Subtype/FreeText/DA(/Helv 12 Tf)/Contents(evil)"),
                           ("stamp", b"/Subtype/Stamp"), ("link", b"/Subtype/Link/A<</S/URI/URI(http://evil.example/)>>"),
                           ("widget", b"/Subtype/Widget/FT/Tx/T(x)/V(evil)")):
            yield kind, update(data, {3: page_with(b"/Annots[%d 0 R]" % (size + 1)), size + 1:
                                      b"<</Type/Annot%s/Rect[0 0 500 500]/P 3 0 R>>" % more})
    pages = last_object(data, 2)
    yield "page-added", update(data, {2: pages.replace(b"/Count 2", b"/Count 3").replace(b"]", b" %d 0 R]" % (size + 1)), size + 1: page})
    yield "pages-swapped", update(data, {2: pages.replace(b"3 0 R 4 0 R", b"4 0 R 3 0 R")})
    signature = re.search(rb"[\r\n](\d+) 0 obj\s*<<[^>]*?/Type ?/Sig\b", data)
    if signature:
        n = int(signature.group(1))
        old = last_object(data, n)
        yield "value-again", update(data, {n: old})
        yield "value-reason", update(data, {n: re.sub(rb"/M ?\([^)]*\)", b"/M(D:20200101000000Z)", old)})
    for m in re.finditer(rb"[\r\n](\d+) 0 obj\s*(<<.*?)\s*endobj", data, re.S):
        if b"/FT/Sig" in m.group(2).replace(b" ", b""):
            n, old = int(m.group(1)), m.group(2)
            yield "field-renamed", update(data, {n: re.sub(rb"/T ?\([^)]*\)", b"/T(Other)", old)})
            yield "field-empty", update(data, {n: re.sub(rb"/V \d+ 0 R", b"", old)})
            yield "field-moved", update(data, {n: re.sub(rb"/Rect ?\[[^\]]*\]", b"/Rect[0 0 500 500]", old)})
            yield "field-appearance", update(data, {n: re.sub(rb"/AP ?\d+ 0 R", b"", old)[:-2] + b"/AP<</N %d 0 R>>>>" % (size + 1), size + 1:
                                                    b"<</Type/XObject/Subtype/Form/BBox[0 0 500 500]/Length 23>>\nstream\n1 0 0 rg 0 0 500 500 re f\nendstream"})
            break
    gap = re.search(rb"/Contents ?<([0-9A-Fa-f]+)>", data)
    if gap:
        yield "gap-filled", data[:gap.end() - 21] + b"ab" * 10 + data[gap.end() - 1:]
        der = bytes.fromhex(gap.group(1).decode())
        at = 4 + int.from_bytes(der[2:4], "big")
        for name, new in cms(der[:at], der[:at]):
            text = new.hex().encode().ljust(len(gap.group(1)), b"0")
            if len(text) == len(gap.group(1)):
                yield "cms-" + name, data[:gap.start(1)] + text + data[gap.end(1):]


# ---- containers ----

def container(data):
    def again(change, comment=b""):
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
            for i in old.infolist():
                for name, text in change(i.filename, old.read(i)):
                    new.writestr(zipfile.ZipInfo(name), text)
            new.comment = comment
        return out.getvalue()

    def more(name, text=b"more"):
        def change(n, t, done=[]):
            yield n, t
            if n.startswith("META-INF") and not done:
                done.append(1)
                yield name, text
        return change
    yield "same", again(lambda n, t: [(n, t)])
    yield "file-added", again(more("evil.txt"))
    yield "meta-added", again(more("META-INF/evil.xml", b"<evil/>"))
    yield "manifest-added", again(more("META-INF/manifest.xml", b"<evil/>"))
    yield "mimetype-gone", again(lambda n, t: [] if n == "mimetype" else [(n, t)])
    yield "mimetype-of-another", again(lambda n, t: [(n, b"text/plain" if n == "mimetype" else t)])
    yield "mimetype-newline", again(lambda n, t: [(n, t + b"\n" if n == "mimetype" else t)])
    yield "file-changed", again(lambda n, t: [(n, t + b"x" if n == "doc.txt" else t)])
    yield "file-renamed", again(lambda n, t: [("other.txt" if n == "doc.txt" else n, t)])
    yield "comment", again(lambda n, t: [(n, t)], b"mimetype=text/plain")
    yield "archive-manifest-gone", again(lambda n, t: [] if "ArchiveManifest" in n else [(n, t)])
    yield "stamp-gone", again(lambda n, t: [] if n.endswith(".tst") else [(n, t)])


def siblings(row, out, other):
    """Write the siblings of one document; rows as they are judged."""
    name, file, detached, password = row[:4]
    with open(file, "rb") as f:
        data = f.read()
    kinds = {".p7m": lambda d: cms(d, other), ".xml": xml, ".pdf": pdf, ".asics": container, ".asice": container}
    base, end = os.path.splitext(name)
    if end == "":
        base, end = name, os.path.splitext(file)[1]
    ways = list(any_bytes(data))
    try:
        for way in kinds.get(end, lambda d: [])(data):
            ways.append(way)
    except Exception as e:
        print("hostile: %s: %r" % (name, e))
    rows = []
    for way, changed in ways:
        if changed == data:
            continue
        path = os.path.join(out, "%s--%s%s" % (base, way, end))
        with open(path, "wb") as f:
            f.write(changed)
        rows.append((os.path.basename(path), path, detached, password))
    return rows
