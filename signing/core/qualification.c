#include "signing/core/qualification.h"

#include <stddef.h>

static const struct {
	const char *name, *term, *text, *urn;
	char qc, qscd, good;
} words[QUALIFICATIONS] = {
	[QUALIFICATION_UNTOLD] = { "", "", "", NULL, 0, 0, 0 },
	[QUALIFICATION_NOT_APPLICABLE] = { "NotApplicable", "N/A",
	    "no trusted list of the EU is concerned", "notApplicable", 0, 0, 0 },
	[QUALIFICATION_INDETERMINATE] = { "Indeterminate", "Indeterminate",
	    "whether it is qualified cannot be told", NULL, 0, 0, 0 },
	[QC_ESIG_QSCD] = { "QCForESigWithQSCD", "QC for eSig with QSCD",
	    "qualified certificate for electronic signatures, its key in a qualified device", NULL,
	    1, 1, 1 },
	[QC_ESEAL_QSCD] = { "QCForESealWithQSCD", "QC for eSeal with QSCD",
	    "qualified certificate for electronic seals, its key in a qualified device", NULL, 1, 1,
	    1 },
	[QC_ESIG] = { "QCForESig", "QC for eSig", "qualified certificate for electronic signatures",
	    NULL, 1, 0, 1 },
	[QC_ESEAL] = { "QCForESeal", "QC for eSeal", "qualified certificate for electronic seals",
	    NULL, 1, 0, 1 },
	[QC_WSA] = { "QCForWSA", "QC for WSA", "qualified certificate for website authentication",
	    NULL, 1, 0, 1 },
	[CERT_ESIG] = { "CertForESig", "Cert for eSig",
	    "certificate for electronic signatures, not qualified", NULL, 0, 0, 0 },
	[CERT_ESEAL] = { "CertForESeal", "Cert for eSeal",
	    "certificate for electronic seals, not qualified", NULL, 0, 0, 0 },
	[CERT_WSA] = { "CertForWSA", "Cert for WSA",
	    "certificate for website authentication, not qualified", NULL, 0, 0, 0 },
	[CERT_UNKNOWN] = { "CertForUnknown", "Cert for unknown type", "certificate, not qualified",
	    NULL, 0, 0, 0 },
	[SIG_QESIG] = { "QESig", "QESig", "qualified electronic signature", "QESig", 0, 0, 1 },
	[SIG_QESEAL] = { "QESeal", "QESeal", "qualified electronic seal", "QESeal", 0, 0, 1 },
	[SIG_ADESIG_QC] = { "AdESigQC", "AdESig-QC",
	    "advanced electronic signature with a qualified certificate", "AdESigQC", 0, 0, 0 },
	[SIG_ADESEAL_QC] = { "AdESealQC", "AdESeal-QC",
	    "advanced electronic seal with a qualified certificate", "AdESealQC", 0, 0, 0 },
	[SIG_ADESIG] = { "AdESig", "AdESig", "advanced electronic signature", "AdESig", 0, 0, 0 },
	[SIG_ADESEAL] = { "AdESeal", "AdESeal", "advanced electronic seal", "AdESeal", 0, 0, 0 },
	[SIG_UNKNOWN] = { "Unknown", "Unknown",
	    "signature by a certificate that is not qualified and does not say for what it is",
	    "Unknown", 0, 0, 0 },
	[SIG_INDETERMINATE_QESIG] = { "IndeterminateQESig", "Indeterminate QESig",
	    "would be a qualified electronic signature, were it proven valid", "indeterminateQESig",
	    0, 0, 0 },
	[SIG_INDETERMINATE_QESEAL] = { "IndeterminateQESeal", "Indeterminate QESeal",
	    "would be a qualified electronic seal, were it proven valid", "indeterminateQESeal", 0,
	    0, 0 },
	[SIG_INDETERMINATE_ADESIG_QC] = { "IndeterminateAdESigQC", "Indeterminate AdESig-QC",
	    "would be an advanced electronic signature with a qualified certificate, were it "
	    "proven valid",
	    "indeterminateAdESigQC", 0, 0, 0 },
	[SIG_INDETERMINATE_ADESEAL_QC] = { "IndeterminateAdESealQC", "Indeterminate AdESeal-QC",
	    "would be an advanced electronic seal with a qualified certificate, were it proven "
	    "valid",
	    "indeterminateAdESealQC", 0, 0, 0 },
	[SIG_INDETERMINATE_ADESIG] = { "IndeterminateAdESig", "Indeterminate AdESig",
	    "would be an advanced electronic signature, were it proven valid",
	    "indeterminateAdESig", 0, 0, 0 },
	[SIG_INDETERMINATE_ADESEAL] = { "IndeterminateAdESeal", "Indeterminate AdESeal",
	    "would be an advanced electronic seal, were it proven valid", "indeterminateAdESeal", 0,
	    0, 0 },
	[SIG_INDETERMINATE_UNKNOWN] = { "IndeterminateUnknown", "Indeterminate Unknown",
	    "whether it is qualified cannot be told", "indeterminateUnknown", 0, 0, 0 },
	[SIG_NOT_ADES_QC_QSCD] = { "NotAdESButQCWithQSCD", "Not AdES but QC with QSCD",
	    "not valid, though its certificate is qualified and its key in a qualified device",
	    "notAdESbutQCwithQSCD", 0, 0, 0 },
	[SIG_NOT_ADES_QC] = { "NotAdESButQC", "Not AdES but QC",
	    "not valid, though its certificate is qualified", "notAdESbutQC", 0, 0, 0 },
	[SIG_NOT_ADES] = { "NotAdES", "Not AdES", "no advanced electronic signature or seal",
	    "notAdES", 0, 0, 0 },
	[TIMESTAMP_QTSA] = { "QTSA", "QTSA", "qualified electronic time stamp", NULL, 0, 0, 1 },
	[TIMESTAMP_TSA] = { "TSA", "TSA", "electronic time stamp, not qualified", NULL, 0, 0, 0 },
};

const char *
qualification_name(enum qualification q)
{
	return words[q].name;
}

const char *
qualification_term(enum qualification q)
{
	return words[q].term;
}

const char *
qualification_text(enum qualification q)
{
	return words[q].text;
}

const char *
qualification_urn(enum qualification q)
{
	return words[q].urn;
}

int
qualification_is_qc(enum qualification q)
{
	return words[q].qc;
}

int
qualification_is_qscd(enum qualification q)
{
	return words[q].qscd;
}

int
qualification_is_qualified(enum qualification q)
{
	return words[q].good;
}
