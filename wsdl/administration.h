/*
 * wsdl/administration.h: the service Administration in C, once: its operations, and the fields of
 * its messages and things. Who needs a row for each of them (rights, the table of operations, the
 * mapping of SOAP, the command line) makes it from here, so that nobody's list can lack one.
 * administration.xsd says the same for the world; the mapping does not compile where both differ.
 *
 * A field is F(type, need, name, of):
 *	TEXT NAME   text; NAME: of a thing, without control characters, in NFC
 *	ID          a UUID
 *	TIME        seconds since 1970
 *	NUMBER LONG xs:int, xs:long
 *	FLAG        xs:boolean
 *	WORD        an enumeration; `of` is its type, whose words are below
 *	BYTES       xs:base64Binary
 *	SECRET      text that is never kept, told or logged
 *	TEXTS IDS   lists of these
 *	THINGS      a list of things; `of` is their type
 * `need` is MUST or MAY: what may be left out is told from what is empty.
 */
#ifndef SIGNET_WSDL_ADMINISTRATION_H
#define SIGNET_WSDL_ADMINISTRATION_H

/* ---- words, in the order of the schema --------------------------------------------------------
 */

#define ActiveState_WORDS(W)	 W(Active) W(Suspended)
#define ListOrder_WORDS(W)	 W(Name) W(Created) W(Changed) W(State)
#define MemberKind_WORDS(W)	 W(Group) W(User)
#define ObjectKind_WORDS(W)	 W(Key) W(Directory) W(TrustCentre) W(Archive)
#define UrlOpensTo_WORDS(W)	 W(Groups) W(Users) W(All)
#define UrlRuleOrder_WORDS(W)	 W(Name) W(Created) W(Changed) W(Host)
#define UseState_WORDS(W)	 W(Active) W(Disabled)
#define SigningKeyState_WORDS(W) W(Active) W(Disabled) W(Retired)
#define KeyAlgorithm_WORDS(W)	 W(RSA) W(EC)
#define TrustListKind_WORDS(W)	 W(List) W(ListOfLists)
#define JobState_WORDS(W)	 W(Active) W(Paused) W(Disabled)
#define SignOnState_WORDS(W)	 W(Waiting) W(Accepted) W(Refused) W(Expired)
#define SignOnRule_WORDS(W)	 W(Closed) W(Trusted) W(Open)
#define ProposalState_WORDS(W)	 W(Waiting) W(Accepted) W(Refused) W(Expired) W(Failed)
#define AuditOrder_WORDS(W)	 W(NewestFirst) W(OldestFirst)
#define ADMINISTRATION_WORDS(X)                                                                    \
	X(AuditOrder)                                                                              \
	X(ActiveState)                                                                             \
	X(ListOrder)                                                                               \
	X(MemberKind)                                                                              \
	X(ObjectKind)                                                                              \
	X(UrlOpensTo)                                                                              \
	X(UrlRuleOrder)                                                                            \
	X(SigningKeyState)                                                                         \
	X(KeyAlgorithm)                                                                            \
	X(UseState)                                                                                \
	X(TrustListKind)                                                                           \
	X(JobState)                                                                                \
	X(SignOnState)                                                                             \
	X(SignOnRule)                                                                              \
	X(ProposalState)

/* ---- things: their fields in the order of the columns that SQL gives ---------------------------
 */

#define Tenant_FIELDS(F)                                                                           \
	F(ID, MUST, id, 0)                                                                         \
	F(NAME, MUST, name, 0)                                                                     \
	F(WORD, MUST, state, ActiveState)                                                          \
	F(FLAG, MUST, isServer, 0)                                                                 \
	F(NUMBER, MUST, version, 0)                                                                \
	F(TIME, MUST, created, 0)                                                                  \
	F(TIME, MUST, changed, 0)
#define UserCertificate_FIELDS(F)                                                                  \
	F(TEXT, MUST, fingerprint, 0)                                                              \
	F(TEXT, MAY, subject, 0)                                                                   \
	F(TIME, MUST, notAfter, 0)                                                                 \
	F(WORD, MUST, state, ActiveState)                                                          \
	F(TEXT, MUST, revocation, 0)                                                               \
	F(TEXT, MAY, reason, 0)                                                                    \
	F(NUMBER, MUST, version, 0)                                                                \
	F(TIME, MUST, created, 0)                                                                  \
	F(BYTES, MAY, certificate, 0)
#define GroupReference_FIELDS(F)                                                                   \
	F(ID, MUST, id, 0)                                                                         \
	F(NAME, MUST, name, 0)
#define User_FIELDS(F)                                                                             \
	F(ID, MUST, id, 0)                                                                         \
	F(NAME, MUST, name, 0)                                                                     \
	F(WORD, MUST, state, ActiveState)                                                          \
	F(TIME, MAY, validUntil, 0)                                                                \
	F(FLAG, MUST, hasPassword, 0)                                                              \
	F(NUMBER, MUST, version, 0)                                                                \
	F(TIME, MUST, created, 0)                                                                  \
	F(TIME, MUST, changed, 0)                                                                  \
	F(THINGS, MAY, certificate, UserCertificate)                                               \
	F(THINGS, MAY, group, GroupReference)
#define Group_FIELDS(F)                                                                            \
	F(ID, MUST, id, 0)                                                                         \
	F(NAME, MUST, name, 0)                                                                     \
	F(TEXT, MAY, description, 0)                                                               \
	F(NUMBER, MUST, version, 0)                                                                \
	F(TIME, MUST, created, 0)                                                                  \
	F(TIME, MUST, changed, 0)                                                                  \
	F(THINGS, MAY, group, GroupReference)
#define Member_FIELDS(F)                                                                           \
	F(WORD, MUST, kind, MemberKind)                                                            \
	F(ID, MUST, id, 0)                                                                         \
	F(NAME, MUST, name, 0)
#define RightObject_FIELDS(F)                                                                      \
	F(WORD, MUST, kind, ObjectKind)                                                            \
	F(ID, MUST, id, 0)                                                                         \
	F(NAME, MAY, name, 0)
#define Right_FIELDS(F)                                                                            \
	F(ID, MUST, groupId, 0)                                                                    \
	F(NAME, MUST, group, 0)                                                                    \
	F(TEXT, MUST, operation, 0)                                                                \
	F(FLAG, MUST, isNarrowed, 0)                                                               \
	F(THINGS, MAY, object, RightObject)
#define KeyUse_FIELDS(F)                                                                           \
	F(ID, MUST, groupId, 0)                                                                    \
	F(NAME, MUST, group, 0)                                                                    \
	F(ID, MUST, keyId, 0)                                                                      \
	F(NAME, MUST, key, 0)                                                                      \
	F(WORD, MUST, state, SigningKeyState)
#define Explanation_FIELDS(F)                                                                      \
	F(FLAG, MUST, isAllowed, 0)                                                                \
	F(TEXT, MUST, reason, 0)                                                                   \
	F(NAME, MAY, user, 0)                                                                      \
	F(TIME, MUST, at, 0)                                                                       \
	F(TEXTS, MAY, group, 0)                                                                    \
	F(TEXTS, MAY, step, 0)
