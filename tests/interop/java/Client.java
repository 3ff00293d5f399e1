// SPDX-License-Identifier: MIT-0
// All operations of Signet by JAX-WS and the stubs that wsimport makes. See ../README.md.
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import javax.activation.DataHandler;
import javax.activation.DataSource;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.xml.namespace.QName;
import javax.xml.soap.SOAPElement;
import javax.xml.soap.SOAPEnvelope;
import javax.xml.soap.SOAPException;
import javax.xml.soap.SOAPHeader;
import javax.xml.ws.BindingProvider;
import javax.xml.ws.handler.MessageContext;
import javax.xml.ws.handler.soap.SOAPHandler;
import javax.xml.ws.handler.soap.SOAPMessageContext;
import javax.xml.ws.soap.SOAPBinding;
import signet.v1.*;

public class Client {
	static final byte[] DOCUMENT = "An invoice over 100 euros.\n".getBytes(StandardCharsets.UTF_8);
	static final byte[] CHANGED = "An invoice over 900 euros.\n".getBytes(StandardCharsets.UTF_8);
	// DOCUMENT, encrypted by CMS for the password "secret"
	static final byte[] ENVELOPE = Base64.getDecoder().decode(
	    "MIHoBgkqhkiG9w0BBwOggdowgdcCAQMxgYOjgYACAQCgGwYJKoZIhvcNAQUMMA4ECGnrrs84" +
	    "T8GdAgIIADAsBgsqhkiG9w0BCRADCTAdBglghkgBZQMEASoEELUpbkTyJ8S8KIGxgmMpGScE" +
	    "MMhbP5SNHKmpHjM/mCGgNAH6Z4VJjdp0RKYcKbU2sb6tGUwpbETe+DIJ6EPeMXdFMjBMBgkq" +
	    "hkiG9w0BBwEwHQYJYIZIAWUDBAEqBBAZjIltwR919uPBNR8YI5lYgCA7Fohy1UsNuI7meqJG" +
	    "WIZxRtQyBec17ZYqGWYn8NhxQQ==");
	static final Map<String, String> options = new HashMap<>();
	static boolean failed;

	static void check(String name, boolean truth, Object why) {
		failed |= !truth;
		System.out.println(truth ? "PASS " + name : "FAIL " + name + ": " + why);
	}

	// ---- connecting ----

	/** Trust the CA of --ca; show the certificate of --p12. */
	static void setUpTls() throws Exception {
		KeyManagerFactory keys = null;
		TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
		KeyStore store = KeyStore.getInstance("PKCS12");
		SSLContext tls = SSLContext.getInstance("TLS");

		if (!options.containsKey("ca"))
			return;
		store.load(null, null);
		try (InputStream in = new FileInputStream(options.get("ca"))) {
			store.setCertificateEntry("ca",
			    CertificateFactory.getInstance("X.509").generateCertificate(in));
		}
		trust.init(store);
		if (options.containsKey("p12")) {
			char[] password = options.getOrDefault("p12-password", "").toCharArray();
			KeyStore own = KeyStore.getInstance("PKCS12");

			try (InputStream in = new FileInputStream(options.get("p12"))) {
				own.load(in, password);
			}
			keys = KeyManagerFactory.getInstance("PKIX");
			keys.init(own, password);
		}
		tls.init(keys == null ? null : keys.getKeyManagers(), trust.getTrustManagers(), null);
		HttpsURLConnection.setDefaultSSLSocketFactory(tls.getSocketFactory());
	}

	/** Puts a WS-Security UsernameToken into each request. */
	static class Token implements SOAPHandler<SOAPMessageContext> {
		static final String WSSE =
		    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";

		@Override
		public boolean handleMessage(SOAPMessageContext context) {
			if (!(Boolean) context.get(MessageContext.MESSAGE_OUTBOUND_PROPERTY))
				return true;
			try {
				SOAPEnvelope envelope = context.getMessage().getSOAPPart().getEnvelope();
				SOAPHeader header = envelope.getHeader();
				if (header == null)
					header = envelope.addHeader();
				SOAPElement token = header.addChildElement("Security", "wsse", WSSE)
				    .addChildElement("UsernameToken", "wsse");
				token.addChildElement("Username", "wsse").addTextNode(options.get("user"));
				token.addChildElement("Password", "wsse")
				    .addTextNode(options.get("password"));
			} catch (SOAPException e) {
				throw new RuntimeException(e);
			}
			return true;
		}

		@Override
		public boolean handleFault(SOAPMessageContext context) {
			return true;
		}

		@Override
		public void close(MessageContext context) {
		}

		@Override
		public Set<QName> getHeaders() {
			return Collections.emptySet();
		}
	}

