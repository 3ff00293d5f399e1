#include "server/soap/ops.h"

#include "server/soap/worker.h"

const struct soap_ops soap_ops_engine = {
	.operation = operation_by_id,
	.limits = engine_limits,
	.authenticate = ops_authenticate,
	.caller_is = ops_caller_is,
	.caller_label = ops_caller_label,
	.admit = ops_admit,
	.run = ops_run,
	.conclude = ops_conclude,
	.cancel = pending_cancel,
	.release = request_release,
};

int
soap_worker_new(struct soap_worker **worker, struct engine *engine, struct error *err)
{
	return soap_worker_new_with(worker, engine, &soap_ops_engine, err);
}
