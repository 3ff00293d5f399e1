"""Signet beside the EU DSS and pyHanko: who makes, who judges, and where the two differ."""
import fnmatch
import os
import shutil
import sys
import time

import hanko
import hostile
import ours
import world

HERE = os.path.dirname(os.path.abspath(__file__))
# The demo's certificates are issued by the trust anchor itself, and name no place to get it from.
PARTS = ("ours", "theirs", "pdf", "hostile", "corpora", "speed")
EXCUSED = ("BBB_XCV_AIA_PRES_ANS",)
WORDS = {"TotalPassed": "TOTAL_PASSED", "TotalFailed": "TOTAL_FAILED", "Indeterminate": "INDETERMINATE"}


class Table:
    """Counts what agrees; prints what does not, with the reason where EXPECTED.tsv has one."""

    def __init__(self, part):
        self.part, self.agree, self.known, self.differ = part, 0, 0, []
        with open(HERE + "/EXPECTED.tsv") as f:
            self.expected = [line.rstrip("\n").split("\t") for line in f if line[0] not in "#\n"]

    def reason(self, kind, name):
        return next((e[2] for e in self.expected if e[0] == kind and fnmatch.fnmatchcase(name, e[1])), None)

    def row(self, name, problems):
        self.add(name, problems, self.reason(self.part, name))

    def add(self, name, problems, reason):
        if not problems:
            self.agree += 1
        elif reason is not None:
            self.known += 1
            print("  known   %s: %s (%s)" % (name, "; ".join(problems), reason))
        else:
            self.differ.append(name)
            print("  DIFFERS %s: %s" % (name, "; ".join(problems)))

    def pair(self, a, b):
        """Why one signature's verdict and level may be a here and b there, or None."""
        if a[0] == "TOTAL_PASSED" != b[0]:
            return None
        verdict = "equal" if a[:2] == b[:2] else self.reason("verdict", "%s/%s > %s/%s" % (a[:2] + b[:2]))
        level = "equal" if a[2] == b[2] else self.reason("level", "%s > %s" % (a[2], b[2]))
        return verdict and level and "; ".join(sorted({verdict, level} - {"equal"}))

    def compare(self, name, ours, theirs):
        """Two verdicts on one file: signature by signature, whatever their order."""
        a, b = facts_of_ours(ours), facts_of_dss(theirs)
        said = ["Signet %s, DSS %s" % tuple(" ".join(map("/".join, f)) or "nothing" for f in (a, b))]
        if sorted(a) == sorted(b):
            return self.add(name, [], None)
        reason = self.reason("file", name.split(" (")[0])
        if sum(f[0] == "TOTAL_PASSED" for f in a) > sum(f[0] == "TOTAL_PASSED" for f in b):
            reason = None
        elif reason is None and len(a) == len(b):
            reasons = []
            for f in list(a):
                if f in b:
                    a.remove(f)
                    b.remove(f)
            for f in a:
                found = next(((r, g) for g in b for r in [self.pair(f, g)] if r is not None), (None, None))
                reasons.append(found[0])
                if found[0] is not None:
                    b.remove(found[1])
            reason = None if None in reasons else "; ".join(sorted(set(reasons)))
        if said[0].count("refused"):
            said += [v["error"][:150] for v in (ours, theirs) if "error" in v]
        self.add(name, said, reason)

    def end(self):
        print("%s: %d agree, %d known, %d differ" % (self.part, self.agree, self.known, len(self.differ)))
        return len(self.differ)


