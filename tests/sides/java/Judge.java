import eu.europa.esig.dss.enumerations.TokenExtractionStrategy;
import eu.europa.esig.dss.jaxb.object.Message;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.InMemoryDocument;
import eu.europa.esig.dss.model.x509.CertificateToken;
import eu.europa.esig.dss.pades.validation.PDFDocumentValidator;
import eu.europa.esig.dss.service.crl.OnlineCRLSource;
import eu.europa.esig.dss.service.ocsp.OnlineOCSPSource;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.simplereport.jaxb.XmlTimestamp;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.signature.AdvancedSignature;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.tsp.TimestampToken;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.reports.Reports;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The EU DSS as a judge. Standard input has a line for each document: name, file, what a detached signature signs
 * (files joined by "|", "-" for none), password or "-"; tab separated. Standard output has a JSON object for each.
 */
class Judge {
	private final CommonCertificateVerifier verifier = new CommonCertificateVerifier();

	/** Each file of the folder is a trust anchor. Without `online` nothing is fetched. */
	Judge(File anchors, boolean online) {
		CommonTrustedCertificateSource trusted = new CommonTrustedCertificateSource();
		for (File f : anchors.listFiles())
			trusted.addCertificate(DSSUtils.loadCertificate(f));
		verifier.setTrustedCertSources(trusted);
		verifier.setAIASource(null);
		if (online) {
			verifier.setCrlSource(new OnlineCRLSource());
			verifier.setOcspSource(new OnlineOCSPSource());
		}
		verifier.setCheckRevocationForUntrustedChains(false);
	}

	Reports judge(DSSDocument document, List<DSSDocument> detached, String password, Date at) {
		SignedDocumentValidator v = SignedDocumentValidator.fromDocument(document);
		v.setCertificateVerifier(verifier);
		v.setTokenExtractionStrategy(TokenExtractionStrategy.NONE);
		v.setEnableEtsiValidationReport(false);
		if (!detached.isEmpty())
			v.setDetachedContents(detached);
		if (password != null && v instanceof PDFDocumentValidator)
			((PDFDocumentValidator) v).setPasswordProtection(password.toCharArray());
		if (at != null)
			v.setValidationTime(at);
		return v.validateDocument();
	}

	static String quoted(Object o) {
		if (o == null)
			return "null";
		StringBuilder s = new StringBuilder("\"");
		for (char c : o.toString().toCharArray())
			if (c == '"' || c == '\\')
				s.append('\\').append(c);
			else if (c < ' ' || c > '~')
				s.append(String.format("\\u%04x", (int) c));
			else
				s.append(c);
		return s.append('"').toString();
	}

	private static String messages(List<Message> list) {
		List<String> all = new ArrayList<>();
		for (Message m : list)
			all.add(quoted(m.getKey() + ": " + m.getValue()));
		return "[" + String.join(",", all) + "]";
	}

	private static String token(SimpleReport r, String id, String level) {
		return "{\"id\":" + quoted(id) + ",\"level\":" + quoted(level) + ",\"indication\":" +
		    quoted(r.getIndication(id)) + ",\"sub\":" + quoted(r.getSubIndication(id)) + ",\"signer\":" +
		    quoted(r.getSignedBy(id)) + ",\"claimed\":" +
		    quoted(r.getSigningTime(id) == null ? null : DSSUtils.formatDateToRFC(r.getSigningTime(id))) +
		    ",\"errors\":" + messages(r.getAdESValidationErrors(id)) +
		    ",\"warnings\":" + messages(r.getAdESValidationWarnings(id)) + ",\"infos\":" +
		    messages(r.getAdESValidationInfo(id)) + "}";
	}

	static String told(Reports reports) {
		SimpleReport r = reports.getSimpleReport();
		List<String> signatures = new ArrayList<>(), stamps = new ArrayList<>();
		for (String id : r.getSignatureIdList()) {
			signatures.add(token(r, id, String.valueOf(r.getSignatureFormat(id))));
			for (XmlTimestamp t : r.getSignatureTimestamps(id))
				stamps.add(token(r, t.getId(), null));
		}
		for (String id : r.getTimestampIdList())
			stamps.add(token(r, id, null));
		List<String> broken = new ArrayList<>();
		reports.getDiagnosticData().getSignatures().forEach(s -> {
			if (!s.isSignatureIntact() || !s.isSignatureValid())
				broken.add(quoted(s.getId()));
			if (!s.getStructuralValidationMessages().isEmpty())
				broken.add(quoted("structure: " + s.getStructuralValidationMessages()));
		});
		return "\"signatures\":[" + String.join(",", signatures) + "],\"timestamps\":[" +
		    String.join(",", stamps) + "],\"broken\":[" + String.join(",", broken) + "]";
	}

	static List<DSSDocument> documents(String names) {
		if (names.equals("-"))
			return Collections.emptyList();
		List<DSSDocument> list = new ArrayList<>();
		for (String name : names.split("\\|"))
			list.add(new FileDocument(name));
		return list;
	}

	private String line(String[] row) {
		try {
			return told(judge(new FileDocument(row[1]), documents(row[2]),
			    row[3].equals("-") ? null : row[3],
			    row.length > 4 && !row[4].equals("-") ? DSSUtils.parseRFCDate(row[4]) : null));
		} catch (Exception | StackOverflowError e) {
			return "\"error\":" + quoted(e);
		}
	}

	void all() throws Exception {
		BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
		for (String l = in.readLine(); l != null; l = in.readLine()) {
			String[] row = l.split("\t");
			System.out.println("{\"name\":" + quoted(row[0]) + "," + line(row) + "}");
		}
	}

	/** Every self-signed certificate that stands in the documents, as DER files NAME.der in a folder. */
	void roots(File folder) throws Exception {
		BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
		for (String l = in.readLine(); l != null; l = in.readLine()) {
			String[] row = l.split("\t");
			try {
				SignedDocumentValidator v = SignedDocumentValidator.fromDocument(new FileDocument(row[1]));
				v.setDetachedContents(documents(row[2]));
				Set<CertificateToken> all = new HashSet<>();
				for (AdvancedSignature s : v.getSignatures()) {
					all.addAll(s.getCertificates());
					all.addAll(s.getCompleteCertificateSource().getCertificates());
					for (TimestampToken t : s.getAllTimestamps())
						all.addAll(t.getCertificates());
				}
				for (CertificateToken c : all)
					if (c.isSelfSigned())
						Files.write(new File(folder, c.getDSSIdAsString() + ".der").toPath(), c.getEncoded());
			} catch (Exception | StackOverflowError e) {
				System.err.println(row[0] + ": " + e);
			}
		}
	}

	/** Verifications a second of one document, after as many seconds of warming up. */
	String speed(String name, String file, String detached, int seconds) throws Exception {
		DSSDocument d = new InMemoryDocument(Files.readAllBytes(new File(file).toPath()), name);
		long n = 0, from = 0, end = 0;
		for (int round = 0; round < 2; round++) {
			from = System.nanoTime();
			end = from + seconds * 1000000000L;
			for (n = 0; System.nanoTime() < end; n++)
				judge(d, documents(detached), null, null);
			end = System.nanoTime();
		}
		return name + "\t" + n * 1e9 / (end - from);
	}
}
