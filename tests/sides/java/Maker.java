import eu.europa.esig.dss.asic.cades.ASiCWithCAdESSignatureParameters;
import eu.europa.esig.dss.asic.cades.signature.ASiCWithCAdESService;
import eu.europa.esig.dss.asic.xades.ASiCWithXAdESSignatureParameters;
import eu.europa.esig.dss.asic.xades.signature.ASiCWithXAdESService;
import eu.europa.esig.dss.cades.CAdESSignatureParameters;
import eu.europa.esig.dss.cades.signature.CAdESCounterSignatureParameters;
import eu.europa.esig.dss.cades.signature.CAdESService;
import eu.europa.esig.dss.enumerations.ASiCContainerType;
import eu.europa.esig.dss.enumerations.CertificationPermission;
import eu.europa.esig.dss.enumerations.CommitmentTypeEnum;
import eu.europa.esig.dss.enumerations.DigestAlgorithm;
import eu.europa.esig.dss.enumerations.EncryptionAlgorithm;
import eu.europa.esig.dss.enumerations.ObjectIdentifierQualifier;
import eu.europa.esig.dss.enumerations.SignatureLevel;
import eu.europa.esig.dss.enumerations.SignaturePackaging;
import eu.europa.esig.dss.enumerations.ValidationDataEncapsulationStrategy;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.Policy;
import eu.europa.esig.dss.model.SignatureValue;
import eu.europa.esig.dss.model.SignerLocation;
import eu.europa.esig.dss.model.ToBeSigned;
import eu.europa.esig.dss.pades.PAdESSignatureParameters;
import eu.europa.esig.dss.pades.PAdESTimestampParameters;
import eu.europa.esig.dss.pades.SignatureFieldParameters;
import eu.europa.esig.dss.pades.SignatureImageParameters;
import eu.europa.esig.dss.pades.SignatureImageTextParameters;
import eu.europa.esig.dss.pades.signature.PAdESService;
import eu.europa.esig.dss.service.crl.OnlineCRLSource;
import eu.europa.esig.dss.signature.AbstractSignatureParameters;
import eu.europa.esig.dss.signature.CounterSignatureService;
import eu.europa.esig.dss.signature.DocumentSignatureService;
import eu.europa.esig.dss.signature.MultipleDocumentsSignatureService;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.tsp.KeyEntityTSPSource;
import eu.europa.esig.dss.token.DSSPrivateKeyEntry;
import eu.europa.esig.dss.token.Pkcs12SignatureToken;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.xades.XAdESSignatureParameters;
import eu.europa.esig.dss.xades.reference.CanonicalizationTransform;
import eu.europa.esig.dss.xades.reference.DSSReference;
import eu.europa.esig.dss.xades.reference.DSSTransform;
import eu.europa.esig.dss.xades.reference.EnvelopedSignatureTransform;
import eu.europa.esig.dss.xades.reference.XPath2FilterEnvelopedSignatureTransform;
import eu.europa.esig.dss.xades.reference.XPathEnvelopedSignatureTransform;
import eu.europa.esig.dss.xades.signature.XAdESCounterSignatureParameters;
import eu.europa.esig.dss.xades.signature.XAdESService;
import java.io.File;
import java.io.PrintStream;
import java.security.KeyStore.PasswordProtection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;

/**
 * The EU DSS as a signer, in many ways. Each document goes into the folder OUT, and a line about it to standard output:
 * name, file, what is signed beside it ("|" between files, "-" for nothing), password or "-", the level that was asked
 * for, signatures. A way that DSS itself refuses is told on standard error.
 */
class Maker {
	private static final char[] SECRET = "sides".toCharArray();
	private static final String[] LEVELS = { "B", "T", "LT", "LTA" };
	private static final String EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#",
				    INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
				    INCLUSIVE11 = "http://www.w3.org/2006/12/xml-c14n11",
				    COMMENTS = "WithComments";
	private final File pki, documents, out;
	private final String only;
	private final CommonCertificateVerifier verifier = new CommonCertificateVerifier();
	private final KeyEntityTSPSource stamps;
	private final CAdESService cades;
	private final XAdESService xades;
	private final PAdESService pades;
	private final ASiCWithCAdESService asicCades;
	private final ASiCWithXAdESService asicXades;
	private final PrintStream told = System.out;

