/* server/soap/ops.h: the engine as SOAP uses it; tests put canned functions in its place. */
#ifndef SIGNET_SOAP_OPS_H
#define SIGNET_SOAP_OPS_H

#include "server/ops/engine.h"

struct soap_ops {
	const struct operation *(*operation)(enum operation_id id);
	const struct limits *(*limits)(const struct engine *engine);
	int (*authenticate)(struct engine *engine, const struct credentials *who, int may_wait,
	    const struct caller **caller, int *moved, struct error *err);
	int (*caller_is)(const struct caller *caller, const char *user);
	void (*caller_label)(const struct caller *caller, char *out, size_t size);
	int (*admit)(struct engine *engine, struct request *req, int *moved, struct error *err);
	int (*run)(struct engine *engine, struct request *req, struct error *err);
	int (*conclude)(struct engine *engine, struct request *req, const struct error *failure,
	    struct pending **pending, struct error *err);
	void (*cancel)(struct pending *pending);
	void (*release)(struct request *req);
};

extern const struct soap_ops soap_ops_engine; /* the real ones of server/ops/engine.h */

#endif
