#include "ckernels.h"
#include <math.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

// Vectors wider than the machine's never cross a call: what takes or returns them is inlined.
#pragma clang diagnostic ignored "-Wpsabi"

/// The largest QUERIES below.
enum { ckernels_most_queries = 8 };

// One copy of the bodies for each instruction set, and functions that pick among them. A branch is
// plain, costs nothing beside a row, and lets a test run every copy.
#define NAME(name) name##_baseline
#define COLUMNS 1
#define QUERIES 4
#if defined(__aarch64__)
#define FUSED 1
#else
#define FUSED 0
#endif
#include "kernel_bodies.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define NAME(name) name##_avx2
#define COLUMNS 1
#define QUERIES 4
#define FUSED 1
#include "kernel_bodies.h"
#pragma clang attribute pop

#pragma clang attribute push(                                                                 \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma"))), apply_to = function)
#define NAME(name) name##_avx512
#define COLUMNS 2
#define QUERIES 8
#define FUSED 1
#include "kernel_bodies.h"
#pragma clang attribute pop

#define DISPATCH(name, arguments)                          \
    switch (level) {                                       \
    case ckernels_avx512: name##_avx512 arguments; return; \
    case ckernels_avx2: name##_avx2 arguments; return;     \
    case ckernels_baseline: name##_baseline arguments; return; \
    }
#else
#define DISPATCH(name, arguments) \
    (void)level;                  \
    name##_baseline arguments
#endif

ckernels_level ckernels_best_level(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
        return ckernels_avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return ckernels_avx2;
#endif
    return ckernels_baseline;
}

uint16_t ckernels_half_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    if (x != x) return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

void ckernels_embed(
    ckernels_level level, float *out, uint16_t *half, const float *word, const float *position,
    const float *type, const float *gain, const float *shift, int width, float epsilon) {
    DISPATCH(embed, (out, half, word, position, type, gain, shift, width, epsilon));
}

void ckernels_bias_gelu(
    ckernels_level level, float *x, uint16_t *half, int rows, int width, const float *bias) {
    DISPATCH(bias_gelu, (x, half, rows, width, bias));
}

void ckernels_residual_norm(
    ckernels_level level, float *x, uint16_t *half, int rows, int width, const float *bias,
    const float *residual, const float *gain, const float *shift, float epsilon) {
    DISPATCH(residual_norm, (x, half, rows, width, bias, residual, gain, shift, epsilon));
}

long ckernels_attention_room(int length, int part) {
    long padded_length = (length + 15) / 16 * 16, padded_part = (part + 15) / 16 * 16;
    // Keys, values, and some rows each of scores, results and queries.
    return part * padded_length + length * padded_part
        + ckernels_most_queries * (padded_length + padded_part + part);
}

void ckernels_attention(
    ckernels_level level, const float *x, const float *bias, int length, int heads, int part,
    const float *added, long added_stride, float *room, float *out, uint16_t *half) {
    DISPATCH(
        attention, (x, bias, length, heads, part, added, added_stride, room, out, half));
}

void ckernels_mean_unit(ckernels_level level, float *out, const float *x, int rows, int width) {
    DISPATCH(mean_unit, (out, x, rows, width));
}
