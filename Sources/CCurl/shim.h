// libcurl for Swift: its setters are variadic, which Swift refuses to call, so each argument type
// gets a wrapper here. Grown by Sources/Remote.
#pragma once
#include <curl/curl.h>
