// The transformer's arithmetic outside its large matrix products, in vectors of 16.
//
// Each function exists for three instruction sets. AVX2 and AVX-512 (and NEON, where the baseline
// has fused multiply-adds too) give the same bits: the same 16 running sums, added up in the same
// order. Baseline x86-64 has no fused multiply-add and rounds once more in places. Each row, and
// each text, depends on itself alone. Rows are row-major; widths are multiples of 16.
#pragma once
#include <stdint.h>
#include "unicode_tables.h"
#include "widen.h"

#pragma clang assume_nonnull begin

typedef enum { ckernels_baseline = 0, ckernels_avx2 = 1, ckernels_avx512 = 2 } ckernels_level;

/// The widest instruction set this processor and system can run.
ckernels_level ckernels_best_level(void);

/// A number rounded to bfloat16, halves to even.
uint16_t ckernels_half_of(float x);

// Where a `half` is taken, it gets the result rounded to bfloat16.

/// out = layer norm of word + position + type, one row.
void ckernels_embed(
    ckernels_level level, float *out, uint16_t *_Nullable half, const float *word,
    const float *position, const float *type, const float *gain, const float *shift, int width,
    float epsilon);

/// x = gelu(x + bias), the exact GELU with the error function (Hendrycks and Gimpel 2016); with
/// `half`, x stays and only `half` is written.
void ckernels_bias_gelu(
    ckernels_level level, float *x, uint16_t *_Nullable half, int rows, int width,
    const float *bias);

/// x = layer norm of x + bias + residual (Ba, Kiros and Hinton 2016).
void ckernels_residual_norm(
    ckernels_level level, float *x, uint16_t *_Nullable half, int rows, int width,
    const float *bias, const float *residual, const float *gain, const float *shift,
    float epsilon);

/// Numbers of working room that `ckernels_attention` needs for a text of `length` tokens.
long ckernels_attention_room(int length, int part);

/// softmax(Q · Kᵀ / √part) · V for every head of one text (Vaswani and others 2017).
///
/// `x` is [length, 3 · heads · part], queries, keys and values side by side, without their `bias`,
/// which is as wide. `added`, where there is one, holds what is added to the scores by how far a
/// key stands behind its query: `added[head · added_stride + key - query]`, so the pointer is to
/// the middle of the first head's row. The result, [length, heads · part], goes to `half` where
/// that is given, else to `out`.
void ckernels_attention(
    ckernels_level level, const float *x, const float *bias, int length, int heads, int part,
    const float *_Nullable added, long added_stride, float *room, float *out,
    uint16_t *_Nullable half);

/// out = the mean of the rows, scaled to length 1.
void ckernels_mean_unit(ckernels_level level, float *out, const float *x, int rows, int width);

#pragma clang assume_nonnull end
