#include "normalization_tables.h"

#include "normalization_tables.inc"

#define count_of(array) (uint32_t)(sizeof(array) / sizeof *(array))
#define mapping(name) \
    (scalar_mapping) { name##_runs, count_of(name##_runs), name##_rest, count_of(name##_rest) }

scalar_mapping normalization_canonical(void) { return mapping(canonical); }
scalar_mapping normalization_compatible(void) { return mapping(compatible); }

scalar_values normalization_classes(void) {
    return (scalar_values) { class_runs, count_of(class_runs) };
}

const scalar_pair *normalization_composed(uint32_t *count) {
    *count = count_of(composed);
    return composed;
}

const scalar_range *normalization_later_than_14(uint32_t *count) {
    *count = count_of(later_than_14);
    return later_than_14;
}

const scalar_range *normalization_unknown_to_tokenizers(uint32_t *count) {
    *count = count_of(unknown_to_tokenizers);
    return unknown_to_tokenizers;
}
