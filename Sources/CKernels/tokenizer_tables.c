#include "tokenizer_tables.h"

#include "tokenizer_classes.inc"
#include "tokenizer_mappings.inc"

#define count_of(array) (uint32_t)(sizeof(array) / sizeof *(array))

scalar_mapping tokenizer_small(void) {
    return (scalar_mapping) {
        small_runs, count_of(small_runs), small_rest, count_of(small_rest) };
}

scalar_values tokenizer_classes(void) {
    return (scalar_values) { class_runs, count_of(class_runs) };
}

const uint16_t *tokenizer_class_flags(void) { return class_flags; }