	@SuppressWarnings("rawtypes")
	static <T> T connect(T port) {
		BindingProvider provider = (BindingProvider) port;
		Map<String, Object> context = provider.getRequestContext();

		context.put(BindingProvider.ENDPOINT_ADDRESS_PROPERTY, options.get("url"));
		((SOAPBinding) provider.getBinding()).setMTOMEnabled(options.containsKey("mtom"));
		if (options.containsKey("token")) {
			provider.getBinding().setHandlerChain(
			    Collections.<javax.xml.ws.handler.Handler>singletonList(new Token()));
		} else if (options.containsKey("user")) {
			context.put(BindingProvider.USERNAME_PROPERTY, options.get("user"));
			context.put(BindingProvider.PASSWORD_PROPERTY, options.get("password"));
		}
		return port;
	}

	// ---- messages ----

	static Document document(byte[] bytes) {
		Document document = new Document();

		document.setName("invoice.txt");
		document.setContent(new DataHandler(new DataSource() {
			@Override
			public InputStream getInputStream() {
				return new ByteArrayInputStream(bytes);
			}

			@Override
			public OutputStream getOutputStream() {
				throw new UnsupportedOperationException();
			}

			@Override
			public String getContentType() {
				return "application/octet-stream";
			}

			@Override
			public String getName() {
				return "";
			}
		}));
		return document;
	}

	static byte[] bytes(Document document) throws Exception {
		ByteArrayOutputStream out = new ByteArrayOutputStream();

		document.getContent().writeTo(out);
		return out.toByteArray();
	}

	static DocumentDigest digest() throws Exception {
		DocumentDigest digest = new DocumentDigest();

		digest.setDigestMethod(DigestMethod.SHA_256);
		digest.setDigestValue(MessageDigest.getInstance("SHA-256").digest(DOCUMENT));
		return digest;
	}

	static SignatureParameters parameters(SignatureFormat format) {
		SignatureParameters parameters = new SignatureParameters();

		parameters.setFormat(format);
		return parameters;
	}

	// ---- the operations ----

	static SignDocumentAnswer sign(Signing signing) throws Exception {
		String id = UUID.randomUUID().toString();
		SignatureParameters cms = parameters(SignatureFormat.CMS);
		SignDocumentAnswer signed = signing.signDocument(id, cms, document(DOCUMENT));
		SignDocumentAnswer again = signing.signDocument(id, cms, document(DOCUMENT));

		check("ListKeys", !signing.listKeys(null, null).getKey().isEmpty(), "no keys");
		check("SignDocument", signed.getResult().getMajor() == ResultMajor.SUCCESS,
		    signed.getResult().getMessage());
		check("SignDocument repeated", again.getSignatureId().equals(signed.getSignatureId()),
		    again.getSignatureId());
		SignDocumentsAnswer many = signing.signDocuments(null, cms,
		    Arrays.asList(document(DOCUMENT), document(CHANGED)));
		check("SignDocuments", many.getItem().size() == 2 &&
		    bytes(many.getItem().get(1).getSignedDocument()).length > 0,
		    many.getResult().getMessage());
		SignDigestsAnswer digests = signing.signDigests(null, cms,
		    Arrays.asList(digest(), digest()));
		check("SignDigests", digests.getItem().get(1).getSignatureValue() != null,
		    digests.getResult().getMessage());
		digests = signing.signDigests(null, parameters(SignatureFormat.RAW),
		    Collections.singletonList(digest()));
		check("SignDigests Raw", digests.getItem().get(0).getSignatureValue() != null,
		    digests.getResult().getMessage());
		DecryptDocumentAnswer opened =
		    signing.decryptDocument(null, "secret", document(ENVELOPE));
		check("DecryptDocument",
		    Arrays.equals(bytes(opened.getDecryptedDocument()), DOCUMENT),
		    opened.getResult().getMessage());
		try {
			cms.setKey("there is no such key");
			signing.signDocument(null, cms, document(DOCUMENT));
			check("fault", false, "an unknown key signs");
		} catch (SignetException e) {
			FaultCode code = e.getFaultInfo().getCode();

			check("fault", code == FaultCode.NOT_FOUND || code == FaultCode.NOT_AUTHORIZED,
			    code);
		}
		return signed;
	}

