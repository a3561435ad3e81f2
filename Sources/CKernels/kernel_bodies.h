// The bodies of the kernels. kernels.c includes this file once for each instruction set, with
// NAME to tell the copies apart, FUSED for a multiply-add that rounds once, and QUERIES and COLUMNS
// for how many rows, and vectors of 16, a tile of attention has.
//
// A fused multiply-add stands only where `fma` is written: what the compiler would fuse of its own
// accord would depend on the instruction set.

#define lanes NAME(lanes)
#define int_lanes NAME(int_lanes)
#define half_lanes NAME(half_lanes)
typedef float lanes __attribute__((vector_size(64)));
typedef int int_lanes __attribute__((vector_size(64)));
typedef unsigned short half_lanes __attribute__((vector_size(32)));
#define body static inline __attribute__((always_inline))

body lanes NAME(load)(const float *from) {
    lanes x;
    memcpy(&x, from, sizeof x);
    return x;
}

body void NAME(store)(float *to, lanes x) { memcpy(to, &x, sizeof x); }
body lanes NAME(all)(float x) { return (lanes){} + x; }

/// a · b + c
body lanes NAME(fma)(lanes a, lanes b, lanes c) {
#if FUSED
    return __builtin_elementwise_fma(a, b, c);
#else
    return a * b + c;
#endif
}

/// mask (all ones or all zeros in a lane) ? a : b
body lanes NAME(choose)(int_lanes mask, lanes a, lanes b) {
    return (lanes)(((int_lanes)a & mask) | ((int_lanes)b & ~mask));
}

/// Rounds to bfloat16, halves to even; a NaN stays one.
body void NAME(store_half)(uint16_t *to, lanes x) {
    typedef unsigned bits __attribute__((vector_size(64)));
    bits b = (bits)x;
    bits rounded = (b + 0x7FFF + ((b >> 16) & 1)) >> 16;
    bits broken = (bits)(x != x);
    rounded = (rounded & ~broken) | (((b >> 16) | 0x40) & broken);
    half_lanes half = __builtin_convertvector(rounded, half_lanes);
    memcpy(to, &half, sizeof half);
}

/// The sum of the lanes as a tree, always the same one.
body float NAME(sum)(lanes x) {
    float s[16];
    memcpy(s, &x, sizeof s);
    for (int half = 8; half; half /= 2)
        for (int i = 0; i < half; i++) s[i] += s[i + half];
    return s[0];
}

/// The largest lane; a NaN anywhere may or may not win, and then shows in the sum.
body float NAME(largest)(lanes x) {
    float s[16];
    memcpy(s, &x, sizeof s);
    for (int half = 8; half; half /= 2)
        for (int i = 0; i < half; i++) s[i] = s[i] > s[i + half] ? s[i] : s[i + half];
    return s[0];
}

/// e^x for x <= 0, within 2 units in the last place; the polynomial of Cephes' expf.
body lanes NAME(exponential)(lanes x) {
    // Below -87.3 the result would be denormal; a NaN passes through.
    x = NAME(choose)(x < -87.3f, NAME(all)(-87.3f), x);
    const float magic = 12582912.0f;  // 1.5 * 2^23: adding it rounds to a whole number
    lanes shifted = NAME(fma)(x, NAME(all)(1.44269504088896341f), NAME(all)(magic));
    lanes n = shifted - magic;
    lanes r = NAME(fma)(n, NAME(all)(-0.693359375f), x);
    r = NAME(fma)(n, NAME(all)(2.12194440e-4f), r);
    lanes p = NAME(all)(1.9875691500e-4f);
    p = NAME(fma)(p, r, NAME(all)(1.3981999507e-3f));
    p = NAME(fma)(p, r, NAME(all)(8.3334519073e-3f));
    p = NAME(fma)(p, r, NAME(all)(4.1665795894e-2f));
    p = NAME(fma)(p, r, NAME(all)(1.6666665459e-1f));
    p = NAME(fma)(p, r, NAME(all)(5.0000001201e-1f));
    p = NAME(fma)(p * r, r, r) + 1.0f;
    int_lanes power = ((int_lanes)shifted - (int_lanes)NAME(all)(magic) + 127) << 23;
    return p * (lanes)power;
}

