#include "tokenizer_tables.h"
#include <stddef.h>

#include "tokenizer_classes.inc"
#include "tokenizer_mappings.inc"

#define count_of(array) (uint32_t)(sizeof(array) / sizeof *(array))
#define mapping(name) \
    (tokenizer_mapping) { name##_runs, count_of(name##_runs), name##_rest, count_of(name##_rest) }

tokenizer_mapping tokenizer_canonical(void) { return mapping(canonical); }
tokenizer_mapping tokenizer_compatible(void) { return mapping(compatible); }
tokenizer_mapping tokenizer_small(void) { return mapping(small); }

tokenizer_runs tokenizer_order(void) {
    return (tokenizer_runs) { order_runs, count_of(order_runs) };
}

tokenizer_runs tokenizer_classes(void) {
    return (tokenizer_runs) { class_runs, count_of(class_runs) };
}

const uint16_t *tokenizer_class_flags(void) { return class_flags; }

const tokenizer_pair *tokenizer_composed(uint32_t *count) {
    *count = count_of(composed);
    return composed;
}
