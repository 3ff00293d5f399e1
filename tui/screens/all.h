/* tui/screens/all.h: every screen of the console. */
#ifndef SIGNET_TUI_ALL_H
#define SIGNET_TUI_ALL_H

#include "tui/screens/screen.h"

extern const struct screen screen_status, screen_users, screen_groups, screen_rights, screen_rules,
    screen_keys, screen_cases, screen_health, screen_tenants, screen_sign_ons, screen_audit,
    screen_trust, screen_lists, screen_anchors, screen_snapshots, screen_authorities,
    screen_all_keys, screen_settings, screen_jobs, screen_nodes;

#endif
