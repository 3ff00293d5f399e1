#!/usr/bin/env bash
# SPDX-License-Identifier: MIT-0
# The requests of wsdl/examples by curl, MTOM by hand. See README.md.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
examples=$here/../../wsdl/examples
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
url='' user='' password='' token='' failed=0
login=()
while [ $# -gt 0 ]; do
	case $1 in
	--url) url=$2 ;;
	--ca) login+=(--cacert "$2") ;;
	--cert) login+=(--cert "$2") ;;
	--key) login+=(--key "$2") ;;
	--user) user=$2 ;;
	--password) password=$2 ;;
	--token) token=1 && set -- --token "$@" ;;
	*) echo "unknown option $1" >&2 && exit 2 ;;
	esac
	shift 2
done
[ -z "$user" ] || [ -n "$token" ] || login+=(--user "$user:$password")

printf 'An invoice over 100 euros.\n' >"$tmp/document"
b64() { base64 -w0 "$1"; }
printf '%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj\ntrailer<</Root 1 0 R/Size 4>>\n' >"$tmp/plain"
qpdf --warning-exit-0 --no-warn --encrypt secret owner 256 -- "$tmp/plain" "$tmp/pdf"
: >"$tmp/signature" && : >"$tmp/signed" && : >"$tmp/stamp" && : >"$tmp/certificate" && : >"$tmp/case"

# post CONTENT-TYPE FILE: the answer goes to $tmp/answer
post() {
	: >"$tmp/answer"
	curl -sS "${login[@]}" -H "Content-Type: $1" --data-binary "@$2" -o "$tmp/answer" "$url" || true
}
# send EXAMPLE CONTENT-TYPE: the example, or one of ours in $tmp, with its placeholders filled; to $tmp/answer
send() {
	request=$tmp/$1.request.xml
	[ -e "$request" ] || request=$examples/$1.request.xml
	sed "s|@DOCUMENT@|$(b64 "$tmp/document")|; s|@REQUEST_ID@|$(cat /proc/sys/kernel/random/uuid)|
		s|@SHA256@|$(openssl dgst -sha256 -binary "$tmp/document" | base64 -w0)|
		s|@SIGNATURE@|$(cat "$tmp/signature")|; s|@SIGNED@|$(cat "$tmp/signed")|; s|@TOKEN@|$(cat "$tmp/stamp")|
		s|@PDF@|$(b64 "$tmp/pdf")|; s|@PDF_PASSWORD@|secret|
		s|@CASE_ID@|$(cat "$tmp/case")|
		s|@CERTIFICATE@|$(cat "$tmp/certificate")|; s|@USER@|$user|; s|@PASSWORD@|$password|" \
		"$request" >"$tmp/request"
	[ -z "$token" ] || grep -q wsse:Security "$tmp/request" ||
		perl -0pi -e 'BEGIN { local $/; open F, shift; $_ = <F>; ($h) = /(<soap:Header>.*<\/soap:Header>)/s }
			s/<soap:Body>/$h<soap:Body>/; s/\@USER\@/'"$user"'/; s/\@PASSWORD\@/'"$password"'/' \
			"$examples/WhoAmI.token.request.xml" "$tmp/request"
	post "$2" "$tmp/request"
}
# check NAME WORDS: the answer holds the words
check() {
	if grep -qE "$2" "$tmp/answer"; then
		echo "PASS $1"
	else
		failed=1
		echo "FAIL $1: $(tr -d '\n' <"$tmp/answer" | head -c 400)"
	fi
}
# The text of the first element of a name in the answer, kept as $tmp/FILE
keep() { grep -oE "<([a-z]+:)?$1>[^<]*" "$tmp/answer" | head -n 1 | sed 's/.*>//' | tr -d '\n' >"$tmp/$2" || true; }

xml='text/xml; charset=utf-8'
send WhoAmI "$xml" && check WhoAmI '<[a-z:]*caller>'
send WhoAmI.soap12 'application/soap+xml; charset=utf-8' && check 'WhoAmI SOAP 1.2' '2003/05/soap-envelope.*caller>'
[ -z "$user" ] || { send WhoAmI.token "$xml" && check 'WhoAmI UsernameToken' '<[a-z:]*caller>'; }
send ListKeys "$xml" && check ListKeys '<[a-z:]*key>'
send SignDocument "$xml" && check SignDocument '<[a-z:]*signedDocument>'
keep content signature
keep signingCertificate certificate
for operation in SignDocuments SignDigests TimestampDocument; do
	send $operation "$xml" && check $operation '<[a-z:]*major>Success'
done
send DecryptDocument "$xml" && check DecryptDocument "content>$(b64 "$tmp/document")<"
send TimestampDocument.pdf "$xml" && check 'TimestampDocument PDF' '<[a-z:]*major>Success'
send TimestampDigest "$xml" && check TimestampDigest '<[a-z:]*timestampToken>'
keep timestampToken stamp
send CounterSign "$xml" && check CounterSign 'signatureId>signer-1.1<'
send ExtendSignature "$xml" && check ExtendSignature '<[a-z:]*level>B-'
sed 's|Detached|Enveloping|' "$examples/SignDocument.request.xml" >"$tmp/Enveloping.request.xml"
send Enveloping "$xml" && keep content signed
send GetOriginalDocument "$xml" && check GetOriginalDocument "content>$(b64 "$tmp/document")<"
send VerifyDocument "$xml" && check VerifyDocument 'indication>(TotalPassed|Indeterminate).*referencesIntact>true'
send VerifyDocuments "$xml" && check VerifyDocuments 'index>1'
send ValidateCertificate "$xml" && check ValidateCertificate 'indication>'
send VerifyTimestamp "$xml" && check VerifyTimestamp 'imprintIntact>true'
send VerifyDocument.store "$xml" && check 'VerifyDocument stored' 'caseId>[0-9a-f-]{36}<'
keep caseId case
send GetCase "$xml" && check GetCase "caseId>$(cat "$tmp/case")<.*<[a-z:]*object>"
send FindCases "$xml" && check FindCases "caseId>$(cat "$tmp/case")<"
send CheckCase "$xml" && check CheckCase 'intact>true'

printf 'An invoice over 900 euros.\n' >"$tmp/document"
send VerifyDocument "$xml" && check 'VerifyDocument changed' 'indication>TotalFailed.*HASH_FAILURE'

if [ -z "$token" ]; then # MTOM: two parts, lines of the frame end by CR LF
	{
		printf -- '--frame\r\nContent-Type: application/xop+xml; charset=UTF-8; type="text/xml"\r\n'
		printf 'Content-ID: <envelope@example>\r\n\r\n'
		sed "s|@REQUEST_ID@|$(cat /proc/sys/kernel/random/uuid)|" "$examples/SignDocument.mtom.request.xml"
		printf '\r\n--frame\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n'
		printf 'Content-ID: <document@example>\r\n\r\n'
		cat "$tmp/document"
		printf '\r\n--frame--\r\n'
	} >"$tmp/mtom"
	type='multipart/related; type="application/xop+xml"; boundary="frame"; start="<envelope@example>"'
	post "$type; start-info=\"text/xml\"" "$tmp/mtom"
	check 'SignDocument MTOM' 'cid:document-0@signet'
fi
exit $failed