#define RightHolder_FIELDS(F)                                                                      \
	F(ID, MUST, id, 0)                                                                         \
	F(NAME, MUST, name, 0)                                                                     \
	F(TEXT, MUST, reason, 0)
#define StatusItem_FIELDS(F)                                                                       \
	F(TEXT, MUST, part, 0)                                                                     \
	F(TEXT, MUST, name, 0)                                                                     \
	F(TEXT, MUST, state, 0)                                                                    \
	F(TEXT, MAY, text, 0)                                                                      \
	F(TIME, MAY, time, 0)
#define UrlRule_FIELDS(F)                                                                          \
	F(ID, MUST, id, 0)                                                                         \
	F(NAME, MUST, name, 0)                                                                     \
	F(TEXT, MUST, host, 0)                                                                     \
	F(TEXT, MUST, path, 0)                                                                     \
	F(TEXTS, MAY, method, 0)                                                                   \
	F(WORD, MUST, opensTo, UrlOpensTo)                                                         \
	F(NUMBER, MUST, version, 0)                                                                \
	F(TIME, MUST, created, 0)                                                                  \
	F(TIME, MUST, changed, 0)                                                                  \
	F(THINGS, MAY, group, GroupReference)
#define AccessExplanation_FIELDS(F)                                                                \
	F(FLAG, MUST, isAllowed, 0)                                                                \
	F(FLAG, MUST, isKnown, 0)                                                                  \
	F(TEXT, MUST, reason, 0)                                                                   \
	F(NAME, MAY, user, 0)                                                                      \
	F(TIME, MUST, at, 0)                                                                       \
	F(NAME, MAY, rule, 0)                                                                      \
	F(TEXTS, MAY, group, 0)                                                                    \
	F(TEXTS, MAY, step, 0)
#define TrustList_FIELDS(F)                                                                        \
	F(ID, MUST, id, 0)                                                                         \
	F(NAME, MUST, name, 0)                                                                     \
	F(WORD, MUST, kind, TrustListKind)                                                         \
	F(TEXT, MAY, territory, 0)                                                                 \
	F(TEXT, MAY, url, 0)                                                                       \
	F(FLAG, MUST, isServerWide, 0)                                                             \
	F(WORD, MUST, state, UseState)                                                             \
	F(FLAG, MUST, isChosen, 0)                                                                 \
	F(LONG, MAY, sequence, 0)                                                                  \
	F(TIME, MAY, issued, 0)                                                                    \
	F(TIME, MAY, nextUpdate, 0)                                                                \
	F(TIME, MAY, imported, 0)                                                                  \
	F(TEXT, MAY, importedBy, 0)                                                                \
	F(TEXT, MAY, signer, 0)                                                                    \
	F(TIME, MAY, tried, 0)                                                                     \
	F(TEXT, MAY, verdict, 0)                                                                   \
	F(TEXT, MAY, failure, 0)                                                                   \
	F(NUMBER, MUST, version, 0)                                                                \
	F(TIME, MUST, created, 0)                                                                  \
	F(TIME, MUST, changed, 0)
#define TrustService_FIELDS(F)                                                                     \
	F(TEXT, MUST, type, 0)                                                                     \
	F(TEXT, MAY, name, 0)                                                                      \
	F(TEXT, MUST, status, 0)                                                                   \
	F(TIME, MUST, since, 0)
#define TrustCentre_FIELDS(F)                                                                      \
	F(ID, MUST, listId, 0)                                                                     \
	F(NAME, MUST, list, 0)                                                                     \
	F(TEXT, MAY, territory, 0)                                                                 \
	F(TEXT, MUST, name, 0)                                                                     \
	F(FLAG, MUST, isChosen, 0)                                                                 \
	F(FLAG, MUST, isListed, 0)                                                                 \
	F(THINGS, MAY, service, TrustService)
#define TrustAnchor_FIELDS(F)                                                                      \
	F(ID, MUST, id, 0)                                                                         \
	F(NAME, MUST, name, 0)                                                                     \
	F(TEXT, MAY, subject, 0)                                                                   \
	F(TEXT, MUST, fingerprint, 0)                                                              \
	F(TIME, MAY, notBefore, 0)                                                                 \
	F(TIME, MAY, notAfter, 0)                                                                  \
	F(WORD, MUST, state, UseState)                                                             \
	F(TEXTS, MAY, usage, 0)                                                                    \
	F(TEXTS, MAY, crlUrl, 0)                                                                   \
	F(TEXTS, MAY, ocspUrl, 0)                                                                  \
	F(NUMBER, MUST, version, 0)                                                                \
	F(TIME, MUST, created, 0)                                                                  \
	F(TIME, MUST, changed, 0)                                                                  \
	F(BYTES, MUST, certificate, 0)
#define TrustSnapshot_FIELDS(F)                                                                    \
	F(NUMBER, MUST, number, 0)                                                                 \
	F(TEXT, MUST, name, 0)                                                                     \
	F(TEXT, MUST, digest, 0)                                                                   \
	F(TEXT, MUST, reason, 0)                                                                   \
	F(TIME, MUST, made, 0)                                                                     \
	F(TEXT, MUST, madeBy, 0)
#define TrustSnapshotList_FIELDS(F)                                                                \
	F(TEXT, MUST, name, 0)                                                                     \
	F(TEXT, MAY, territory, 0)                                                                 \
	F(LONG, MUST, sequence, 0)                                                                 \
	F(TIME, MUST, issued, 0)                                                                   \
	F(TIME, MAY, nextUpdate, 0)
#define TrustSnapshotDetail_FIELDS(F)                                                              \
	F(NUMBER, MUST, number, 0)                                                                 \
	F(TEXT, MUST, name, 0)                                                                     \
	F(TEXT, MUST, digest, 0)                                                                   \
	F(TEXT, MUST, reason, 0)                                                                   \
	F(TIME, MUST, made, 0)                                                                     \
	F(TEXT, MUST, madeBy, 0)                                                                   \
	F(NUMBER, MUST, services, 0)                                                               \
	F(NUMBER, MAY, against, 0)                                                                 \
	F(THINGS, MAY, list, TrustSnapshotList)                                                    \
	F(TEXTS, MAY, ownCertificate, 0)                                                           \
	F(TEXTS, MAY, change, 0)
#define TimestampAuthority_FIELDS(F)                                                               \
	F(ID, MUST, id, 0)                                                                         \
	F(NAME, MUST, name, 0)                                                                     \
	F(NUMBER, MUST, place, 0)                                                                  \
	F(TEXT, MAY, url, 0)                                                                       \
	F(NAME, MAY, key, 0)                                                                       \
	F(TEXT, MAY, policy, 0)                                                                    \
	F(NUMBER, MUST, timeout, 0)                                                                \
	F(WORD, MUST, state, UseState)                                                             \
	F(FLAG, MUST, isServerWide, 0)                                                             \
	F(TEXT, MAY, subject, 0)                                                                   \
	F(TIME, MAY, notAfter, 0)                                                                  \
	F(TEXTS, MAY, fingerprint, 0)                                                              \
	F(NUMBER, MUST, version, 0)                                                                \
	F(TIME, MUST, created, 0)                                                                  \
	F(TIME, MUST, changed, 0)                                                                  \
	F(BYTES, MAY, certificate, 0)
