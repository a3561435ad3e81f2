// Sums over the rows of a matrix that a logistic regression needs, for many labels at once; what a
// search among vectors does outside its matrix products; and the signatures of sets.
//
// In the sums one lane of a vector is one label, so no label's arithmetic looks at another's; each
// sum has one fixed order and no fused multiply-add. Hence the same bits for every instruction set,
// and for a label alone or in company. Numbers are widened to 64 bits once a block of rows.
#pragma once
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef enum { cvectors_baseline = 0, cvectors_avx2 = 1, cvectors_avx512 = 2 } cvectors_level;

/// The widest instruction set this processor and system can run.
cvectors_level cvectors_best_level(void);

/// Logistic regressions side by side. `lanes` is a multiple of 8.
typedef struct {
    /// Row-major floats of `columns` columns.
    const float *matrix;
    ptrdiff_t columns;
    /// Numbers of the rows to learn from; a row's place in this list is its position.
    const int32_t *rows;
    ptrdiff_t lanes;
    /// By position and lane: 1, 0, or -1 where the row does not count.
    const int8_t *_Nullable labels;
    /// By position; null for 1 each.
    const double *_Nullable row_weights;
    /// By column and lane; the intercepts follow as column `columns`.
    const double *parameters;
    /// By lane: what a row with label 0 or 1 weighs beside its own weight.
    const double *_Nullable weight_of_0, *_Nullable weight_of_1;
} cvectors_logistic;

/// Doubles of working memory that the functions below need.
ptrdiff_t cvectors_scratch(ptrdiff_t columns);

/// Adds the log loss and its gradient over the positions from ..< to.
///
/// `gradient` is by column and lane, intercepts last; `loss` by lane.
void cvectors_logistic_add(
    cvectors_level level, const cvectors_logistic *models, ptrdiff_t from, ptrdiff_t to,
    double *scratch, double *gradient, double *loss);

/// Writes the probabilities of the positions from ..< to: `out[lane * step + position - from]`.
void cvectors_logistic_score(
    cvectors_level level, const cvectors_logistic *models, ptrdiff_t from, ptrdiff_t to,
    double *scratch, double *out, ptrdiff_t step);

/// Adds the upper triangle of the rows' XᵀX, a column of ones behind the others: `gram` has
/// columns + 1 rows of `step` doubles, a multiple of 8 and above `columns`.
void cvectors_gram_add(
    cvectors_level level, const float *matrix, ptrdiff_t columns, const int32_t *rows,
    ptrdiff_t count, double *scratch, double *gram, ptrdiff_t step);

/// to = factor · from, rounded once to 32 bits.
void cvectors_scale(
    cvectors_level level, const float *from, double factor, float *to, ptrdiff_t count);

/// The first place from `from` on, below `count`, whose value is at least `limit`; else `count`.
ptrdiff_t cvectors_next_at_least(
    cvectors_level level, const float *values, ptrdiff_t from, ptrdiff_t count, float limit);

/// Lowers each slot of a MinHash signature to the least of factors[slot] · x + terms[slot], mod
/// 2^32, over the hashes, of each x being both halves xor-ed. `slots` is a multiple of 16.
void cvectors_minhash(
    cvectors_level level, const uint64_t *hashes, ptrdiff_t count, const uint32_t *factors,
    const uint32_t *terms, ptrdiff_t slots, uint32_t *signature);

#pragma clang assume_nonnull end
