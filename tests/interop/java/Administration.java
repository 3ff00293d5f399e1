// SPDX-License-Identifier: MIT-0
// The service Administration by JAX-WS: a group, a right, users, pages, a typed fault. See ../README.md.
import java.net.URL;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import signet.v1.*;

public class Administration {
	static final String PASSWORD = "correct horse battery";

	static void faults(String name, signet.v1.Administration port, User user, FaultCode want) throws Exception {
		try {
			port.updateUser(null, user.getId(), user.getVersion(), user.getName(), ActiveState.ACTIVE, null);
			Client.check(name, false, "no fault");
		} catch (SignetException e) {
			SignetFault fault = e.getFaultInfo();

			Client.check(name, fault.getCode() == want && !fault.getMessage().isEmpty() &&
			    !fault.getRequestId().isEmpty(), fault.getCode());
		}
	}

	/** All users whose name has the part, two a page. */
	static List<String> pages(signet.v1.Administration port, String part) throws Exception {
		List<String> names = new ArrayList<>();
		String token = null;

		do {
			ListUsersAnswer page = port.listUsers(null, ListOrder.NAME, part, 2, token);

			for (User user : page.getItem())
				names.add(user.getName());
			Client.check("total", page.getTotal() == 3, page.getTotal());
			token = page.getNextPageToken();
		} while (token != null && names.size() < 10);
		return names;
	}

	static void administer(String version, signet.v1.Administration port) throws Exception {
		String name = "java " + version;
		Group group = port.createGroup(null, name, "by JAX-WS").getGroup();
		List<String> groups = Collections.singletonList(group.getId()), ids = new ArrayList<>();
		User user = null;

		for (String number : Arrays.asList("1", "2", "3")) {
			user = port.createUser(null, name + " " + number, null, PASSWORD, groups, null).getUser();
			ids.add(user.getId());
		}
		Client.check("CreateUser", user.getState() == ActiveState.ACTIVE && user.isHasPassword() &&
		    user.getGroup().get(0).getName().equals(name) && user.getValidUntil() == null, user.getName());
		Client.check("ListUsers", pages(port, name).equals(Arrays.asList(name + " 1", name + " 2", name + " 3")),
		    pages(port, name));
		DoneAnswer given = port.grantRight(null, group.getId(), "VerifyDocument", null, null, null);
		Client.check("GrantRight", given.getResult().getMajor() == ResultMajor.SUCCESS,
		    given.getResult().getMessage());
		ListRightsAnswer rights = port.listRights(null, group.getId(), null, null, null);
		Client.check("ListRights", rights.getItem().size() == 1 &&
		    rights.getItem().get(0).getOperation().equals("VerifyDocument") &&
		    !rights.getItem().get(0).isIsNarrowed(), rights.getItem().size());
		Explanation why = port.explainRight(null, user.getName(), "VerifyDocument", null, null, null, null, null)
		    .getExplanation();
		Client.check("ExplainRight", why.isIsAllowed() && why.getGroup().contains(name), why.getReason());
		User changed = port.updateUser(null, user.getId(), user.getVersion(), user.getName(),
		    ActiveState.SUSPENDED, null).getUser();
		Client.check("UpdateUser", changed.getState() == ActiveState.SUSPENDED &&
		    changed.getVersion() > user.getVersion(), changed.getState());
		faults("a stale version is a Conflict", port, user, FaultCode.CONFLICT);
		for (String id : ids)
			port.removeUser(null, id, null);
		faults("who is gone is NotFound", port, changed, FaultCode.NOT_FOUND);
		port.removeGroup(null, group.getId(), null);
	}

	public static void main(String[] args) throws Exception {
		for (int i = 0; i + 1 < args.length; i += 2)
			Client.options.put(args[i].substring(2), args[i + 1]);
		Client.setUpTls();
		Signet service = new Signet(new URL(Client.options.get("url") + "?wsdl"));
		administer("SOAP 1.1", Client.connect(service.getAdministration()));
		System.exit(Client.failed ? 1 : 0);
	}
}
