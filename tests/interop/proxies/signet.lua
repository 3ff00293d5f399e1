-- Ask Signet whether the request may pass: txn.signet is allow, deny, unknown (who asks is no user) or error.
core.register_action("signet", { "http-req" }, function(txn)
	local headers = {
		["X-Forwarded-Method"] = { txn.sf:method() },
		["X-Forwarded-Host"] = { txn.sf:req_hdr("Host") },
		["X-Forwarded-Uri"] = { txn.sf:url() },
		["Host"] = { "localhost" },
	}
	local der = txn.f:ssl_c_der()
	if der ~= nil and der ~= "" then
		headers["Client-Cert"] = { ":" .. txn.c:base64(der) .. ":" }
	end
	local answer = core.httpclient():get {
		url = "http://localhost/access/forward", headers = headers, dst = "unix@@DIR@/door.sock"
	}
	local said = "error"
	if answer.status == 200 then
		said = "allow"
		local user = answer.headers["x-signet-user"]
		txn:set_var("txn.user", user and user[0] or "")
	elseif answer.status == 401 then
		said = "unknown"
	elseif answer.status == 403 then
		said = "deny"
	end
	txn:set_var("txn.signet", said)
end)
