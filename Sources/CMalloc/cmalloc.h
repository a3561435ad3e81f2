// glibc's own calls beside the standard's, which the module Glibc leaves out.
#include <malloc.h>