	Maker(File pki, File documents, File out, String only) throws Exception {
		this.pki = pki;
		this.documents = documents;
		this.out = out;
		this.only = only;
		CommonTrustedCertificateSource trusted = new CommonTrustedCertificateSource();
		trusted.addCertificate(DSSUtils.loadCertificate(new File(pki, "ca.pem")));
		verifier.setTrustedCertSources(trusted);
		verifier.setCrlSource(new OnlineCRLSource());
		verifier.setAIASource(null);
		stamps = new KeyEntityTSPSource(new File(pki, "tsa.p12"), "PKCS12", SECRET, "sides", SECRET);
		stamps.setTsaPolicy("1.2.3.4");
		cades = new CAdESService(verifier);
		xades = new XAdESService(verifier);
		pades = new PAdESService(verifier);
		asicCades = new ASiCWithCAdESService(verifier);
		asicXades = new ASiCWithXAdESService(verifier);
		cades.setTspSource(stamps);
		xades.setTspSource(stamps);
		pades.setTspSource(stamps);
		asicCades.setTspSource(stamps);
		asicXades.setTspSource(stamps);
	}

	// ---- one document ----

	private interface Way {
		DSSDocument run() throws Exception;
	}

	private void tell(String name, String detached, String password, String level, int signatures, Way way) {
		if (!name.matches(only))
			return;
		try {
			File file = new File(out, name);
			way.run().save(file.getPath());
			told.println(String.join(
			    "\t", name, file.getPath(), detached, password, level, String.valueOf(signatures)));
		} catch (Exception | StackOverflowError e) {
			System.err.println("DSS refuses " + name + ": " + e);
		}
	}

	private DSSDocument document(String name) {
		return new FileDocument(new File(documents, name));
	}

	private String path(String... names) {
		List<String> all = new ArrayList<>();
		for (String name : names)
			all.add(new File(documents, name).getPath());
		return String.join("|", all);
	}

	private DSSPrivateKeyEntry key(String name) throws Exception {
		try (Pkcs12SignatureToken t =
		         new Pkcs12SignatureToken(new File(pki, name + ".p12"), new PasswordProtection(SECRET))) {
			return t.getKeys().get(0);
		}
	}

	private SignatureValue value(ToBeSigned data, AbstractSignatureParameters<?> p, String key) throws Exception {
		try (Pkcs12SignatureToken t =
		         new Pkcs12SignatureToken(new File(pki, key + ".p12"), new PasswordProtection(SECRET))) {
			return t.sign(data, p.getSignatureAlgorithm(), t.getKeys().get(0));
		}
	}

	private <P extends AbstractSignatureParameters<?>> P with(P p, String key, Consumer<P> more) throws Exception {
		DSSPrivateKeyEntry k = key(key);
		p.setSigningCertificate(k.getCertificate());
		p.setCertificateChain(k.getCertificateChain());
		p.setDigestAlgorithm(DigestAlgorithm.SHA256);
		if (more != null)
			more.accept(p);
		return p;
	}

	private <P extends AbstractSignatureParameters<?>> DSSDocument sign(
	    DocumentSignatureService<P, ?> service, P p, String key, DSSDocument d) throws Exception {
		return service.signDocument(d, p, value(service.getDataToSign(d, p), p, key));
	}

	private <P extends AbstractSignatureParameters<?>> DSSDocument sign(
	    MultipleDocumentsSignatureService<P, ?> service, P p, String key, List<DSSDocument> d) throws Exception {
		return service.signDocument(d, p, value(service.getDataToSign(d, p), p, key));
	}

	private static SignatureLevel level(String form, String level) {
		return SignatureLevel.valueOf(form + "_BASELINE_" + level);
	}

	private static <T> Consumer<T> both(Consumer<T> a, Consumer<T> b) {
		return x -> {
			a.accept(x);
			if (b != null)
				b.accept(x);
		};
	}

	// ---- what all formats know ----

	private static void details(AbstractSignatureParameters<?> p) {
		SignerLocation place = new SignerLocation();
		place.setCountry("DE");
		place.setLocality("Bonn");
		place.setPostalCode("53113");
		p.bLevel().setClaimedSignerRoles(Arrays.asList("buyer", "approver & more"));
		p.bLevel().setSignerLocation(place);
		p.bLevel().setCommitmentTypeIndications(
		    Arrays.asList(CommitmentTypeEnum.ProofOfApproval, CommitmentTypeEnum.ProofOfOrigin));
	}

