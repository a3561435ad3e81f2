#include "ctrap.h"
#include <exception>

/// The library's own handler prints what() of the exception, which may quote data.
static void terminate() { ctrap_fail("uncaught C++ exception"); }

extern "C" void ctrap_terminate_install(void) { std::set_terminate(terminate); }