#define AuthorityTest_FIELDS(F)                                                                    \
	F(FLAG, MUST, works, 0)                                                                    \
	F(TEXT, MUST, reason, 0)                                                                   \
	F(LONG, MUST, milliseconds, 0)                                                             \
	F(TIME, MAY, stamped, 0)                                                                   \
	F(TEXT, MAY, serial, 0)                                                                    \
	F(TEXT, MAY, policy, 0)
#define SigningKey_FIELDS(F)                                                                       \
	F(ID, MUST, id, 0)                                                                         \
	F(NAME, MUST, name, 0)                                                                     \
	F(WORD, MUST, state, SigningKeyState)                                                      \
	F(FLAG, MUST, isDefault, 0)                                                                \
	F(TEXT, MUST, algorithm, 0)                                                                \
	F(NUMBER, MUST, size, 0)                                                                   \
	F(TEXTS, MAY, usage, 0)                                                                    \
	F(TEXT, MAY, subject, 0)                                                                   \
	F(TEXT, MAY, issuer, 0)                                                                    \
	F(TEXT, MAY, serial, 0)                                                                    \
	F(TIME, MAY, notBefore, 0)                                                                 \
	F(TIME, MUST, notAfter, 0)                                                                 \
	F(TEXT, MUST, fingerprint, 0)                                                              \
	F(TEXT, MAY, storage, 0)                                                                   \
	F(TEXT, MAY, problem, 0)                                                                   \
	F(NUMBER, MUST, version, 0)                                                                \
	F(TIME, MUST, created, 0)                                                                  \
	F(TIME, MUST, changed, 0)                                                                  \
	F(BYTES, MUST, certificate, 0)                                                             \
	F(TEXT, MUST, storeKey, 0)                                                                 \
	F(THINGS, MAY, group, GroupReference)
#define KeyRequest_FIELDS(F)                                                                       \
	F(ID, MUST, id, 0)                                                                         \
	F(NAME, MUST, name, 0)                                                                     \
	F(TEXT, MUST, algorithm, 0)                                                                \
	F(NUMBER, MUST, size, 0)                                                                   \
	F(TEXTS, MAY, usage, 0)                                                                    \
	F(TEXT, MUST, subject, 0)                                                                  \
	F(ID, MAY, replaces, 0)                                                                    \
	F(NAME, MAY, replacesKey, 0)                                                               \
	F(NUMBER, MUST, version, 0)                                                                \
	F(TIME, MUST, created, 0)                                                                  \
	F(TIME, MUST, changed, 0)                                                                  \
	F(BYTES, MUST, certificateRequest, 0)
#define Setting_FIELDS(F)                                                                          \
	F(NAME, MUST, name, 0)                                                                     \
	F(TEXT, MUST, value, 0)                                                                    \
	F(TEXT, MUST, standard, 0)                                                                 \
	F(TEXT, MUST, source, 0)                                                                   \
	F(TEXT, MUST, description, 0)
#define Job_FIELDS(F)                                                                              \
	F(ID, MUST, id, 0)                                                                         \
	F(NAME, MUST, name, 0)                                                                     \
	F(WORD, MUST, state, JobState)                                                             \
	F(FLAG, MUST, isServerWide, 0)                                                             \
	F(NUMBER, MAY, everySeconds, 0)                                                            \
	F(TEXT, MAY, dailyAt, 0)                                                                   \
	F(TIME, MAY, nextRun, 0)                                                                   \
	F(FLAG, MUST, isRunning, 0)                                                                \
	F(TEXT, MAY, runningOn, 0)                                                                 \
	F(TIME, MAY, requested, 0)                                                                 \
	F(NUMBER, MUST, fails, 0)                                                                  \
	F(TIME, MAY, lastStarted, 0)                                                               \
	F(TIME, MAY, lastEnded, 0)                                                                 \
	F(TEXT, MAY, lastResult, 0)                                                                \
	F(TEXT, MAY, lastMessage, 0)                                                               \
	F(NUMBER, MUST, version, 0)                                                                \
	F(TIME, MUST, created, 0)                                                                  \
	F(TIME, MUST, changed, 0)
#define JobRun_FIELDS(F)                                                                           \
	F(LONG, MUST, id, 0)                                                                       \
	F(TEXT, MUST, node, 0)                                                                     \
	F(TIME, MUST, started, 0)                                                                  \
	F(TIME, MAY, ended, 0)                                                                     \
	F(TEXT, MAY, result, 0)                                                                    \
	F(TEXT, MAY, message, 0)
#define Node_FIELDS(F)                                                                             \
	F(TEXT, MUST, name, 0)                                                                     \
	F(TIME, MUST, created, 0)                                                                  \
	F(LONG, MUST, logged, 0)                                                                   \
	F(TIME, MUST, seen, 0)                                                                     \
	F(TEXTS, MAY, job, 0)
#define SignOnChallenge_FIELDS(F)                                                                  \
	F(TEXT, MUST, challenge, 0)                                                                \
	F(TIME, MUST, expires, 0)
#define SignOn_FIELDS_OF(F)                                                                        \
	F(ID, MUST, id, 0)                                                                         \
	F(WORD, MUST, state, SignOnState)                                                          \
	F(TEXT, MUST, fingerprint, 0)                                                              \
	F(TIME, MUST, requested, 0)                                                                \
	F(TIME, MUST, expires, 0)                                                                  \
	F(TIME, MAY, decided, 0)                                                                   \
	F(TEXT, MAY, reason, 0)                                                                    \
	F(NAME, MAY, user, 0)
#define SignOnStanding_FIELDS(F) SignOn_FIELDS_OF(F)
#define SignOnRequest_FIELDS(F)                                                                    \
	SignOn_FIELDS_OF(F) F(TEXT, MAY, decidedBy, 0) F(TEXT, MUST, subject, 0)                   \
	    F(TEXT, MUST, issuer, 0) F(TEXT, MUST, serialNumber, 0) F(TIME, MUST, notBefore, 0)    \
		F(TIME, MUST, notAfter, 0) F(TEXT, MUST, verdict, 0)                               \
		    F(TEXT, MAY, verdictReason, 0) F(TEXT, MUST, proof, 0)                         \
			F(TEXT, MUST, address, 0) F(TEXT, MAY, note, 0)                            \
			    F(NUMBER, MUST, version, 0)
#define SignOnSetting_FIELDS(F)                                                                    \
	F(WORD, MUST, rule, SignOnRule)                                                            \
	F(NUMBER, MUST, waiting, 0)