	private static void policy(AbstractSignatureParameters<?> p) {
		Policy policy = new Policy();
		boolean isXml = p instanceof XAdESSignatureParameters;
		policy.setId(isXml ? "urn:oid:1.2.3.4.5.6" : "1.2.3.4.5.6");
		if (isXml)
			policy.setQualifier(ObjectIdentifierQualifier.OID_AS_URN);
		policy.setDigestAlgorithm(DigestAlgorithm.SHA256);
		policy.setDigestValue(DSSUtils.digest(DigestAlgorithm.SHA256, "a policy".getBytes()));
		policy.setSpuri("http://127.0.0.1:1/policy");
		p.bLevel().setSignaturePolicy(policy);
	}

	/** The keys, digests and paddings that a signer can have. */
	private interface Many<P extends AbstractSignatureParameters<?>> {
		void one(String name, String key, Consumer<P> more);
	}

	private <P extends AbstractSignatureParameters<?>> void algorithms(Many<P> many) {
		for (String key : new String[] { "rsa", "ec", "p384", "p521", "ed25519", "ed448", "bp256" })
			for (DigestAlgorithm d : new DigestAlgorithm[] { DigestAlgorithm.SHA256, DigestAlgorithm.SHA384,
			         DigestAlgorithm.SHA512, DigestAlgorithm.SHA3_256, DigestAlgorithm.SHA3_512 }) {
				if (key.equals("ed448") || (key.startsWith("ed") && d != DigestAlgorithm.SHA512))
					continue;
				many.one(key + "-" + d.name(), key, p -> p.setDigestAlgorithm(d));
				if (key.equals("rsa"))
					many.one("pss-" + d.name(), key, p -> {
						p.setEncryptionAlgorithm(EncryptionAlgorithm.RSASSA_PSS);
						p.setDigestAlgorithm(d);
					});
			}
	}

	// ---- CAdES ----

	private DSSDocument cades(DSSDocument d, SignaturePackaging packaging, String level, String key,
	    Consumer<CAdESSignatureParameters> more) throws Exception {
		return sign(cades, with(new CAdESSignatureParameters(), key, both(p -> {
			p.setSignaturePackaging(packaging);
			p.setSignatureLevel(level("CAdES", level));
			if (packaging == SignaturePackaging.DETACHED)
				p.setDetachedContents(Arrays.asList(document("doc.txt")));
		}, more)), key, d);
	}

	private void cadesOne(String name, SignaturePackaging packaging, String level, String key,
	    Consumer<CAdESSignatureParameters> more) {
		tell("cades-" + name + ".p7m", packaging == SignaturePackaging.DETACHED ? path("doc.txt") : "-", "-",
		    level, 1, () -> cades(document("doc.txt"), packaging, level, key, more));
	}

