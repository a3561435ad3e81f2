#define _GNU_SOURCE
#include "cfuzzer.h"

#include <sys/mman.h>

int cfuzzer_memory_file(void) { return memfd_create("fuzz", MFD_CLOEXEC); }

// The runtime's own `main`, which is linked as well, wants a reader of this name; the program has a
// `main` of its own and hands its readers to LLVMFuzzerRunDriver.
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    (void)bytes;
    (void)count;
    return 0;
}
