#include "ckernels.h"
#include "kernel_bodies.h"

ckernels_level ckernels_best_level(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
        return ckernels_avx512;
    if (__builtin_cpu_supports("avx2")) return ckernels_avx2;
#endif
    return ckernels_baseline;
}

// One copy of a body per instruction set, and the function that picks among them. A branch is
// plain, costs nothing beside a row, and lets a test run every copy.
#if defined(__x86_64__)
#define KERNEL(name, parameters, arguments)                                                \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,prefer-256-bit"), noinline)) \
    static void name##_avx512 parameters { name##_body arguments; }                        \
    __attribute__((target("avx2"), noinline))                                              \
    static void name##_avx2 parameters { name##_body arguments; }                          \
    __attribute__((noinline))                                                              \
    static void name##_baseline parameters { name##_body arguments; }
#define DISPATCH(name, arguments)                                                          \
    switch (level) {                                                                       \
    case ckernels_avx512: name##_avx512 arguments; return;                                 \
    case ckernels_avx2: name##_avx2 arguments; return;                                     \
    case ckernels_baseline: name##_baseline arguments; return;                             \
    }
#else
#define KERNEL(name, parameters, arguments) \
    static void name##_baseline parameters { name##_body arguments; }
#define DISPATCH(name, arguments) (void)level; name##_baseline arguments
#endif

KERNEL(embed,
    (float *out, const float *word, const float *position, const float *type, const float *gain,
        const float *shift, int width, float epsilon),
    (out, word, position, type, gain, shift, width, epsilon))
KERNEL(bias, (float *x, int rows, int width, const float *b), (x, rows, width, b))
KERNEL(bias_gelu, (float *x, int rows, int width, const float *b), (x, rows, width, b))
KERNEL(residual_norm,
    (float *x, int rows, int width, const float *b, const float *residual, const float *gain,
        const float *shift, float epsilon),
    (x, rows, width, b, residual, gain, shift, epsilon))
KERNEL(softmax, (float *x, int rows, int columns, int stride), (x, rows, columns, stride))
KERNEL(mean_unit, (float *out, const float *x, int rows, int width), (out, x, rows, width))

void ckernels_embed(
    ckernels_level level, float *out, const float *word, const float *position, const float *type,
    const float *gain, const float *shift, int width, float epsilon) {
    DISPATCH(embed, (out, word, position, type, gain, shift, width, epsilon));
}

void ckernels_bias(ckernels_level level, float *x, int rows, int width, const float *bias) {
    DISPATCH(bias, (x, rows, width, bias));
}

void ckernels_bias_gelu(ckernels_level level, float *x, int rows, int width, const float *bias) {
    DISPATCH(bias_gelu, (x, rows, width, bias));
}

void ckernels_residual_norm(
    ckernels_level level, float *x, int rows, int width, const float *bias, const float *residual,
    const float *gain, const float *shift, float epsilon) {
    DISPATCH(residual_norm, (x, rows, width, bias, residual, gain, shift, epsilon));
}

void ckernels_softmax(ckernels_level level, float *x, int rows, int columns, int stride) {
    DISPATCH(softmax, (x, rows, columns, stride));
}

void ckernels_mean_unit(ckernels_level level, float *out, const float *x, int rows, int width) {
    DISPATCH(mean_unit, (out, x, rows, width));
}
