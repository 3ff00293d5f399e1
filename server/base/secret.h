/* server/base/secret.h: passwords and passphrases that are made, not chosen. */
#ifndef SIGNET_BASE_SECRET_H
#define SIGNET_BASE_SECRET_H

#define SECRET_SIZE 25

/* 24 random characters that can be typed, about 140 bits; a letter first. Returns out. */
char *secret_make(char out[SECRET_SIZE]);

#endif
