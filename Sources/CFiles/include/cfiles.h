// What the C library has for files and Swift's Glibc does not show.
#pragma once

/// Lets two names change places in one step (renameat2, Linux 3.15). 0, or -1 with errno where the
/// file system cannot.
int cfiles_exchange(const char *one, const char *other);
