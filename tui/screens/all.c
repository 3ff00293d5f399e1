/* The screens, in the order of the line at the top: the first ten have digits. */
#include "tui/screens/all.h"

const struct screen *const all_screens[] = { &screen_status, &screen_users, &screen_groups,
	&screen_rights, &screen_rules, &screen_keys, &screen_cases, &screen_health, &screen_tenants,
	&screen_sign_ons, &screen_audit, &screen_trust, &screen_lists, &screen_anchors,
	&screen_snapshots, &screen_authorities, &screen_all_keys, &screen_settings, &screen_jobs,
	&screen_nodes };
const size_t screen_count = sizeof(all_screens) / sizeof(all_screens[0]);