/// The error function within 4e-7 absolute: the rational approximation XLA's ErfImpl32 uses, odd
/// over even, on [-4, 4].
body lanes NAME(error_function)(lanes x) {
    x = NAME(choose)(
        x < -4.0f, NAME(all)(-4.0f), NAME(choose)(x > 4.0f, NAME(all)(4.0f), x));
    lanes z = x * x;
    lanes p = NAME(all)(-2.72614225801306e-10f);
    p = NAME(fma)(p, z, NAME(all)(2.77068142495902e-08f));
    p = NAME(fma)(p, z, NAME(all)(-2.10102402082508e-06f));
    p = NAME(fma)(p, z, NAME(all)(-5.69250639462346e-05f));
    p = NAME(fma)(p, z, NAME(all)(-7.34990630326855e-04f));
    p = NAME(fma)(p, z, NAME(all)(-2.95459980854025e-03f));
    p = NAME(fma)(p, z, NAME(all)(-1.60960333262415e-02f));
    lanes q = NAME(all)(-1.45660718464996e-05f);
    q = NAME(fma)(q, z, NAME(all)(-2.13374055278905e-04f));
    q = NAME(fma)(q, z, NAME(all)(-1.68282697438203e-03f));
    q = NAME(fma)(q, z, NAME(all)(-7.37332916720468e-03f));
    q = NAME(fma)(q, z, NAME(all)(-1.42647390514189e-02f));
    return x * p / q;
}

body void NAME(normalise_row)(
    float *x, uint16_t *half, int width, const float *gain, const float *shift, float epsilon) {
    lanes total = {};
    for (int j = 0; j < width; j += 16) total += NAME(load)(x + j);
    float mean = NAME(sum)(total) / (float)width;
    lanes squares = {};
    for (int j = 0; j < width; j += 16) {
        lanes d = NAME(load)(x + j) - mean;
        squares = NAME(fma)(d, d, squares);
    }
    float scale = 1.0f / sqrtf(NAME(sum)(squares) / (float)width + epsilon);
    for (int j = 0; j < width; j += 16) {
        lanes d = (NAME(load)(x + j) - mean) * scale;
        lanes y = NAME(fma)(d, NAME(load)(gain + j), NAME(load)(shift + j));
        NAME(store)(x + j, y);
        if (half) NAME(store_half)(half + j, y);
    }
}

static void NAME(embed)(
    float *out, uint16_t *half, const float *word, const float *position, const float *type,
    const float *gain, const float *shift, int width, float epsilon) {
    for (int j = 0; j < width; j += 16)
        NAME(store)(
            out + j, NAME(load)(word + j) + NAME(load)(type + j) + NAME(load)(position + j));
    NAME(normalise_row)(out, half, width, gain, shift, epsilon);
}

static void NAME(bias_gelu)(
    float *x, uint16_t *half, int rows, int width, const float *bias) {
    for (int i = 0; i < rows; i++, x += width) {
        for (int j = 0; j < width; j += 16) {
            lanes y = NAME(load)(x + j) + NAME(load)(bias + j);
            lanes h = 0.5f * y;
            y = NAME(fma)(h, NAME(error_function)(y * 0.70710678118654752f), h);
            if (half) NAME(store_half)(half + j, y);
            else NAME(store)(x + j, y);
        }
        if (half) half += width;
    }
}

static void NAME(residual_norm)(
    float *x, uint16_t *half, int rows, int width, const float *bias, const float *residual,
    const float *gain, const float *shift, float epsilon) {
    for (int i = 0; i < rows; i++, x += width, residual += width) {
        for (int j = 0; j < width; j += 16)
            NAME(store)(
                x + j, NAME(load)(x + j) + NAME(load)(bias + j) + NAME(load)(residual + j));
        NAME(normalise_row)(x, half, width, gain, shift, epsilon);
        if (half) half += width;
    }
}

static void NAME(mean_unit)(float *out, const float *x, int rows, int width) {
    for (int j = 0; j < width; j += 16) {
        lanes total = {};
        for (int i = 0; i < rows; i++) total += NAME(load)(x + (long)i * width + j);
        NAME(store)(out + j, total / (float)rows);
    }
    lanes squares = {};
    for (int j = 0; j < width; j += 16) {
        lanes y = NAME(load)(out + j);
        squares = NAME(fma)(y, y, squares);
    }
    float length = sqrtf(NAME(sum)(squares));
    // A zero vector stays zero, as torch.nn.functional.normalize has it.
    if (length < 1e-12f) length = 1e-12f;
    for (int j = 0; j < width; j += 16) NAME(store)(out + j, NAME(load)(out + j) / length);
}

#include "attention_bodies.h"

#undef lanes
#undef int_lanes
#undef half_lanes
#undef body
#undef NAME
#undef FUSED
#undef COLUMNS
#undef QUERIES