#define ProposalField_FIELDS(F)                                                                    \
	F(NAME, MUST, name, 0)                                                                     \
	F(TEXT, MUST, value, 0)
#define Proposal_FIELDS(F)                                                                         \
	F(ID, MUST, id, 0)                                                                         \
	F(TEXT, MUST, operation, 0)                                                                \
	F(TEXT, MUST, object, 0)                                                                   \
	F(TEXT, MUST, change, 0)                                                                   \
	F(WORD, MUST, state, ProposalState)                                                        \
	F(TEXT, MUST, proposer, 0)                                                                 \
	F(TIME, MUST, proposed, 0)                                                                 \
	F(TIME, MUST, expires, 0)                                                                  \
	F(TEXT, MUST, digest, 0)                                                                   \
	F(TIME, MAY, decided, 0)                                                                   \
	F(TEXT, MAY, decidedBy, 0)                                                                 \
	F(TEXT, MAY, reason, 0)                                                                    \
	F(THINGS, MAY, field, ProposalField)
#define AuditEntry_FIELDS(F)                                                                       \
	F(TEXT, MUST, node, 0)                                                                     \
	F(LONG, MUST, seq, 0)                                                                      \
	F(FLAG, MUST, isLink, 0)                                                                   \
	F(TIME, MAY, time, 0)                                                                      \
	F(NUMBER, MAY, microseconds, 0)                                                            \
	F(ID, MAY, request, 0)                                                                     \
	F(ID, MAY, tenant, 0)                                                                      \
	F(ID, MAY, user, 0)                                                                        \
	F(TEXT, MAY, caller, 0)                                                                    \
	F(TEXT, MAY, operation, 0)                                                                 \
	F(TEXT, MAY, object, 0)                                                                    \
	F(TEXT, MAY, outcome, 0)                                                                   \
	F(TEXT, MAY, reason, 0)                                                                    \
	F(TEXT, MAY, digest, 0)                                                                    \
	F(LONG, MAY, sizeIn, 0)                                                                    \
	F(LONG, MAY, sizeOut, 0)                                                                   \
	F(TEXT, MAY, peer, 0)                                                                      \
	F(LONG, MAY, durationMicroseconds, 0)                                                      \
	F(TEXT, MUST, previous, 0)                                                                 \
	F(TEXT, MUST, hash, 0)
#define AuditCheck_FIELDS(F)                                                                       \
	F(TEXT, MUST, part, 0)                                                                     \
	F(LONG, MUST, rows, 0)                                                                     \
	F(LONG, MAY, seq, 0)                                                                       \
	F(TEXT, MAY, hash, 0)                                                                      \
	F(LONG, MAY, end, 0)                                                                       \
	F(FLAG, MUST, isGood, 0)                                                                   \
	F(LONG, MAY, badSeq, 0)                                                                    \
	F(TEXTS, MAY, problem, 0)                                                                  \
	F(TEXTS, MAY, remark, 0)                                                                   \
	F(TEXT, MAY, next, 0)
#define AuditChain_FIELDS(F)                                                                       \
	F(TEXT, MUST, node, 0)                                                                     \
	F(LONG, MUST, seq, 0)                                                                      \
	F(TEXT, MUST, hash, 0)                                                                     \
	F(TIME, MAY, time, 0)                                                                      \
	F(LONG, MUST, told, 0)                                                                     \
	F(TEXT, MUST, toldHash, 0)
#define AuditStamp_FIELDS(F)                                                                       \
	F(TEXT, MUST, day, 0)                                                                      \
	F(BYTES, MUST, statement, 0)                                                               \
	F(TEXT, MUST, digest, 0)                                                                   \
	F(TEXT, MAY, authority, 0)                                                                 \
	F(TIME, MAY, time, 0)                                                                      \
	F(TEXT, MAY, failure, 0)                                                                   \
	F(BYTES, MAY, token, 0)
#define ADMINISTRATION_THINGS(X)                                                                   \
	X(Tenant)                                                                                  \
	X(UserCertificate)                                                                         \
	X(GroupReference)                                                                          \
	X(User)                                                                                    \
	X(Group)                                                                                   \
	X(Member)                                                                                  \
	X(RightObject)                                                                             \
	X(Right)                                                                                   \
	X(KeyUse)                                                                                  \
	X(Explanation)                                                                             \
	X(RightHolder)                                                                             \
	X(StatusItem)                                                                              \
	X(UrlRule)                                                                                 \
	X(AccessExplanation)                                                                       \
	X(TrustList)                                                                               \
	X(TrustService)                                                                            \
	X(TrustCentre)                                                                             \
	X(TrustAnchor)                                                                             \
	X(TrustSnapshot)                                                                           \
	X(TrustSnapshotList)                                                                       \
	X(TrustSnapshotDetail)                                                                     \
	X(TimestampAuthority)                                                                      \
	X(AuthorityTest)                                                                           \
	X(SigningKey)                                                                              \
	X(KeyRequest)                                                                              \
	X(Setting)                                                                                 \
	X(Job)                                                                                     \
	X(JobRun)                                                                                  \
	X(Node)                                                                                    \
	X(SignOnChallenge)                                                                         \
	X(SignOnStanding)                                                                          \
	X(SignOnRequest)                                                                           \
	X(SignOnSetting)                                                                           \
	X(ProposalField)                                                                           \
	X(Proposal)                                                                                \
	X(AuditEntry) X(AuditCheck) X(AuditChain) X(AuditStamp)

/* ---- requests ----------------------------------------------------------------------------------
 */

/* What every list is asked with. */
#define LIST_FIELDS(F)                                                                             \
	F(TEXT, MAY, filter, 0)                                                                    \
	F(NUMBER, MAY, pageSize, 0)                                                                \
	F(TEXT, MAY, pageToken, 0)
#define NAMED_FIELDS(F)                                                                            \
	F(ID, MAY, id, 0)                                                                          \
	F(NAME, MAY, name, 0)
#define GONE_FIELDS(F)                                                                             \
	F(ID, MUST, id, 0)                                                                         \
	F(NUMBER, MAY, version, 0)

#define CreateTenant_FIELDS(F)                                                                     \
	F(NAME, MUST, name, 0)                                                                     \
	F(NAME, MUST, administrator, 0)                                                            \
	F(SECRET, MAY, password, 0)                                                                \
	F(BYTES, MAY, certificate, 0)
#define GetTenant_FIELDS(F) NAMED_FIELDS(F)
#define ListTenants_FIELDS(F)                                                                      \
	F(WORD, MAY, order, ListOrder)                                                             \
	LIST_FIELDS(F)
#define UpdateTenant_FIELDS(F)                                                                     \
	F(ID, MUST, id, 0)                                                                         \
	F(NUMBER, MUST, version, 0)                                                                \
	F(NAME, MUST, name, 0)                                                                     \
	F(WORD, MUST, state, ActiveState)
