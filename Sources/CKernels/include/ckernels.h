// The transformer's arithmetic outside its matrix products, vectorised by hand-sized steps of 16.
//
// Each function exists for three instruction sets and gives the same bits on all of them: the same
// 16 running sums, added up in the same order, and no fused multiply-add. Each row depends on that
// row alone. Rows are row-major; widths are multiples of 16.
#pragma once
#include "unicode_tables.h"
#include "widen.h"

#pragma clang assume_nonnull begin

typedef enum { ckernels_baseline = 0, ckernels_avx2 = 1, ckernels_avx512 = 2 } ckernels_level;

/// The widest instruction set this processor and system can run.
ckernels_level ckernels_best_level(void);

/// out = layer norm of word + position + type, one row.
void ckernels_embed(
    ckernels_level level, float *out, const float *word, const float *position, const float *type,
    const float *gain, const float *shift, int width, float epsilon);

/// x += bias, on every row.
void ckernels_bias(ckernels_level level, float *x, int rows, int width, const float *bias);

/// x = gelu(x + bias), the exact GELU with the error function (Hendrycks and Gimpel 2016).
void ckernels_bias_gelu(ckernels_level level, float *x, int rows, int width, const float *bias);

/// x = layer norm of x + bias + residual (Ba, Kiros and Hinton 2016).
void ckernels_residual_norm(
    ckernels_level level, float *x, int rows, int width, const float *bias, const float *residual,
    const float *gain, const float *shift, float epsilon);

/// Softmax over the first `columns` of every row; rows are `stride` apart, a multiple of 16, and
/// what lies behind `columns` is overwritten with 0.
void ckernels_softmax(ckernels_level level, float *x, int rows, int columns, int stride);

/// out = the mean of the rows, scaled to length 1.
void ckernels_mean_unit(ckernels_level level, float *out, const float *x, int rows, int width);

#pragma clang assume_nonnull end
