// What Hugging Face's `tokenizers` does with each Unicode scalar, as generated lists that the
// Encoder makes tables of. See Benchmarks/embedding/generate_tokenizer_tables.py.
#pragma once
#include <stdint.h>

/// Scalars `first`, `first + step`, … `last` each become themselves plus `difference`.
typedef struct { uint32_t first, last, step; int32_t difference; } tokenizer_fold;
/// Two scalars in a row and the one that NFC puts in their place.
typedef struct { uint32_t first, second, composed; } tokenizer_pair;

/// One-to-one runs; then, in `rest`, a scalar with bit 31 set and what it becomes, and so on.
typedef struct {
    const tokenizer_fold *_Nonnull runs;
    uint32_t run_count;
    const uint32_t *_Nonnull rest;
    uint32_t rest_count;
} tokenizer_mapping;

/// Runs of one value each: a scalar in the upper 24 bits, the value in the lower 8, up to the
/// next run's scalar.
typedef struct {
    const uint32_t *_Nonnull runs;
    uint32_t count;
} tokenizer_runs;

/// Full canonical decompositions (NFD), Hangul left out.
tokenizer_mapping tokenizer_canonical(void);
/// Full compatibility decompositions (NFKD) where they differ from the canonical ones.
tokenizer_mapping tokenizer_compatible(void);
/// Lower case.
tokenizer_mapping tokenizer_small(void);
/// Canonical combining classes.
tokenizer_runs tokenizer_order(void);
/// Classes of scalars; the values index `tokenizer_class_flags`.
tokenizer_runs tokenizer_classes(void);
const uint16_t *_Nonnull tokenizer_class_flags(void);
const tokenizer_pair *_Nonnull tokenizer_composed(uint32_t *_Nonnull count);