#define RemoveTenant_FIELDS(F) GONE_FIELDS(F)
#define CreateUser_FIELDS(F)                                                                       \
	F(NAME, MUST, name, 0)                                                                     \
	F(TIME, MAY, validUntil, 0)                                                                \
	F(SECRET, MAY, password, 0)                                                                \
	F(IDS, MAY, groupId, 0)                                                                    \
	F(BYTES, MAY, certificate, 0)
#define GetUser_FIELDS(F) NAMED_FIELDS(F)
#define ListUsers_FIELDS(F)                                                                        \
	F(WORD, MAY, order, ListOrder)                                                             \
	LIST_FIELDS(F)
#define UpdateUser_FIELDS(F)                                                                       \
	F(ID, MUST, id, 0)                                                                         \
	F(NUMBER, MUST, version, 0)                                                                \
	F(NAME, MUST, name, 0)                                                                     \
	F(WORD, MUST, state, ActiveState)                                                          \
	F(TIME, MAY, validUntil, 0)
#define RemoveUser_FIELDS(F) GONE_FIELDS(F)
#define SetPassword_FIELDS(F)                                                                      \
	F(ID, MUST, id, 0)                                                                         \
	F(NUMBER, MAY, version, 0)                                                                 \
	F(SECRET, MAY, password, 0)
#define AddUserCertificate_FIELDS(F)                                                               \
	F(ID, MUST, id, 0)                                                                         \
	F(NUMBER, MAY, version, 0)                                                                 \
	F(BYTES, MUST, certificate, 0)
#define UpdateUserCertificate_FIELDS(F)                                                            \
	F(ID, MUST, id, 0)                                                                         \
	F(TEXT, MUST, fingerprint, 0)                                                              \
	F(NUMBER, MUST, version, 0)                                                                \
	F(WORD, MUST, state, ActiveState)
#define RemoveUserCertificate_FIELDS(F)                                                            \
	F(ID, MUST, id, 0)                                                                         \
	F(TEXT, MUST, fingerprint, 0)                                                              \
	F(NUMBER, MAY, version, 0)
#define CreateGroup_FIELDS(F)                                                                      \
	F(NAME, MUST, name, 0)                                                                     \
	F(TEXT, MAY, description, 0)
#define GetGroup_FIELDS(F) NAMED_FIELDS(F)
#define ListGroups_FIELDS(F)                                                                       \
	F(WORD, MAY, order, ListOrder)                                                             \
	LIST_FIELDS(F)
#define UpdateGroup_FIELDS(F)                                                                      \
	F(ID, MUST, id, 0)                                                                         \
	F(NUMBER, MUST, version, 0)                                                                \
	F(NAME, MUST, name, 0)                                                                     \
	F(TEXT, MAY, description, 0)
#define RemoveGroup_FIELDS(F) GONE_FIELDS(F)
#define MEMBERSHIP_FIELDS(F)                                                                       \
	F(ID, MUST, groupId, 0)                                                                    \
	F(ID, MUST, memberId, 0)
#define AddGroupMember_FIELDS(F)    MEMBERSHIP_FIELDS(F)
#define RemoveGroupMember_FIELDS(F) MEMBERSHIP_FIELDS(F)
#define ListGroupMembers_FIELDS(F)                                                                 \
	F(ID, MUST, groupId, 0)                                                                    \
	LIST_FIELDS(F)
#define RIGHT_FIELDS(F)                                                                            \
	F(ID, MUST, groupId, 0)                                                                    \
	F(TEXT, MUST, operation, 0)                                                                \
	F(NAME, MAY, key, 0)                                                                       \
	F(WORD, MAY, objectKind, ObjectKind)                                                       \
	F(ID, MAY, objectId, 0)
#define GrantRight_FIELDS(F)  RIGHT_FIELDS(F)
#define RevokeRight_FIELDS(F) RIGHT_FIELDS(F)
#define ListRights_FIELDS(F)                                                                       \
	F(ID, MAY, groupId, 0)                                                                     \
	LIST_FIELDS(F)
#define KEY_USE_FIELDS(F)                                                                          \
	F(ID, MUST, groupId, 0)                                                                    \
	F(NAME, MUST, key, 0)
#define GrantKeyUse_FIELDS(F)  KEY_USE_FIELDS(F)
#define RevokeKeyUse_FIELDS(F) KEY_USE_FIELDS(F)
#define ListKeyUses_FIELDS(F)                                                                      \
	F(ID, MAY, groupId, 0)                                                                     \
	LIST_FIELDS(F)
#define ExplainRight_FIELDS(F)                                                                     \
	F(TEXT, MAY, user, 0)                                                                      \
	F(TEXT, MUST, operation, 0)                                                                \
	F(NAME, MAY, key, 0)                                                                       \
	F(WORD, MAY, objectKind, ObjectKind)                                                       \
	F(ID, MAY, objectId, 0)                                                                    \
	F(TIME, MAY, at, 0)                                                                        \
	F(BYTES, MAY, certificate, 0)
#define ListRightHolders_FIELDS(F)                                                                 \
	F(TEXT, MAY, operation, 0)                                                                 \
	F(NAME, MAY, key, 0)                                                                       \
	F(TIME, MAY, at, 0)                                                                        \
	F(NUMBER, MAY, pageSize, 0)                                                                \
	F(TEXT, MAY, pageToken, 0)
#define GetStatus_FIELDS(F)
#define QueryAudit_FIELDS(F)                                                                       \
	F(TIME, MAY, since, 0)                                                                     \
	F(TIME, MAY, until, 0)                                                                     \
	F(TEXT, MAY, user, 0)                                                                      \
	F(TEXT, MAY, operation, 0)                                                                 \
	F(TEXT, MAY, outcome, 0)                                                                   \
	F(TEXT, MAY, object, 0)                                                                    \
	F(TEXT, MAY, digest, 0)                                                                    \
	F(ID, MAY, request, 0)                                                                     \
	F(TEXT, MAY, node, 0)                                                                      \
	F(TEXT, MAY, text, 0)                                                                      \
	F(FLAG, MAY, administration, 0)                                                            \
	F(TEXT, MAY, tenant, 0)                                                                    \
	F(FLAG, MAY, installation, 0)                                                              \
	F(TEXT, MAY, chain, 0)                                                                     \
	F(WORD, MAY, order, AuditOrder)                                                            \
	F(NUMBER, MAY, pageSize, 0)                                                                \
	F(TEXT, MAY, pageToken, 0)
#define VerifyAudit_FIELDS(F)                                                                      \
	F(TEXT, MAY, node, 0)                                                                      \
	F(TEXT, MAY, token, 0)
#define ListAuditChains_FIELDS(F)
#define ListAuditStamps_FIELDS(F)                                                                  \
	F(NUMBER, MAY, pageSize, 0)                                                                \
	F(TEXT, MAY, pageToken, 0)
#define ListSignOns_FIELDS(F)                                                                      \
	F(WORD, MAY, state, SignOnState)                                                           \
	LIST_FIELDS(F)