	private void allCades() {
		for (String level : LEVELS) {
			cadesOne("att-" + level, SignaturePackaging.ENVELOPING, level, "rsa", null);
			cadesOne("det-" + level, SignaturePackaging.DETACHED, level, "ec", null);
			for (String next : LEVELS)
				if (level.compareTo(next) != 0 && Arrays.asList(LEVELS).indexOf(level) <
				        Arrays.asList(LEVELS).indexOf(next))
					tell("cades-" + level + "-to-" + next + ".p7m", "-", "-", next, 1, () -> {
						CAdESSignatureParameters p = new CAdESSignatureParameters();
						p.setSignatureLevel(level("CAdES", next));
						return cades.extendDocument(cades(document("doc.txt"),
						    SignaturePackaging.ENVELOPING, level, "rsa", null), p);
					});
		}
		tell("cades-lta-renewed.p7m", "-", "-", "LTA", 1, () -> {
			CAdESSignatureParameters p = new CAdESSignatureParameters();
			p.setSignatureLevel(SignatureLevel.CAdES_BASELINE_LTA);
			return cades.extendDocument(cades.extendDocument(cades(document("doc.txt"),
			    SignaturePackaging.ENVELOPING, "LTA", "rsa", null), p), p);
		});
		this.<CAdESSignatureParameters>algorithms(
		    (name, key, more) -> cadesOne(name, SignaturePackaging.DETACHED, "B", key, more));
		cadesOne("details", SignaturePackaging.ENVELOPING, "LTA", "rsa", Maker::details);
		cadesOne("policy", SignaturePackaging.ENVELOPING, "T", "rsa", Maker::policy);
		cadesOne("old", SignaturePackaging.ENVELOPING, "T", "rsa", p -> p.setEn319122(false));
		cadesOne("old-roles", SignaturePackaging.ENVELOPING, "B", "rsa", p -> {
			p.setEn319122(false);
			details(p);
		});
		cadesOne("hints", SignaturePackaging.ENVELOPING, "B", "rsa", p -> {
			p.setContentHintsType("1.2.840.113549.1.7.1");
			p.setContentHintsDescription("text/plain");
			p.setContentIdentifierPrefix("a");
			p.setContentIdentifierSuffix("b");
		});
		cadesOne("reference-sha512", SignaturePackaging.ENVELOPING, "B", "rsa",
		    p -> p.setReferenceDigestAlgorithm(DigestAlgorithm.SHA512));
		cadesOne("stamp-sha512", SignaturePackaging.ENVELOPING, "LTA", "rsa", p -> {
			p.getSignatureTimestampParameters().setDigestAlgorithm(DigestAlgorithm.SHA512);
			p.getArchiveTimestampParameters().setDigestAlgorithm(DigestAlgorithm.SHA384);
		});
		for (String level : new String[] { "B", "LTA" })
			cadesOne("content-stamp-" + level, SignaturePackaging.ENVELOPING, level, "rsa",
			    p -> p.setContentTimestamps(
			        Collections.singletonList(cades.getContentTimestamp(document("doc.txt"), p))));
		for (boolean parallel : new boolean[] { true, false })
			for (String level : new String[] { "B", "LTA" })
				tell("cades-two-" + parallel + "-" + level + ".p7m", "-", "-", level, parallel ? 2 : 1, () -> cades(
				    cades(document("doc.txt"), SignaturePackaging.ENVELOPING, "B", "rsa", null),
				    SignaturePackaging.ENVELOPING, level, "ec", p -> p.setParallelSignature(parallel)));
		for (String level : new String[] { "B", "T", "LT" })
			for (int i = 1; i <= 2; i++) {
				int times = i;
				tell("cades-counter-" + i + "-" + level + ".p7m", "-", "-", level, 1 + i, () -> {
					DSSDocument d = cades(document("doc.txt"), SignaturePackaging.ENVELOPING, level,
					    "rsa", null);
					for (int n = 0; n < times; n++)
						d = counter(cades, with(new CAdESCounterSignatureParameters(), "ec", p -> {
							p.setSignatureLevel(SignatureLevel.CAdES_BASELINE_B);
						}), d, Collections.emptyList());
					return d;
				});
			}
	}

	private DSSDocument counter(CounterSignatureService<CAdESCounterSignatureParameters> service,
	    CAdESCounterSignatureParameters p, DSSDocument d, List<DSSDocument> detached) throws Exception {
		p.setSignatureIdToCounterSign(firstId(d, detached));
		p.setDetachedContents(detached);
		return service.counterSignSignature(d, p, value(service.getDataToBeCounterSigned(d, p), p, "ec"));
	}

	private DSSDocument counter(CounterSignatureService<XAdESCounterSignatureParameters> service,
	    XAdESCounterSignatureParameters p, DSSDocument d) throws Exception {
		p.setSignatureIdToCounterSign(firstId(d, Collections.emptyList()));
		return service.counterSignSignature(d, p, value(service.getDataToBeCounterSigned(d, p), p, "ec"));
	}

	private static String firstId(DSSDocument d, List<DSSDocument> detached) {
		SignedDocumentValidator v = SignedDocumentValidator.fromDocument(d);
		v.setDetachedContents(detached);
		return v.getSignatures().get(0).getId();
	}

	// ---- XAdES ----

	private DSSDocument xades(DSSDocument d, SignaturePackaging packaging, String level, String key,
	    Consumer<XAdESSignatureParameters> more) throws Exception {
		return sign(xades, with(new XAdESSignatureParameters(), key, both(p -> {
			p.setSignaturePackaging(packaging);
			p.setSignatureLevel(level("XAdES", level));
			if (packaging == SignaturePackaging.DETACHED)
				p.setDetachedContents(Arrays.asList(document("doc.xml")));
		}, more)), key, d);
	}

