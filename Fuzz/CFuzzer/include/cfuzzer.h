#pragma once
#include <stddef.h>
#include <stdint.h>

// libFuzzer's own loop (compiler-rt, lib/fuzzer/FuzzerInterface.h): takes its options out of the
// arguments, and calls `one_input` until its time is used up. Ends the process where an input
// crashes. The value is the exit code.
int LLVMFuzzerRunDriver(int *count, char ***arguments,
                        int (*one_input)(const uint8_t *bytes, size_t count));

// A file without a name, memfd_create(2); below 0 when there is none to be had.
int cfuzzer_memory_file(void);