#define AcceptSignOn_FIELDS(F)                                                                     \
	F(ID, MUST, id, 0)                                                                         \
	F(NUMBER, MAY, version, 0)                                                                 \
	F(NAME, MAY, name, 0)                                                                      \
	F(TIME, MAY, validUntil, 0)                                                                \
	F(ID, MAY, userId, 0)                                                                      \
	F(IDS, MAY, groupId, 0)
#define RefuseSignOn_FIELDS(F)                                                                     \
	F(ID, MUST, id, 0)                                                                         \
	F(NUMBER, MAY, version, 0)                                                                 \
	F(TEXT, MUST, reason, 0)
#define GetSignOnRule_FIELDS(F)
#define SetSignOnRule_FIELDS(F) F(WORD, MUST, rule, SignOnRule)
#define ListProposals_FIELDS(F)                                                                    \
	F(WORD, MAY, state, ProposalState)                                                         \
	LIST_FIELDS(F)
#define GetProposal_FIELDS(F) F(ID, MUST, id, 0)
#define AcceptProposal_FIELDS(F)                                                                   \
	F(ID, MUST, id, 0)                                                                         \
	F(TEXT, MUST, digest, 0)
#define RefuseProposal_FIELDS(F)                                                                   \
	F(ID, MUST, id, 0)                                                                         \
	F(TEXT, MUST, reason, 0)
#define GetSignOnChallenge_FIELDS(F)                                                               \
	F(NAME, MUST, tenant, 0)                                                                   \
	F(BYTES, MUST, certificate, 0)
/* By the handshake alone, or by all three. */
#define PROOF_FIELDS(F)                                                                            \
	F(TEXT, MAY, challenge, 0)                                                                 \
	F(BYTES, MAY, signatureValue, 0)                                                           \
	F(BYTES, MAY, certificate, 0)
#define SignOn_FIELDS(F)                                                                           \
	F(NAME, MUST, tenant, 0)                                                                   \
	F(TEXT, MAY, note, 0)                                                                      \
	PROOF_FIELDS(F)
#define GetSignOn_FIELDS(F)                                                                        \
	F(NAME, MUST, tenant, 0)                                                                   \
	PROOF_FIELDS(F)
#define URL_RULE_FIELDS(F)                                                                         \
	F(NAME, MUST, name, 0)                                                                     \
	F(TEXT, MUST, host, 0)                                                                     \
	F(TEXT, MUST, path, 0)                                                                     \
	F(TEXTS, MAY, method, 0)                                                                   \
	F(WORD, MUST, opensTo, UrlOpensTo)                                                         \
	F(IDS, MAY, groupId, 0)
#define CreateUrlRule_FIELDS(F) URL_RULE_FIELDS(F)
#define GetUrlRule_FIELDS(F)	NAMED_FIELDS(F)
#define ListUrlRules_FIELDS(F)                                                                     \
	F(WORD, MAY, order, UrlRuleOrder)                                                          \
	LIST_FIELDS(F)
#define UpdateUrlRule_FIELDS(F)                                                                    \
	F(ID, MUST, id, 0)                                                                         \
	F(NUMBER, MUST, version, 0)                                                                \
	URL_RULE_FIELDS(F)
#define RemoveUrlRule_FIELDS(F) GONE_FIELDS(F)
#define ExplainAccess_FIELDS(F)                                                                    \
	F(TEXT, MAY, user, 0)                                                                      \
	F(TEXT, MUST, method, 0)                                                                   \
	F(TEXT, MUST, url, 0)                                                                      \
	F(TIME, MAY, at, 0)                                                                        \
	F(BYTES, MAY, certificate, 0)
#define ListAccessHolders_FIELDS(F)                                                                \
	F(TEXT, MUST, method, 0)                                                                   \
	F(TEXT, MUST, url, 0)                                                                      \
	F(TIME, MAY, at, 0)                                                                        \
	F(NUMBER, MAY, pageSize, 0)                                                                \
	F(TEXT, MAY, pageToken, 0)
#define ListTrustLists_FIELDS(F) LIST_FIELDS(F)
#define ListTrustCentres_FIELDS(F)                                                                 \
	F(TEXT, MAY, list, 0)                                                                      \
	F(FLAG, MAY, chosenOnly, 0)                                                                \
	LIST_FIELDS(F)
#define ChooseTrustCentre_FIELDS(F)                                                                \
	F(TEXT, MUST, list, 0)                                                                     \
	F(TEXT, MAY, trustCentre, 0)                                                               \
	F(FLAG, MAY, later, 0)
#define RejectTrustCentre_FIELDS(F)                                                                \
	F(TEXT, MUST, list, 0)                                                                     \
	F(TEXT, MAY, trustCentre, 0)
#define AddTrustAnchors_FIELDS(F)                                                                  \
	F(NAME, MUST, name, 0)                                                                     \
	F(TEXTS, MAY, usage, 0)                                                                    \
	F(TEXTS, MAY, crlUrl, 0)                                                                   \
	F(TEXTS, MAY, ocspUrl, 0)                                                                  \
	F(BYTES, MUST, certificate, 0)
#define GetTrustAnchor_FIELDS(F) NAMED_FIELDS(F)
#define ListTrustAnchors_FIELDS(F)                                                                 \
	F(WORD, MAY, order, ListOrder)                                                             \
	LIST_FIELDS(F)
#define UpdateTrustAnchor_FIELDS(F)                                                                \
	F(ID, MUST, id, 0)                                                                         \
	F(NUMBER, MUST, version, 0)                                                                \
	F(NAME, MUST, name, 0)                                                                     \
	F(WORD, MUST, state, UseState)                                                             \
	F(TEXTS, MAY, usage, 0)                                                                    \
	F(TEXTS, MAY, crlUrl, 0)                                                                   \
	F(TEXTS, MAY, ocspUrl, 0)
#define RemoveTrustAnchor_FIELDS(F)  GONE_FIELDS(F)
#define ListTrustSnapshots_FIELDS(F) LIST_FIELDS(F)
#define GetTrustSnapshot_FIELDS(F)                                                                 \
	F(NUMBER, MAY, number, 0)                                                                  \
	F(NUMBER, MAY, against, 0)
#define CreateTimestampAuthority_FIELDS(F)                                                         \
	F(NAME, MUST, name, 0)                                                                     \
	F(NUMBER, MAY, place, 0)                                                                   \
	F(TEXT, MAY, url, 0)                                                                       \
	F(NAME, MAY, key, 0)                                                                       \
	F(TEXT, MAY, policy, 0)                                                                    \
	F(NUMBER, MAY, timeout, 0)                                                                 \
	F(BYTES, MAY, certificate, 0)