def ours_says(verdict, level=None, count=None):
    """What is not as wanted in a verdict of Signet."""
    if "error" in verdict:
        return ["Signet: " + verdict["error"][:300]]
    said, all_signatures = [], verdict.get("signatures", [])
    stamps = [t for s in all_signatures for t in s.get("timestamps", [])] + verdict.get("timestamps", [])
    if verdict["indication"] != "TotalPassed":
        said.append("Signet says %s" % verdict["indication"])
    for s in all_signatures:
        if s["indication"] != "TotalPassed":
            said.append("%s %s/%s %s" % (s["id"], s["indication"], s.get("subIndication"),
                                         " ".join(r["code"] + ": " + r["text"] for r in s["reasons"])))
    for t in stamps:
        if t.get("indication") not in ("Passed", "TotalPassed"):
            said.append("time stamp %s/%s %s" % (t.get("indication"), t.get("subIndication"),
                                               " ".join(r["text"] for r in t.get("reasons", []))))
    if level is not None and all_signatures and all_signatures[0]["level"] != level:
        said.append("Signet's level is %s, not %s" % (all_signatures[0]["level"], level))
    if count is not None and len(all_signatures) != count:
        said.append("Signet has %d signatures, not %d" % (len(all_signatures), count))
    return said


def dss_says(verdict, level=None, count=None, is_strict=True):
    if "error" in verdict:
        return ["DSS: " + verdict["error"][:300]]
    said = []
    for s in verdict["signatures"]:
        if s["indication"] != "TOTAL_PASSED":
            said.append("DSS %s/%s" % (s["indication"], s["sub"]))
        if is_strict:
            said += s["errors"] + s["warnings"]
    for t in verdict["timestamps"]:
        if t["indication"] != "PASSED":
            said.append("DSS time stamp %s/%s" % (t["indication"], t["sub"]))
        if is_strict:
            said += t["errors"] + t["warnings"]
    said = [t for t in said if not t.startswith(EXCUSED)] + verdict["broken"]
    if level is not None and verdict["signatures"] and \
            verdict["signatures"][0]["level"].split("-")[-1] != level:
        said.append("DSS's level is %s, not %s" % (verdict["signatures"][0]["level"], level))
    if count is not None and len(verdict["signatures"]) != count:
        said.append("DSS has %d signatures, not %d" % (len(verdict["signatures"]), count))
    return sorted(set(said))


