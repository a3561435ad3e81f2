// The tables of Unicode's normalization forms as generated lists, which the module Normalization
// makes tables of. See scripts/generate_normalization_tables.py.
#pragma once
#include <stdint.h>

/// Scalars `first`, `first + step`, … `last` each become themselves plus `difference`.
typedef struct { uint32_t first, last, step; int32_t difference; } scalar_run;
/// Two scalars in a row and the one that NFC puts in their place.
typedef struct { uint32_t first, second, composed; } scalar_pair;
typedef struct { uint32_t first, last; } scalar_range;

/// One-to-one runs; then, in `rest`, a scalar with bit 31 set and what it becomes, and so on.
typedef struct {
    const scalar_run *_Nonnull runs;
    uint32_t run_count;
    const uint32_t *_Nonnull rest;
    uint32_t rest_count;
} scalar_mapping;

/// Runs of one value each: a scalar in the upper 24 bits, the value in the lower 8, up to the
/// next run's scalar.
typedef struct {
    const uint32_t *_Nonnull runs;
    uint32_t count;
} scalar_values;

/// Full canonical decompositions (NFD), Hangul left out.
scalar_mapping normalization_canonical(void);
/// Full compatibility decompositions (NFKD) where they differ from the canonical ones.
scalar_mapping normalization_compatible(void);
/// Canonical combining classes.
scalar_values normalization_classes(void);
const scalar_pair *_Nonnull normalization_composed(uint32_t *_Nonnull count);
/// Scalars of the lists above that Unicode 14 does not know.
const scalar_range *_Nonnull normalization_later_than_14(uint32_t *_Nonnull count);
/// Those that the package `tokenizers` leaves as they are.
const scalar_range *_Nonnull normalization_unknown_to_tokenizers(uint32_t *_Nonnull count);