#define GetTimestampAuthority_FIELDS(F)	   NAMED_FIELDS(F)
#define ListTimestampAuthorities_FIELDS(F) LIST_FIELDS(F)
#define UpdateTimestampAuthority_FIELDS(F)                                                         \
	F(ID, MUST, id, 0)                                                                         \
	F(NUMBER, MUST, version, 0)                                                                \
	F(NAME, MUST, name, 0)                                                                     \
	F(NUMBER, MUST, place, 0)                                                                  \
	F(TEXT, MAY, url, 0)                                                                       \
	F(TEXT, MAY, policy, 0)                                                                    \
	F(NUMBER, MUST, timeout, 0)                                                                \
	F(WORD, MUST, state, UseState)                                                             \
	F(BYTES, MAY, certificate, 0)
#define RemoveTimestampAuthority_FIELDS(F) GONE_FIELDS(F)
#define TestTimestampAuthority_FIELDS(F)   F(ID, MUST, id, 0)
#define GetSigningKey_FIELDS(F)		   NAMED_FIELDS(F)
#define ListSigningKeys_FIELDS(F)                                                                  \
	F(WORD, MAY, order, ListOrder)                                                             \
	LIST_FIELDS(F)
#define UpdateSigningKey_FIELDS(F)                                                                 \
	F(ID, MUST, id, 0)                                                                         \
	F(NUMBER, MUST, version, 0)                                                                \
	F(NAME, MUST, name, 0)                                                                     \
	F(WORD, MUST, state, SigningKeyState)                                                      \
	F(FLAG, MUST, isDefault, 0)
#define RenewSigningKey_FIELDS(F)                                                                  \
	F(ID, MUST, id, 0)                                                                         \
	F(NUMBER, MUST, version, 0)                                                                \
	F(BYTES, MUST, certificate, 0)
#define CreateSigningKey_FIELDS(F)                                                                 \
	F(NAME, MAY, name, 0)                                                                      \
	F(WORD, MUST, algorithm, KeyAlgorithm)                                                     \
	F(NUMBER, MAY, size, 0)                                                                    \
	F(TEXTS, MAY, usage, 0)                                                                    \
	F(TEXT, MUST, subject, 0)                                                                  \
	F(ID, MAY, replaces, 0)
#define GetKeyRequest_FIELDS(F)	   NAMED_FIELDS(F)
#define ListKeyRequests_FIELDS(F)  LIST_FIELDS(F)
#define RemoveKeyRequest_FIELDS(F) GONE_FIELDS(F)
#define CertifySigningKey_FIELDS(F)                                                                \
	F(ID, MUST, id, 0)                                                                         \
	F(NUMBER, MAY, version, 0)                                                                 \
	F(BYTES, MUST, certificate, 0)
#define ImportSigningKey_FIELDS(F)                                                                 \
	F(NAME, MUST, name, 0)                                                                     \
	F(TEXTS, MAY, usage, 0)                                                                    \
	F(SECRET, MAY, password, 0)                                                                \
	F(BYTES, MUST, pkcs12, 0)
#define GetSetting_FIELDS(F)   F(NAME, MUST, name, 0)
#define ListSettings_FIELDS(F) F(TEXT, MAY, filter, 0)
#define UpdateSetting_FIELDS(F)                                                                    \
	F(NAME, MUST, name, 0)                                                                     \
	F(TEXT, MAY, value, 0)                                                                     \
	F(TEXT, MAY, was, 0)
#define GetJob_FIELDS(F)   NAMED_FIELDS(F)
#define ListJobs_FIELDS(F) LIST_FIELDS(F)
#define UpdateJob_FIELDS(F)                                                                        \
	F(ID, MUST, id, 0)                                                                         \
	F(NUMBER, MUST, version, 0)                                                                \
	F(WORD, MUST, state, JobState)                                                             \
	F(NUMBER, MAY, everySeconds, 0)                                                            \
	F(TEXT, MAY, dailyAt, 0)
#define RunJob_FIELDS(F) F(ID, MUST, id, 0)
#define ListJobRuns_FIELDS(F)                                                                      \
	F(ID, MUST, id, 0)                                                                         \
	F(NUMBER, MAY, pageSize, 0)                                                                \
	F(TEXT, MAY, pageToken, 0)
#define ListNodes_FIELDS(F) LIST_FIELDS(F)

/*
 * Operations: X(ID, Name, what is answered, of which thing, called so): ONE thing, a LIST of them,
 * or DONE (nothing but the result).
 */