class Sides:
    def __init__(self, build, out, parts):
        self.build, self.work = build, out + "/work"
        run = os.environ.get("SIGNET_RUN", out + "/run")
        shutil.rmtree(self.work, ignore_errors=True)
        self.documents, self.pki = self.work + "/documents", self.work + "/pki"
        self.anchors = self.work + "/anchors"
        os.makedirs(self.anchors)
        world.make_pki(self.pki)
        world.make_documents(self.documents)
        self.signet = world.Signet(build, run, ["pss=RSA-2048", "p384=P-384", "p521=P-521", "bp256=brainpoolP256r1"])
        self.dss = world.Dss(out)
        self.signet.trust("Sides %d" % os.getpid(), self.pki + "/ca.pem")
        shutil.copy(self.pki + "/ca.pem", self.anchors + "/sides.pem")
        for ca in ("ca", "demo-ca"):
            shutil.copy("%s/pki/%s.pem" % (run, ca), self.anchors)

    def folder(self, name):
        path = os.path.join(self.work, name)
        os.makedirs(path, exist_ok=True)
        return path

    def both(self, table, rows, is_strict=False):
        """Judge rows (name, file, detached, password, level, count) by both."""
        dss, signet = self.dss.judge(self.anchors, [r[:4] for r in rows]), self.signet.judge([r[:4] for r in rows])
        for r in rows:
            level, count = (None if r[4] == "-" else r[4]), int(r[5])
            table.row(r[0], ours_says(signet[r[0]], level, count) + dss_says(dss[r[0]], level, count, is_strict))

    def theirs(self):
        said = self.dss.run("make", self.pki, self.documents, self.folder("theirs"), ".*")
        rows = [line.split("\t") for line in said.stdout.splitlines()]
        print("\n".join(line for line in said.stderr.splitlines() if line.startswith("DSS refuses")))
        table = Table("theirs")
        self.both(table, rows)
        return table.end()


    def ours(self):
        o = ours.Ours(self.signet, self.documents, self.folder("ours"))
        for form in ("cms", "xml", "pdf", "asic"):
            getattr(o, form)()
        print("\n".join("Signet refuses " + r for r in o.refused))
        table = Table("ours")
        self.both(table, o.rows, True)
        return table.end()


    def hostile(self):
        """What somebody changed in valid documents: whatever passes here and not there is a finding."""
        o = ours.Ours(self.signet, self.documents, self.folder("hostile-ours"))
        text, doc, pdf = (self.documents + "/doc" + e for e in (".txt", ".xml", ".pdf"))
        for level in ("B", "LTA"):
            o.made("o-att-%s.p7m" % level, text, "-", level, 1, "sign", "--format", "CMS", "--packaging", "Enveloping", "--level", level)
            for packaging in ("Enveloped", "Enveloping"):
                o.made("o-%s-%s.xml" % (packaging, level), doc, "-", level, 1, "sign", "--format", "XML", "--packaging", packaging, "--level", level)
            o.made("o-%s.pdf" % level, pdf, "-", level, 1, "sign", "--level", level)
            o.made("o-%s.asice" % level, text, "-", level, 1, "sign", "--format", "ASiCE", "--level", level)
            o.made("o-%s.asics" % level, text, "-", level, 1, "sign", "--format", "ASiCS", "--level", level)
        said = self.dss.run(
            "make", self.pki, self.documents, self.folder("hostile-theirs"),
            r"(cades-att-(B|LTA)\.p7m|cades-counter-1-B\.p7m|xades-(enveloped|enveloping|internally_detached|several)-"
            r"(B|LTA)\.xml|xades-(xpath2|embed-true|counter-LTA)\.xml|pades-(doc-B|doc-LTA|field|signers-2-B|"
            r"certified-[123]-B)\.pdf|asic-(cades|xades)-[12]-(B|LTA)\.asic[se])")
        rows = o.rows + [line.split("\t") for line in said.stdout.splitlines()]
        with open(next(r[1] for r in o.rows if r[0].endswith(".p7m")), "rb") as f:
            other = f.read()
        changed = [c for r in rows for c in hostile.siblings(r, self.folder("hostile"), other)]
        dss, signet, table = self.dss.judge(self.anchors, changed), self.signet.judge(changed), Table("hostile")
        both = strict = 0
        for r in changed:
            v, d = signet[r[0]], dss[r[0]]
            us = "error" not in v and v["indication"] == "TotalPassed"
            them = "error" not in d and d["signatures"] != [] and all(
                s["indication"] == "TOTAL_PASSED" for s in d["signatures"])
            both += us and them
            strict += them and not us
            if us and not them:
                table.row(r[0], ["only Signet says TotalPassed"] + dss_says(d))
            else:
                table.row(r[0], [])
            if us or them:
                print("  %s %s: %s | %s" % ("both  " if us and them else "we    " if us else "DSS   ", r[0],
                      " ".join(brief_of_ours(v)) + " " + " ".join(t["text"] for s in v.get("signatures", []) for t in s["reasons"])[:300],
                      " ".join(brief_of_dss(d)) + " " + " ".join(dss_says(d))[:300]))
        print("hostile: %d changed, %d pass both, %d pass DSS alone" % (len(changed), both, strict))
        return table.end()

    def pdf(self):
        """pyHanko beside both: on what each of the three makes."""
        h = hanko.Hanko(self.pki, self.documents, self.anchors)
        rows = h.make(self.folder("hanko"))
        table = Table("hanko")
        self.both(table, rows)
        wrong = table.end()
        o = ours.Ours(self.signet, self.documents, self.folder("ours-pdf"))
        o.pdf()
        table = Table("ours by pyHanko")
        for row in o.rows:
            table.row(row[0], h.judge(row))
        return wrong + table.end()


    def corpora(self):
        """The set dss of CORPORA: without trust now, and trusting the roots in it at the claimed time of signing."""
        base, roots = os.path.join(os.environ["CORPORA"], "dss"), self.folder("roots")
        rows = {}
        with open(base + "/manifest.tsv") as f:
            for line in f:
                file, kind, detached = line.split("\t")[:3]
                if kind.split("-")[0] not in ("cades", "xades", "pades", "asic") or kind.endswith("er"):
                    continue
                names = [os.path.join(base, d.split("|")[0]) for d in detached.split(" ; ")]
                if detached != "-" and not all(map(os.path.exists, names)):
                    continue
                name = "%s (%s)" % (file, detached) if file in rows else file
                rows[name] = (name, os.path.join(base, file), "|".join(names) if detached != "-" else "-", "-")
        rows = list(rows.values())
        wrong = self.verdicts("corpora", rows, roots)
        self.dss.run("roots", roots, rows=rows)
        for root in os.listdir(roots):
            self.signet.trust("root " + root[:40], os.path.join(roots, root))
        claimed = {n: next((s["claimed"] for s in v.get("signatures", []) if s["claimed"] != None), None)
                   for n, v in self.dss.judge(roots, rows, False).items()}
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        at = [r + (claimed[r[0]],) for r in rows if claimed.get(r[0]) and claimed[r[0]] < now]
        return wrong + self.verdicts("corpora at signing", at, roots)

    def verdicts(self, part, rows, roots):
        dss, signet, table = self.dss.judge(roots, rows, False), self.signet.judge(rows), Table(part)
        for r in rows:
            table.compare(r[0], signet[r[0]], dss[r[0]])
        return table.end()


    def speed(self):
        """Verifications a second by one client: the EU DSS in a warm JVM, Signet by SOAP over TLS."""
        made = dict((line.split("\t")[0], line.split("\t")) for line in self.dss.run(
            "make", self.pki, self.documents, self.folder("speed"),
            r"cades-det-B\.p7m|xades-enveloped-B\.xml|pades-doc-B\.pdf|pades-many\.pdf").stdout.splitlines())
        arguments = [a for r in made.values() for a in (r[0], r[1], r[2])]
        said = self.dss.run("speed", self.anchors, "5", *arguments).stdout.splitlines()
        figures = dict(line.split("\t") for line in said)
        for r in made.values():
            started, n = time.monotonic(), 0
            while time.monotonic() < started + 5:
                n += 50
                self.signet.judge([r[:4]] * 50)
            ours = n / (time.monotonic() - started)
            print("speed %-24s DSS %8.1f/s  Signet %8.1f/s" % (r[0], float(figures[r[0]]), ours))
        print("speed memory: DSS %s MB, Signet %d MB in all its processes" % (
            figures["memory"], self.signet.memory()))
        return 0


def facts_of_ours(v):
    """(indication, sub-indication, baseline level) of each signature."""
    if "error" in v:
        return [("refused",)]
    return [(WORDS[s["indication"]], s.get("subIndication") or "-", s["level"]) for s in v["signatures"]]


def facts_of_dss(v):
    if "error" in v:
        return [("refused",)]
    return [(s["indication"], s["sub"] or "-", s["level"].split("-")[-1] if "BASELINE" in s["level"] else "None")
            for s in v["signatures"]]


def brief_of_ours(v):
    return sorted(map("/".join, facts_of_ours(v)))


def brief_of_dss(v):
    return sorted(map("/".join, facts_of_dss(v)))


def main():
    build, out, parts = sys.argv[1], sys.argv[2], sys.argv[3:]
    sides = Sides(build, out, parts)
    wrong = 0
    try:
        for part in parts or PARTS:
            wrong += getattr(sides, part)()
    finally:
        sides.signet.close()
    sys.exit(wrong != 0)


if __name__ == "__main__":
    main()
