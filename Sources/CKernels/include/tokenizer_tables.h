// What Hugging Face's `tokenizers` does with each Unicode scalar, as generated lists that the
// Encoder makes tables of. See Benchmarks/embedding/generate_tokenizer_tables.py.
#pragma once
#include "normalization_tables.h"
#include <stdint.h>

/// Lower case.
scalar_mapping tokenizer_small(void);
/// Classes of scalars; the values index `tokenizer_class_flags`.
scalar_values tokenizer_classes(void);
const uint16_t *_Nonnull tokenizer_class_flags(void);
