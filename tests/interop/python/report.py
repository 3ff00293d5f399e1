"""Is this a validation report of TS 119 102-2? By tests/interop/report.rng, and by its references.

usage: report.py FILE ...    ends with 0 when all are
"""
import pathlib
import sys

from lxml import etree

grammar = pathlib.Path(__file__).parent.parent / "report.rng"
schema = etree.RelaxNG(etree.parse(str(grammar)))
bad = 0
for name in sys.argv[1:]:
    report = etree.parse(name, etree.XMLParser(resolve_entities=False, huge_tree=True))
    if not schema.validate(report):
        print(name, schema.error_log, file=sys.stderr)
        bad = 1
    ids = report.xpath("//@id")
    if len(ids) != len(set(ids)):
        print(name, "has an id twice", file=sys.stderr)
        bad = 1
    for reference in report.xpath("//@VOReference"):
        for one in reference.split():
            if one not in ids:
                print(name, "refers to", one, "which is not there", file=sys.stderr)
                bad = 1
sys.exit(bad)
