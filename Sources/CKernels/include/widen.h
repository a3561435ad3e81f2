// Narrow floating-point numbers made 32 bits wide; every one of them has an exact 32-bit twin.
#pragma once
#include <stdint.h>

/// IEEE 754 binary16: subnormal numbers, infinities and NaN included.
void ckernels_widen_f16(float *_Nonnull out, const uint16_t *_Nonnull from, long count);

/// bfloat16, the upper half of a 32-bit float.
void ckernels_widen_bf16(float *_Nonnull out, const uint16_t *_Nonnull from, long count);