	private void xadesOne(String name, SignaturePackaging packaging, String level, String key,
	    Consumer<XAdESSignatureParameters> more) {
		tell("xades-" + name + ".xml", packaging == SignaturePackaging.DETACHED ? path("doc.xml") : "-", "-",
		    level, 1, () -> xades(document("doc.xml"), packaging, level, key, more));
	}

	/** A reference of its own making instead of the one of the packaging. */
	private static Consumer<XAdESSignatureParameters> reference(
	    String uri, DSSDocument contents, DSSTransform... transforms) {
		return p -> {
			DSSReference r = new DSSReference();
			r.setId("r-1");
			r.setUri(uri);
			r.setContents(contents);
			r.setDigestMethodAlgorithm(DigestAlgorithm.SHA512);
			r.setTransforms(Arrays.asList(transforms));
			p.setReferences(Arrays.asList(r));
		};
	}

	private void allXades() {
		SignaturePackaging[] packagings = { SignaturePackaging.ENVELOPED, SignaturePackaging.ENVELOPING,
			SignaturePackaging.DETACHED, SignaturePackaging.INTERNALLY_DETACHED };
		for (SignaturePackaging packaging : packagings)
			for (String level : LEVELS)
				xadesOne(packaging.name().toLowerCase() + "-" + level, packaging, level, "rsa", null);
		for (int from = 0; from < 4; from++)
			for (int to = from + 1; to < 4; to++) {
				String a = LEVELS[from], b = LEVELS[to];
				tell("xades-" + a + "-to-" + b + ".xml", "-", "-", b, 1, () -> {
					XAdESSignatureParameters p = new XAdESSignatureParameters();
					p.setSignatureLevel(level("XAdES", b));
					return xades.extendDocument(
					    xades(document("doc.xml"), SignaturePackaging.ENVELOPED, a, "ec", null), p);
				});
			}
		tell("xades-lta-renewed.xml", "-", "-", "LTA", 1, () -> {
			XAdESSignatureParameters p = new XAdESSignatureParameters();
			p.setSignatureLevel(SignatureLevel.XAdES_BASELINE_LTA);
			return xades.extendDocument(xades.extendDocument(
			    xades(document("doc.xml"), SignaturePackaging.ENVELOPED, "LTA", "ec", null), p), p);
		});
		this.<XAdESSignatureParameters>algorithms(
		    (name, key, more) -> xadesOne(name, SignaturePackaging.ENVELOPED, "B", key, more));
		for (String method : new String[] { EXCLUSIVE, EXCLUSIVE + COMMENTS, INCLUSIVE,
		         INCLUSIVE + "#" + COMMENTS, INCLUSIVE11, INCLUSIVE11 + "#" + COMMENTS }) {
			String name = method.replaceAll("[^a-zA-Z0-9]", "");
			xadesOne("c14n-" + name, SignaturePackaging.ENVELOPED, "LTA", "rsa", p -> {
				p.setSignedInfoCanonicalizationMethod(method);
				p.setSignedPropertiesCanonicalizationMethod(method);
				p.getSignatureTimestampParameters().setCanonicalizationMethod(method);
				p.getArchiveTimestampParameters().setCanonicalizationMethod(method);
			});
			xadesOne("reference-" + name, SignaturePackaging.ENVELOPED, "B", "rsa",
			    reference("", document("doc.xml"), new EnvelopedSignatureTransform(),
			        new CanonicalizationTransform(method)));
		}
		xadesOne("xpath", SignaturePackaging.ENVELOPED, "B", "rsa",
		    reference("", document("doc.xml"), new XPathEnvelopedSignatureTransform(),
		        new CanonicalizationTransform(EXCLUSIVE)));
		xadesOne("xpath2", SignaturePackaging.ENVELOPED, "LTA", "rsa",
		    reference("", document("doc.xml"), new XPath2FilterEnvelopedSignatureTransform(),
		        new CanonicalizationTransform(EXCLUSIVE)));
		for (boolean embed : new boolean[] { true, false })
			xadesOne("embed-" + embed, SignaturePackaging.ENVELOPING, "LTA", "rsa", p -> p.setEmbedXML(embed));
		for (SignaturePackaging packaging :
		    new SignaturePackaging[] { SignaturePackaging.ENVELOPING, SignaturePackaging.DETACHED })
			for (String level : new String[] { "B", "LTA" })
				xadesOne("manifest-" + packaging.name().toLowerCase() + "-" + level, packaging, level,
				    "rsa", p -> p.setManifestSignature(true));
		xadesOne("old", SignaturePackaging.ENVELOPED, "LTA", "rsa", p -> p.setEn319132(false));
		xadesOne("old-details", SignaturePackaging.ENVELOPED, "B", "rsa", p -> {
			p.setEn319132(false);
			details(p);
		});
		xadesOne("details", SignaturePackaging.ENVELOPED, "LTA", "rsa", Maker::details);
		xadesOne("policy", SignaturePackaging.ENVELOPED, "T", "rsa", Maker::policy);
		xadesOne("key-info", SignaturePackaging.ENVELOPED, "LTA", "rsa", p -> {
			p.setSignKeyInfo(true);
			p.setAddX509SubjectName(true);
		});
		xadesOne("pretty", SignaturePackaging.ENVELOPED, "LTA", "rsa", p -> p.setPrettyPrint(true));
		xadesOne("pretty-enveloping", SignaturePackaging.ENVELOPING, "T", "rsa", p -> p.setPrettyPrint(true));
		xadesOne("cert-sha512", SignaturePackaging.ENVELOPED, "B", "rsa",
		    p -> p.setSigningCertificateDigestMethod(DigestAlgorithm.SHA512));
		xadesOne("placed", SignaturePackaging.ENVELOPED, "T", "rsa",
		    p -> p.setXPathLocationString("//*[local-name()='item'][1]"));
		for (ValidationDataEncapsulationStrategy s : ValidationDataEncapsulationStrategy.values())
			xadesOne("values-" + s.ordinal(), SignaturePackaging.ENVELOPED, "LTA", "rsa",
			    p -> p.setValidationDataEncapsulationStrategy(s));
		for (String level : new String[] { "B", "LTA" })
			xadesOne("content-stamp-" + level, SignaturePackaging.ENVELOPED, level, "rsa",
			    p -> p.setContentTimestamps(
			        Collections.singletonList(xades.getContentTimestamp(document("doc.xml"), p))));
		for (String level : LEVELS) {
			tell("xades-two-" + level + ".xml", "-", "-", level, 2, () -> xades(
			    xades(document("doc.xml"), SignaturePackaging.ENVELOPED, level, "rsa",
			        reference("", document("doc.xml"), new XPath2FilterEnvelopedSignatureTransform(),
			            new CanonicalizationTransform(EXCLUSIVE))),
			    SignaturePackaging.ENVELOPED, level, "ec", p ->
			    reference("", document("doc.xml"), new XPath2FilterEnvelopedSignatureTransform(),
			        new CanonicalizationTransform(EXCLUSIVE)).accept(p)));
			tell("xades-several-" + level + ".xml", path("doc.xml", "doc.txt"), "-", level, 1, () -> {
				List<DSSDocument> list = Arrays.asList(document("doc.xml"), document("doc.txt"));
				return sign((MultipleDocumentsSignatureService<XAdESSignatureParameters, ?>) xades,
				    with(new XAdESSignatureParameters(), "rsa", p -> {
					    p.setSignaturePackaging(SignaturePackaging.DETACHED);
					    p.setSignatureLevel(level("XAdES", level));
				    }), "rsa", list);
			});
		}
		for (String level : new String[] { "B", "T", "LT", "LTA" })
			tell("xades-counter-" + level + ".xml", "-", "-", level, 2, () -> counter(xades,
			    with(new XAdESCounterSignatureParameters(), "ec",
			        p -> p.setSignatureLevel(SignatureLevel.XAdES_BASELINE_B)),
			    xades(document("doc.xml"), SignaturePackaging.ENVELOPED, level, "rsa", null)));
	}

