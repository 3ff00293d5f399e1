#!/usr/bin/python3
# SPDX-License-Identifier: MIT-0
"""The service Administration by zeep: users, groups, pages, a stale version. See ../README.md."""
import argparse
import sys

import requests
import zeep
import zeep.transports


def main():
    parser = argparse.ArgumentParser()
    for name in ("url", "ca", "cert", "key"):
        parser.add_argument("--" + name, required=True)
    args = parser.parse_args()
    session = requests.Session()
    session.trust_env = False
    session.verify = args.ca
    session.cert = (args.cert, args.key)
    client = zeep.Client(args.url + "?wsdl", transport=zeep.transports.Transport(session=session))
    failed = 0
    for version in ("Soap11", "Soap12"):
        port = client.create_service("{urn:signet:v1}Administration" + version, args.url)
        group = port.CreateGroup(name="zeep " + version, description="by zeep").group
        user = port.CreateUser(name="zeep " + version, password="correct horse battery",
                               groupId=[group.id]).user
        checks = [("made", user.state == "Active" and user.group[0].name == group.name)]
        page = port.ListUsers(order="Name", filter="zeep", pageSize=1)
        checks.append(("listed", page.item[0].id == user.id and page.total == 1))
        port.UpdateUser(id=user.id, version=user.version, name=user.name, state="Suspended")
        try:
            port.UpdateUser(id=user.id, version=user.version, name=user.name, state="Active")
            checks.append(("stale", False))
        except zeep.exceptions.Fault as fault:
            detail = fault.detail.find("{urn:signet:v1}SignetFault")
            checks.append(("stale", detail.findtext("{urn:signet:v1}code") == "Conflict"))
        why = port.ExplainRight(user=user.name, operation="SignDocument").explanation
        checks.append(("explained", not why.isAllowed and "suspended" in why.reason))
        port.RemoveUser(id=user.id)
        port.RemoveGroup(id=group.id)
        for name, truth in checks:
            failed += not truth
            print("%s %s %s" % ("PASS" if truth else "FAIL", version, name), flush=True)
    return failed > 0


sys.exit(main())
