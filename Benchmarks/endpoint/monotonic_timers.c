// Preloaded before libfaketime by clock.sh: libfaketime 0.9.10 shifts the time of every absolute
// timerfd by the hours that the date was set, also of those that count since the machine's start
// and that no change of the date moves. Those go straight to the kernel here.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static int clock_of(int timer) {
    char path[64], line[128];
    int clock = CLOCK_REALTIME;
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", timer);
    FILE *file = fopen(path, "r");
    if (!file) return clock;
    while (fgets(line, sizeof line, file) && sscanf(line, "clockid: %d", &clock) != 1) {}
    fclose(file);
    return clock;
}

int timerfd_settime(
    int timer, int flags, const struct itimerspec *value, struct itimerspec *before) {
    if (clock_of(timer) != CLOCK_REALTIME)
        return (int)syscall(SYS_timerfd_settime, timer, flags, value, before);
    int (*next)(int, int, const struct itimerspec *, struct itimerspec *) =
        dlsym(RTLD_NEXT, "timerfd_settime");
    return next(timer, flags, value, before);
}
