/*
 * tui/model/verdict.h: verdicts of the server as JSON, which --json prints and the console shows.
 * Each is the caller's reference; `path` names what was judged (NULL: nothing).
 */
#ifndef SIGNET_TUI_VERDICT_H
#define SIGNET_TUI_VERDICT_H

#include <jansson.h>

struct soap;
struct sig__Encryption;
struct sig__VerificationAnswer;
struct sig__VerifyTimestampAnswer;
struct sig__ValidateCertificateAnswer;

json_t *verification_json(
    struct soap *soap, const char *path, const struct sig__VerificationAnswer *answer);
json_t *token_json(
    struct soap *soap, const char *path, const struct sig__VerifyTimestampAnswer *answer);
json_t *certificate_json(
    struct soap *soap, const char *path, const struct sig__ValidateCertificateAnswer *answer);
/* One layer of encryption. */
json_t *encryption_json(struct soap *soap, const struct sig__Encryption *encryption);

#endif