	static void timestamp(Timestamping timestamping, Verification verification)
	    throws Exception {
		TimestampDigestAnswer stamp = timestamping.timestampDigest(null, null, digest());
		TimestampDocumentAnswer stamped = timestamping.timestampDocument(null, null,
		    TimestampFormat.TOKEN, null, document(DOCUMENT));

		check("TimestampDigest", stamp.getTimestampToken().length > 0, "no token");
		check("TimestampDocument", bytes(stamped.getTimestampedDocument()).length > 0,
		    "no token");
		VerifyTimestampAnswer good = verification.verifyTimestamp(null, null, null, null, null,
		    stamp.getTimestampToken(), null, document(DOCUMENT));
		check("VerifyTimestamp", good.isImprintIntact() &&
		    good.getIndication() != Indication.TOTAL_FAILED, good.getSubIndication());
		VerifyTimestampAnswer bad = verification.verifyTimestamp(null, null, null, null, null,
		    stamp.getTimestampToken(), null, document(CHANGED));
		check("VerifyTimestamp changed", bad.getIndication() == Indication.TOTAL_FAILED,
		    bad.getIndication());
	}

	static VerifyItem item(byte[] signature, byte[] original) {
		VerifyItem item = new VerifyItem();

		item.setSignedDocument(document(signature));
		item.getOriginalDocument().add(document(original));
		return item;
	}

	static void verify(Verification verification, SignDocumentAnswer signed) throws Exception {
		byte[] signature = bytes(signed.getSignedDocument());
		List<DocumentDigest> none = Collections.emptyList();
		VerificationAnswer good = verification.verifyDocument(null, null, null, null, null, null,
		    null, null, null, none, document(signature), Collections.singletonList(document(DOCUMENT)));
		VerificationAnswer bad = verification.verifyDocument(null, null, null, null, null, null,
		    null, null, null, none, document(signature), Collections.singletonList(document(CHANGED)));

		check("VerifyDocument", good.getIndication() != Indication.TOTAL_FAILED &&
		    good.getSignature().get(0).isSignatureValueIntact() &&
		    good.getSignature().get(0).isReferencesIntact(), good.getIndication());
		check("VerifyDocument changed", bad.getIndication() == Indication.TOTAL_FAILED,
		    bad.getIndication());
		VerifyDocumentsAnswer both = verification.verifyDocuments(null, null, null, null, null, null,
		    null, null,
		    Arrays.asList(item(signature, DOCUMENT), item(signature, CHANGED)));
		check("VerifyDocuments", both.getItem().get(0).getVerification().getIndication() ==
		    good.getIndication() && both.getItem().get(1).getVerification().getIndication() ==
		    Indication.TOTAL_FAILED, both.getResult().getMessage());
		ValidateCertificateAnswer certificate = verification.validateCertificate(null,
		    CertificatePurpose.SIGNING, null, null, null, null, null, null,
		    signed.getSigningCertificate());
		check("ValidateCertificate", certificate.getIndication() != null &&
		    certificate.getIndication() != Indication.TOTAL_FAILED,
		    certificate.getSubIndication());
	}

	/* A verdict that is stored, and found again by what one has: the document, a name. */
	static void cases(Verification verification, SignDocumentAnswer signed) throws Exception {
		List<DocumentDigest> none = Collections.emptyList();
		VerificationAnswer stored = verification.verifyDocument(null, null, null, null, null, true,
		    null, CaseKind.WORKFLOW, null, none, document(bytes(signed.getSignedDocument())),
		    Collections.singletonList(document(DOCUMENT)));
		String id = stored.getCaseId();
		StoredCase found = verification.getCase(null, id, CaseContents.ALL, null).getStoredCase();

		check("VerifyDocument stored", id != null, stored.getResult().getMessage());
		check("GetCase", found.getKind() == CaseKind.WORKFLOW &&
		    found.getIndication() == stored.getIndication() && !found.getObject().isEmpty() &&
		    bytes(found.getObject().get(0).getDocument()).length > 0, found.getCaseId());
		FindCasesAnswer list = verification.findCases(null, digest().getDigestValue(), null, null,
		    null, null, null, 1000, null);
		boolean isListed = false;

		for (FoundCase one : list.getItem())
			isListed |= one.getCaseId().equals(id);
		check("FindCases", isListed, list.getItem().size());
		check("CheckCase", verification.checkCase(null, id).isIntact(), id);
	}

	public static void main(String[] args) throws Exception {
		for (int i = 0; i < args.length; i++) {
			String name = args[i].substring(2);

			options.put(name, name.equals("mtom") || name.equals("token") ? "" : args[++i]);
		}
		setUpTls();
		String wsdl = options.getOrDefault("wsdl", options.get("url") + "?wsdl");
		Signet service = new Signet(new URL(wsdl.contains(":") ? wsdl : "file:" + wsdl));
		Verification verification = connect(service.getVerification());
		WhoAmIAnswer who = connect(service.getAccess()).whoAmI(null);

		check("WhoAmI", !who.getCaller().getName().isEmpty(), "no name");
		SignDocumentAnswer signed = sign(connect(service.getSigning()));
		timestamp(connect(service.getTimestamping()), verification);
		verify(verification, signed);
		cases(verification, signed);
		System.exit(failed ? 1 : 0);
	}
}
