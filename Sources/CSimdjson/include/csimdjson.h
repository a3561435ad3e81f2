// JSON reading over Debian's simdjson, as one C function: the children of one object or array.
//
// Every child is validated to its last byte, also those that the caller passes through unread, so
// that what is written out again is valid JSON.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct csimdjson_parser csimdjson_parser;

enum csimdjson_kind {
    CSIMDJSON_NULL,
    CSIMDJSON_TRUE,
    CSIMDJSON_FALSE,
    CSIMDJSON_NUMBER,
    CSIMDJSON_STRING,
    CSIMDJSON_ARRAY,
    CSIMDJSON_OBJECT
};

/// Errors besides simdjson's own, which are positive: these are returned negative.
enum csimdjson_error { CSIMDJSON_TOO_DEEP = 1, CSIMDJSON_UNQUOTED = 2, CSIMDJSON_BARE_WORD = 100 };

typedef struct {
    const uint8_t *key; // unescaped; NULL for an array's elements
    size_t key_count;
    const uint8_t *raw; // the value's own bytes, inside the caller's buffer
    size_t raw_count;
    const uint8_t *string; // unescaped, strings only
    size_t string_count;
    int kind;
} csimdjson_value;

/// The number of readable bytes that must follow a document in its buffer.
size_t csimdjson_padding(void);

/// - deepest: the deepest nesting that is read; the document is level 1.
/// - finds_doubled_keys: whether to look for objects that have a key twice, at any depth.
csimdjson_parser *csimdjson_parser_new(size_t deepest, int finds_doubled_keys);
void csimdjson_parser_free(csimdjson_parser *parser);

/// Reads the object or array in `bytes[0 ..< count]`, of which `readable` bytes may be read.
///
/// Returns 0 and sets `*children` and `*children_count`, valid until the parser's next call, or
/// an error for `csimdjson_message`.
int csimdjson_children(csimdjson_parser *parser, const uint8_t *bytes, size_t count,
                       size_t readable, const csimdjson_value **children,
                       size_t *children_count);

/// Whether an object of the last document has a key twice; 0 where that was not looked for.
int csimdjson_has_doubled_key(const csimdjson_parser *parser);

const char *csimdjson_message(int error);

#ifdef __cplusplus
}
#endif
