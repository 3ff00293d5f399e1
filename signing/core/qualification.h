/*
 * signing/core/qualification.h: the words of the eIDAS regulation (EU 910/2014) for certificates,
 * signatures and time stamps, as ETSI TS 119 615 and TS 119 172-4 determine them. The terms for
 * people, and the URNs, are those that the EU's validation tool prints.
 */
#ifndef SIGNET_SIGNING_CORE_QUALIFICATION_H
#define SIGNET_SIGNING_CORE_QUALIFICATION_H

enum qualification {
	QUALIFICATION_UNTOLD,	      /* nobody asked */
	QUALIFICATION_NOT_APPLICABLE, /* EU trusted lists have nothing to say of it */
	QUALIFICATION_INDETERMINATE, /* of a certificate or time stamp: they cannot be relied on, or
				      * contradict themselves */
	/* certificates */
	QC_ESIG_QSCD,
	QC_ESEAL_QSCD,
	QC_ESIG,
	QC_ESEAL,
	QC_WSA,
	CERT_ESIG, /* these four are not qualified */
	CERT_ESEAL,
	CERT_WSA,
	CERT_UNKNOWN,
	/* signatures and seals */
	SIG_QESIG,
	SIG_QESEAL,
	SIG_ADESIG_QC,
	SIG_ADESEAL_QC,
	SIG_ADESIG,
	SIG_ADESEAL,
	SIG_UNKNOWN, /* valid, of a certificate that does not say for what it is */
	SIG_INDETERMINATE_QESIG,
	SIG_INDETERMINATE_QESEAL,
	SIG_INDETERMINATE_ADESIG_QC,
	SIG_INDETERMINATE_ADESEAL_QC,
	SIG_INDETERMINATE_ADESIG,
	SIG_INDETERMINATE_ADESEAL,
	SIG_INDETERMINATE_UNKNOWN,
	SIG_NOT_ADES_QC_QSCD,
	SIG_NOT_ADES_QC,
	SIG_NOT_ADES,
	/* time stamps */
	TIMESTAMP_QTSA,
	TIMESTAMP_TSA,
	QUALIFICATIONS
};

/* "AdESigQC", "QCForESigWithQSCD", ...: for programs, as in the contract; "" for UNTOLD. */
const char *qualification_name(enum qualification q);
/* "AdESig-QC", "QC for eSig with QSCD", ...: what the EU's tool prints. */
const char *qualification_term(enum qualification q);
/* In plain words: "advanced electronic signature with a qualified certificate". */
const char *qualification_text(enum qualification q);
/* The part of the EU tool's URN for levels of signatures behind the last colon; NULL for others. */
const char *qualification_urn(enum qualification q);
#define QUALIFICATION_URN "urn:cef:dss:signatureQualification:"

/* What a certificate's level says. */
int qualification_is_qc(enum qualification q);	 /* qualified, for whatever */
int qualification_is_qscd(enum qualification q); /* and its key is in a qualified device */
/* 1 for what is there and good: QES, QC, QTSA; 0 for all else. */
int qualification_is_qualified(enum qualification q);

#endif
