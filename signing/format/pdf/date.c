#include "signing/format/pdf/date.h"

#include <string.h>
#include <time.h>

/* `n` digits at *s, or the default when the string ends there; -1 for anything else. */
static int
digits(const char **s, int n, int low, int high, int absent, int *value)
{
	if (**s == '\0' || **s == 'Z' || **s == '+' || **s == '-') {
		*value = absent;
		return absent >= 0 ? 0 : -1;
	}
	for (*value = 0; n > 0; n--, (*s)++) {
		if (**s < '0' || **s > '9')
			return -1;
		*value = *value * 10 + (**s - '0');
	}
	return *value >= low && *value <= high ? 0 : -1;
}

/* "+01'00'", "-04'30", "Z", "Z00'00'" or nothing; the offset in seconds. */
static int
zone(const char *s, int *offset)
{
	int hours = 0, minutes = 0, sign = *s == '-' ? -1 : 1;

	*offset = 0;
	if (*s == '\0')
		return 0;
	if (*s != 'Z' && *s != '+' && *s != '-')
		return -1;
	s++;
	if (*s != '\0') {
		if (digits(&s, 2, 0, 23, -1, &hours) != 0)
			return -1;
		if (*s == '\'')
			s++;
		if (*s != '\0' && digits(&s, 2, 0, 59, 0, &minutes) != 0)
			return -1;
		if (*s == '\'')
			s++;
	}
	*offset = sign * (hours * 3600 + minutes * 60);
	return *s == '\0' ? 0 : -1;
}

int
pdf_date_parse(const char *s, int64_t *seconds)
{
	struct tm tm = { 0 };
	int offset;

	if (strncmp(s, "D:", 2) == 0)
		s += 2;
	if (digits(&s, 4, 0, 9999, -1, &tm.tm_year) != 0 ||
	    digits(&s, 2, 1, 12, 1, &tm.tm_mon) != 0 || digits(&s, 2, 1, 31, 1, &tm.tm_mday) != 0 ||
	    digits(&s, 2, 0, 23, 0, &tm.tm_hour) != 0 || digits(&s, 2, 0, 59, 0, &tm.tm_min) != 0 ||
	    digits(&s, 2, 0, 60, 0, &tm.tm_sec) != 0 || zone(s, &offset) != 0)
		return -1;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	*seconds = (int64_t)timegm(&tm) - offset;
	return 0;
}
