// For soapcpp2: the part of a WS-Security header that Signet reads, a UsernameToken. gSOAP's own
// wsse.h would make five times the code. What else stands in a header is skipped, unless it says
// mustUnderstand. Do not declare mustUnderstand or actor as members: answers would carry them twice.

//gsoap wsse schema namespace:	http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd
//gsoap wsse schema elementForm:	qualified
//gsoap wsse schema attributeForm:	unqualified

struct wsse__Password {
	char *__item;
	@char *Type;
};

struct wsse__UsernameToken {
	char *Username;
	struct wsse__Password *Password;
};

struct wsse__Security {
	struct wsse__UsernameToken *UsernameToken;
};

struct SOAP_ENV__Header {
	mustUnderstand struct wsse__Security *wsse__Security;
};

struct SOAP_ENV__Detail {
	struct sig__SignetFault *sig__SignetFault;
	char *__any;
	int __type;
	void *fault;
};
