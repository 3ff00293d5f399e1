/*
 * server/run/service.h: the service of the api process: database, caches, journal and engine behind
 * SOAP and the time-stamp door.
 */
#ifndef SIGNET_RUN_SERVICE_H
#define SIGNET_RUN_SERVICE_H

#include "server/run/api.h"

extern const struct api_service signet_service;

#endif