#define ADMINISTRATION(X)                                                                          \
	X(CREATE_TENANT, CreateTenant, ONE, Tenant, tenant)                                        \
	X(GET_TENANT, GetTenant, ONE, Tenant, tenant)                                              \
	X(LIST_TENANTS, ListTenants, LIST, Tenant, item)                                           \
	X(UPDATE_TENANT, UpdateTenant, ONE, Tenant, tenant)                                        \
	X(REMOVE_TENANT, RemoveTenant, DONE, Tenant, 0)                                            \
	X(CREATE_USER, CreateUser, ONE, User, user)                                                \
	X(GET_USER, GetUser, ONE, User, user)                                                      \
	X(LIST_USERS, ListUsers, LIST, User, item)                                                 \
	X(UPDATE_USER, UpdateUser, ONE, User, user)                                                \
	X(REMOVE_USER, RemoveUser, DONE, User, 0)                                                  \
	X(SET_PASSWORD, SetPassword, ONE, User, user)                                              \
	X(ADD_USER_CERTIFICATE, AddUserCertificate, ONE, User, user)                               \
	X(UPDATE_USER_CERTIFICATE, UpdateUserCertificate, ONE, User, user)                         \
	X(REMOVE_USER_CERTIFICATE, RemoveUserCertificate, ONE, User, user)                         \
	X(CREATE_GROUP, CreateGroup, ONE, Group, group)                                            \
	X(GET_GROUP, GetGroup, ONE, Group, group)                                                  \
	X(LIST_GROUPS, ListGroups, LIST, Group, item)                                              \
	X(UPDATE_GROUP, UpdateGroup, ONE, Group, group)                                            \
	X(REMOVE_GROUP, RemoveGroup, DONE, Group, 0)                                               \
	X(ADD_GROUP_MEMBER, AddGroupMember, DONE, Group, 0)                                        \
	X(REMOVE_GROUP_MEMBER, RemoveGroupMember, DONE, Group, 0)                                  \
	X(LIST_GROUP_MEMBERS, ListGroupMembers, LIST, Member, item)                                \
	X(GRANT_RIGHT, GrantRight, DONE, Right, 0)                                                 \
	X(REVOKE_RIGHT, RevokeRight, DONE, Right, 0)                                               \
	X(LIST_RIGHTS, ListRights, LIST, Right, item)                                              \
	X(GRANT_KEY_USE, GrantKeyUse, DONE, KeyUse, 0)                                             \
	X(REVOKE_KEY_USE, RevokeKeyUse, DONE, KeyUse, 0)                                           \
	X(LIST_KEY_USES, ListKeyUses, LIST, KeyUse, item)                                          \
	X(EXPLAIN_RIGHT, ExplainRight, ONE, Explanation, explanation)                              \
	X(LIST_RIGHT_HOLDERS, ListRightHolders, LIST, RightHolder, item)                           \
	X(CREATE_URL_RULE, CreateUrlRule, ONE, UrlRule, rule)                                      \
	X(GET_URL_RULE, GetUrlRule, ONE, UrlRule, rule)                                            \
	X(LIST_URL_RULES, ListUrlRules, LIST, UrlRule, item)                                       \
	X(UPDATE_URL_RULE, UpdateUrlRule, ONE, UrlRule, rule)                                      \
	X(REMOVE_URL_RULE, RemoveUrlRule, DONE, UrlRule, 0)                                        \
	X(EXPLAIN_ACCESS, ExplainAccess, ONE, AccessExplanation, explanation)                      \
	X(LIST_ACCESS_HOLDERS, ListAccessHolders, LIST, RightHolder, item)                         \
	X(LIST_TRUST_LISTS, ListTrustLists, LIST, TrustList, item)                                 \
	X(LIST_TRUST_CENTRES, ListTrustCentres, LIST, TrustCentre, item)                           \
	X(CHOOSE_TRUST_CENTRE, ChooseTrustCentre, DONE, TrustCentre, 0)                            \
	X(REJECT_TRUST_CENTRE, RejectTrustCentre, DONE, TrustCentre, 0)                            \
	X(ADD_TRUST_ANCHORS, AddTrustAnchors, LIST, TrustAnchor, item)                             \
	X(GET_TRUST_ANCHOR, GetTrustAnchor, ONE, TrustAnchor, trustAnchor)                         \
	X(LIST_TRUST_ANCHORS, ListTrustAnchors, LIST, TrustAnchor, item)                           \
	X(UPDATE_TRUST_ANCHOR, UpdateTrustAnchor, ONE, TrustAnchor, trustAnchor)                   \
	X(REMOVE_TRUST_ANCHOR, RemoveTrustAnchor, DONE, TrustAnchor, 0)                            \
	X(LIST_TRUST_SNAPSHOTS, ListTrustSnapshots, LIST, TrustSnapshot, item)                     \
	X(GET_TRUST_SNAPSHOT, GetTrustSnapshot, ONE, TrustSnapshotDetail, snapshot)                \
	X(CREATE_TIMESTAMP_AUTHORITY, CreateTimestampAuthority, ONE, TimestampAuthority,           \
	    authority)                                                                             \
	X(GET_TIMESTAMP_AUTHORITY, GetTimestampAuthority, ONE, TimestampAuthority, authority)      \
	X(LIST_TIMESTAMP_AUTHORITIES, ListTimestampAuthorities, LIST, TimestampAuthority, item)    \
	X(UPDATE_TIMESTAMP_AUTHORITY, UpdateTimestampAuthority, ONE, TimestampAuthority,           \
	    authority)                                                                             \
	X(REMOVE_TIMESTAMP_AUTHORITY, RemoveTimestampAuthority, DONE, TimestampAuthority, 0)       \
	X(TEST_TIMESTAMP_AUTHORITY, TestTimestampAuthority, ONE, AuthorityTest, test)              \
	X(GET_SIGNING_KEY, GetSigningKey, ONE, SigningKey, key)                                    \
	X(LIST_SIGNING_KEYS, ListSigningKeys, LIST, SigningKey, item)                              \
	X(UPDATE_SIGNING_KEY, UpdateSigningKey, ONE, SigningKey, key)                              \
	X(RENEW_SIGNING_KEY, RenewSigningKey, ONE, SigningKey, key)                                \
	X(CREATE_SIGNING_KEY, CreateSigningKey, ONE, KeyRequest, request)                          \
	X(GET_KEY_REQUEST, GetKeyRequest, ONE, KeyRequest, request)                                \
	X(LIST_KEY_REQUESTS, ListKeyRequests, LIST, KeyRequest, item)                              \
	X(REMOVE_KEY_REQUEST, RemoveKeyRequest, DONE, KeyRequest, 0)                               \
	X(CERTIFY_SIGNING_KEY, CertifySigningKey, ONE, SigningKey, key)                            \
	X(IMPORT_SIGNING_KEY, ImportSigningKey, ONE, SigningKey, key)                              \
	X(GET_SETTING, GetSetting, ONE, Setting, setting)                                          \
	X(LIST_SETTINGS, ListSettings, LIST, Setting, item)                                        \
	X(UPDATE_SETTING, UpdateSetting, ONE, Setting, setting)                                    \
	X(GET_JOB, GetJob, ONE, Job, job)                                                          \
	X(LIST_JOBS, ListJobs, LIST, Job, item)                                                    \
	X(UPDATE_JOB, UpdateJob, ONE, Job, job)                                                    \
	X(RUN_JOB, RunJob, ONE, Job, job)                                                          \
	X(LIST_JOB_RUNS, ListJobRuns, LIST, JobRun, item)                                          \
	X(LIST_NODES, ListNodes, LIST, Node, item)                                                 \
	X(GET_STATUS, GetStatus, LIST, StatusItem, item)                                           \
	X(QUERY_AUDIT, QueryAudit, LIST, AuditEntry, item)                                         \
	X(VERIFY_AUDIT, VerifyAudit, ONE, AuditCheck, check)                                       \
	X(LIST_AUDIT_CHAINS, ListAuditChains, LIST, AuditChain, item)                              \
	X(LIST_AUDIT_STAMPS, ListAuditStamps, LIST, AuditStamp, item)                              \
	X(LIST_SIGN_ONS, ListSignOns, LIST, SignOnRequest, item)                                   \
	X(ACCEPT_SIGN_ON, AcceptSignOn, ONE, User, user)                                           \
	X(REFUSE_SIGN_ON, RefuseSignOn, ONE, SignOnRequest, signOn)                                \
	X(GET_SIGN_ON_RULE, GetSignOnRule, ONE, SignOnSetting, setting)                            \
	X(SET_SIGN_ON_RULE, SetSignOnRule, ONE, SignOnSetting, setting)                            \
	X(LIST_PROPOSALS, ListProposals, LIST, Proposal, item)                                     \
	X(GET_PROPOSAL, GetProposal, ONE, Proposal, proposal)                                      \
	X(ACCEPT_PROPOSAL, AcceptProposal, ONE, Proposal, proposal)                                \
	X(REFUSE_PROPOSAL, RefuseProposal, ONE, Proposal, proposal)
/*
 * Operations of the service Access whose messages are made in the same way, and that are open to
 * who is not known: no right is asked for, the tenant's rule for sign-on decides.
 */
#define ADMINISTRATION_OPEN(X)                                                                     \
	X(SIGN_ON, SignOn, ONE, SignOnStanding, signOn)                                            \
	X(GET_SIGN_ON, GetSignOn, ONE, SignOnStanding, signOn)                                     \
	X(GET_SIGN_ON_CHALLENGE, GetSignOnChallenge, ONE, SignOnChallenge, challenge)
#define ADMINISTRATION_ALL(X) ADMINISTRATION(X) ADMINISTRATION_OPEN(X)

#endif