	// ---- PAdES ----

	private DSSDocument pades(DSSDocument d, String level, String key, Consumer<PAdESSignatureParameters> more)
	    throws Exception {
		return sign(pades, with(new PAdESSignatureParameters(), key,
		    both(p -> p.setSignatureLevel(level("PAdES", level)), more)), key, d);
	}

	private void padesOne(String name, String document, String level, String key,
	    Consumer<PAdESSignatureParameters> more) {
		tell("pades-" + name + ".pdf", "-", "-", level, 1, () -> pades(document(document), level, key, more));
	}

	private static SignatureImageParameters picture(String field) {
		SignatureImageParameters image = new SignatureImageParameters();
		SignatureImageTextParameters text = new SignatureImageTextParameters();
		SignatureFieldParameters place = new SignatureFieldParameters();
		text.setText("Approved");
		image.setTextParameters(text);
		place.setOriginX(50);
		place.setOriginY(50);
		place.setWidth(200);
		place.setHeight(60);
		place.setFieldId(field);
		image.setFieldParameters(place);
		return image;
	}

	private void allPades() {
		for (String document : documents.list((dir, name) -> name.endsWith(".pdf"))) {
			String base = document.replace(".pdf", "");
			boolean isSecret = base.startsWith("secret");
			for (String level : LEVELS)
				tell("pades-" + base + "-" + level + ".pdf", "-", isSecret ? "user" : "-", level, 1,
				    () -> pades(document(document), level, "rsa",
				        p -> p.setPasswordProtection(isSecret ? "user".toCharArray() : null)));
		}
		this.<PAdESSignatureParameters>algorithms(
		    (name, key, more) -> padesOne(name, "doc.pdf", "B", key, more));
		for (int from = 0; from < 4; from++)
			for (int to = from + 1; to < 4; to++) {
				String a = LEVELS[from], b = LEVELS[to];
				tell("pades-" + a + "-to-" + b + ".pdf", "-", "-", b, 1, () -> {
					PAdESSignatureParameters p = new PAdESSignatureParameters();
					p.setSignatureLevel(level("PAdES", b));
					return pades.extendDocument(pades(document("doc.pdf"), a, "ec", null), p);
				});
			}
		tell("pades-lta-renewed.pdf", "-", "-", "LTA", 1, () -> {
			PAdESSignatureParameters p = new PAdESSignatureParameters();
			p.setSignatureLevel(SignatureLevel.PAdES_BASELINE_LTA);
			return pades.extendDocument(pades.extendDocument(pades(document("doc.pdf"), "LTA", "ec", null), p), p);
		});
		padesOne("visible", "doc.pdf", "LTA", "rsa", p -> p.setImageParameters(picture(null)));
		padesOne("vri", "doc.pdf", "LTA", "rsa", p -> p.setIncludeVRIDictionary(true));
		padesOne("details", "doc.pdf", "LTA", "rsa", p -> {
			p.setReason("because");
			p.setLocation("Bonn");
			p.setContactInfo("me");
			p.setSignerName("Somebody");
			details(p);
		});
		padesOne("policy", "doc.pdf", "T", "rsa", Maker::policy);
		padesOne("old", "doc.pdf", "T", "rsa", p -> p.setEn319122(false));
		for (CertificationPermission c : CertificationPermission.values())
			for (String level : new String[] { "B", "LTA" })
				padesOne("certified-" + c.getCode() + "-" + level, "doc.pdf", level, "rsa",
				    p -> p.setPermission(c));
		padesOne("pkcs7", "doc.pdf", "B", "rsa", p -> p.setSubFilter("adbe.pkcs7.detached"));
		padesOne("content-stamp", "doc.pdf", "B", "rsa", p -> {
			p.setContentTimestampParameters(new PAdESTimestampParameters(DigestAlgorithm.SHA256));
			p.setContentTimestamps(
			    Collections.singletonList(pades.getContentTimestamp(document("doc.pdf"), p)));
		});
		tell("pades-field.pdf", "-", "-", "LTA", 1, () -> {
			SignatureFieldParameters f = new SignatureFieldParameters();
			f.setFieldId("Approval");
			f.setOriginX(50);
			f.setOriginY(50);
			f.setWidth(200);
			f.setHeight(60);
			return pades(pades.addNewSignatureField(document("doc.pdf"), f), "LTA", "rsa",
			    p -> p.setImageParameters(picture("Approval")));
		});
		for (int n : new int[] { 2, 5 })
			for (String level : LEVELS)
				tell("pades-signers-" + n + "-" + level + ".pdf", "-", "-", level, n, () -> {
					DSSDocument d = document("doc.pdf");
					for (int i = 0; i < n; i++)
						d = pades(d, level, i % 2 == 0 ? "rsa" : "ec", null);
					return d;
				});
		tell("pades-many.pdf", "-", "-", "B", 50, () -> {
			DSSDocument d = document("doc.pdf");
			for (int i = 0; i < 50; i++)
				d = pades(d, "B", "ec", null);
			return d;
		});
		tell("pades-certified-then-signed.pdf", "-", "-", "B", 2, () -> pades(
		    pades(document("doc.pdf"), "B", "rsa",
		        p -> p.setPermission(CertificationPermission.MINIMAL_CHANGES_PERMITTED)), "B", "ec", null));
		tell("pades-stamp-only.pdf", "-", "-", "-", 0,
		    () -> pades.timestamp(document("doc.pdf"), new PAdESTimestampParameters(DigestAlgorithm.SHA256)));
	}

