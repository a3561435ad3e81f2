// The end of a process in which a promise of the code was broken: one line, exit code 70.
//
// A trap must never print a trace, because registers and stacks hold bytes of rows. The handlers
// take the place of those of Swift's backtracer.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/// Takes SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE and C++'s `std::terminate`, on the
/// alternate stack that each thread has, and takes the line that Swift's runtime prints of its own
/// before some traps away: it may hold bytes of rows. With `json` not 0 the end is also a JSON document on
/// standard output.
void ctrap_install(int json);

/// Whether `ctrap_install` was called.
int ctrap_is_installed(void);

/// Prints `curate: internal error (what); …` on standard error and ends the process with 70.
/// Async-signal-safe. The first caller speaks, later ones wait for the end.
__attribute__((noreturn)) void ctrap_fail(const char *what);

#ifdef __cplusplus
}
#endif
