#include "cvectors.h"

enum {
    /// Rows widened at a time: 200 KB of 384 columns, within a second-level cache.
    block_rows = 64,
    /// Lanes of a register tile at its widest.
    strip_lanes = 24,
};

/// Doubles from one widened row to the next: room for a column of ones and whole vectors, and an
/// odd number of cache lines, so that rows do not fall into the same cache sets.
static ptrdiff_t wide_step(ptrdiff_t columns) { return ((columns + 8) / 8 | 1) * 8; }

ptrdiff_t cvectors_scratch(ptrdiff_t columns) {
    return block_rows * (wide_step(columns) + strip_lanes);
}

cvectors_level cvectors_best_level(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
        return cvectors_avx512;
    if (__builtin_cpu_supports("avx2")) return cvectors_avx2;
#endif
    return cvectors_baseline;
}

// Tiles as large as the registers hold: 32 of 8 doubles, 16 of 4, 16 of 2.
#define NAME(name) name##_baseline
#define WIDTH 2
#define TILE 4
#include "minhash_bodies.h"
#include "logistic_bodies.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define NAME(name) name##_avx2
#define WIDTH 4
#define TILE 4
#include "minhash_bodies.h"
#include "logistic_bodies.h"
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq"))), apply_to = function)
#define NAME(name) name##_avx512
#define WIDTH 8
#define TILE 8
#include "minhash_bodies.h"
#include "logistic_bodies.h"
#pragma clang attribute pop

#define DISPATCH(name, ...)                                      \
    switch (level) {                                             \
    case cvectors_avx512: return name##_avx512(__VA_ARGS__);     \
    case cvectors_avx2: return name##_avx2(__VA_ARGS__);         \
    case cvectors_baseline: return name##_baseline(__VA_ARGS__); \
    }                                                            \
    __builtin_unreachable()
#else
#define DISPATCH(name, ...) (void)level; return name##_baseline(__VA_ARGS__)
#endif

void cvectors_logistic_add(
    cvectors_level level, const cvectors_logistic *models, ptrdiff_t from, ptrdiff_t to,
    double *scratch, double *gradient, double *loss) {
    DISPATCH(logistic_add, models, from, to, scratch, gradient, loss);
}

void cvectors_logistic_score(
    cvectors_level level, const cvectors_logistic *models, ptrdiff_t from, ptrdiff_t to,
    double *scratch, double *out, ptrdiff_t step) {
    DISPATCH(logistic_score, models, from, to, scratch, out, step);
}

void cvectors_gram_add(
    cvectors_level level, const float *matrix, ptrdiff_t columns, const int32_t *rows,
    ptrdiff_t count, double *scratch, double *gram, ptrdiff_t step) {
    DISPATCH(gram_add, matrix, columns, rows, count, scratch, gram, step);
}

void cvectors_scale(
    cvectors_level level, const float *from, double factor, float *to, ptrdiff_t count) {
    DISPATCH(scale, from, factor, to, count);
}

ptrdiff_t cvectors_next_at_least(
    cvectors_level level, const float *values, ptrdiff_t from, ptrdiff_t count, float limit) {
    DISPATCH(next_at_least, values, from, count, limit);
}

void cvectors_minhash(
    cvectors_level level, const uint64_t *hashes, ptrdiff_t count, const uint32_t *factors,
    const uint32_t *terms, ptrdiff_t slots, uint32_t *signature) {
    DISPATCH(minhash, hashes, count, factors, terms, slots, signature);
}