	// ---- ASiC ----

	private void allAsic() {
		for (ASiCContainerType type : new ASiCContainerType[] { ASiCContainerType.ASiC_S, ASiCContainerType.ASiC_E })
			for (String level : LEVELS) {
				String end = type == ASiCContainerType.ASiC_S ? ".asics" : ".asice";
				List<DSSDocument> list = Arrays.asList(document("doc.txt"), document("doc.xml"));
				List<DSSDocument> one = list.subList(0, 1);
				for (List<DSSDocument> d : Arrays.asList(one, list)) {
					tell("asic-cades-" + d.size() + "-" + level + end, "-", "-", level, 1,
					    () -> sign((MultipleDocumentsSignatureService<ASiCWithCAdESSignatureParameters, ?>)
					        asicCades, asicCades(type, level), "rsa", d));
					tell("asic-xades-" + d.size() + "-" + level + end, "-", "-", level, 1,
					    () -> sign((MultipleDocumentsSignatureService<ASiCWithXAdESSignatureParameters, ?>)
					        asicXades, asicXades(type, level), "rsa", d));
				}
				tell("asic-cades-two-" + level + end, "-", "-", level, 2, () -> sign(asicCades,
				    asicCades(type, level), "rsa", sign((MultipleDocumentsSignatureService<
				        ASiCWithCAdESSignatureParameters, ?>) asicCades, asicCades(type, level), "rsa",
				        type == ASiCContainerType.ASiC_S ? one : list)));
				tell("asic-xades-two-" + level + end, "-", "-", level, 2, () -> sign(asicXades,
				    asicXades(type, level), "rsa", sign((MultipleDocumentsSignatureService<
				        ASiCWithXAdESSignatureParameters, ?>) asicXades, asicXades(type, level), "rsa",
				        type == ASiCContainerType.ASiC_S ? one : list)));
				tell("asic-cades-renewed-" + level + end, "-", "-", "LTA", 1, () -> {
					DSSDocument d = sign((MultipleDocumentsSignatureService<
					    ASiCWithCAdESSignatureParameters, ?>) asicCades, asicCades(type, level), "rsa", one);
					return asicCades.extendDocument(
					    asicCades.extendDocument(d, asicCades(type, "LTA")), asicCades(type, "LTA"));
				});
				tell("asic-xades-renewed-" + level + end, "-", "-", "LTA", 1, () -> {
					DSSDocument d = sign((MultipleDocumentsSignatureService<
					    ASiCWithXAdESSignatureParameters, ?>) asicXades, asicXades(type, level), "rsa", one);
					return asicXades.extendDocument(
					    asicXades.extendDocument(d, asicXades(type, "LTA")), asicXades(type, "LTA"));
				});
			}
	}

	private ASiCWithCAdESSignatureParameters asicCades(ASiCContainerType type, String level) throws Exception {
		return with(new ASiCWithCAdESSignatureParameters(), "rsa", p -> {
			p.aSiC().setContainerType(type);
			p.setSignatureLevel(level("CAdES", level));
		});
	}

	private ASiCWithXAdESSignatureParameters asicXades(ASiCContainerType type, String level) throws Exception {
		return with(new ASiCWithXAdESSignatureParameters(), "rsa", p -> {
			p.aSiC().setContainerType(type);
			p.setSignatureLevel(level("XAdES", level));
		});
	}

	void all() {
		allCades();
		allXades();
		allPades();
		allAsic();
	}
}
