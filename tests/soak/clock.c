/* A wall clock that can be set while a program runs (LD_PRELOAD): seconds in the file CLOCK_FILE are added to it.
 * The monotonic clock is left alone, as a person or a time server who sets a clock leaves it alone. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static long offset(void) {
    static __thread int busy = 0;
    const char *name = getenv("CLOCK_FILE");
    long seconds = 0;
    if (!name || busy) return 0;
    busy = 1;
    FILE *file = fopen(name, "r");
    if (file) {
        if (fscanf(file, "%ld", &seconds) != 1) seconds = 0;
        fclose(file);
    }
    busy = 0;
    return seconds;
}

int clock_gettime(clockid_t clock, struct timespec *found) {
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, found);
    if (result == 0 && clock == CLOCK_REALTIME) found->tv_sec += offset();
    return result;
}

int gettimeofday(struct timeval *restrict found, void *restrict zone) {
    int (*real)(struct timeval *, void *) = dlsym(RTLD_NEXT, "gettimeofday");
    int result = real(found, zone);
    if (result == 0) found->tv_sec += offset();
    return result;
}

time_t time(time_t *found) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (found) *found = now.tv_sec;
    return now.tv_sec;
}
