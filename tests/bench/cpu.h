/*
 * tests/bench/cpu.h: the processor time that each process of the figures takes. On a machine that
 * is shared with others it says more than a rate does.
 */
#ifndef SIGNET_TESTS_BENCH_CPU_H
#define SIGNET_TESTS_BENCH_CPU_H

#include <stdint.h>

enum cpu_part { CPU_CLIENT, CPU_API, CPU_KEYS, CPU_POSTGRES, CPU_PARTS };

/* Microseconds since the start: this process, and those below it that live, by their names. */
struct cpu {
	uint64_t us[CPU_PARTS];
};

extern const char *const cpu_part_names[CPU_PARTS];
void cpu_read(struct cpu *cpu);

#endif
