#include "ccompress.h"
