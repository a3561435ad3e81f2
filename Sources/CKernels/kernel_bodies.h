// The bodies of the kernels, inlined once for each instruction set by ckernels.c.
#pragma once
#include <math.h>
#include <string.h>

// A fused multiply-add rounds once, a product and a sum twice: without this line the instruction
// set would decide the last bit.
#pragma STDC FP_CONTRACT OFF

// Vectors wider than the machine's never cross a call: everything below is inlined.
#pragma clang diagnostic ignored "-Wpsabi"

typedef float lanes __attribute__((vector_size(64)));
typedef int int_lanes __attribute__((vector_size(64)));
#define body static inline __attribute__((always_inline))

body lanes load(const float *from) {
    lanes x;
    memcpy(&x, from, sizeof x);
    return x;
}

body void store(float *to, lanes x) { memcpy(to, &x, sizeof x); }
body lanes all(float x) { return (lanes){} + x; }

/// mask (all ones or all zeros in a lane) ? a : b
body lanes choose(int_lanes mask, lanes a, lanes b) {
    return (lanes)(((int_lanes)a & mask) | ((int_lanes)b & ~mask));
}

/// The sum of the lanes as a tree, always the same one.
body float sum(lanes x) {
    float s[16];
    memcpy(s, &x, sizeof s);
    for (int half = 8; half; half /= 2)
        for (int i = 0; i < half; i++) s[i] += s[i + half];
    return s[0];
}

/// The largest lane; a NaN anywhere may or may not win, and then shows in the sum.
body float largest(lanes x) {
    float s[16];
    memcpy(s, &x, sizeof s);
    for (int half = 8; half; half /= 2)
        for (int i = 0; i < half; i++) s[i] = s[i] > s[i + half] ? s[i] : s[i + half];
    return s[0];
}

/// e^x for x <= 0, within 2 units in the last place; the polynomial of Cephes' expf.
body lanes exponential(lanes x) {
    // Below -87.3 the result would be denormal; a NaN passes through.
    x = choose(x < -87.3f, all(-87.3f), x);
    const float magic = 12582912.0f;  // 1.5 * 2^23: adding it rounds to a whole number
    lanes shifted = x * 1.44269504088896341f + magic;
    lanes n = shifted - magic;
    lanes r = x - n * 0.693359375f - n * -2.12194440e-4f;
    lanes p = all(1.9875691500e-4f);
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    int_lanes power = ((int_lanes)shifted - (int_lanes)all(magic) + 127) << 23;
    return p * (lanes)power;
}

/// The error function within 4e-7 absolute: the rational approximation XLA's ErfImpl32 uses, odd
/// over even, on [-4, 4].
body lanes error_function(lanes x) {
    x = choose(x < -4.0f, all(-4.0f), choose(x > 4.0f, all(4.0f), x));
    lanes z = x * x;
    lanes p = all(-2.72614225801306e-10f);
    p = p * z + 2.77068142495902e-08f;
    p = p * z + -2.10102402082508e-06f;
    p = p * z + -5.69250639462346e-05f;
    p = p * z + -7.34990630326855e-04f;
    p = p * z + -2.95459980854025e-03f;
    p = p * z + -1.60960333262415e-02f;
    lanes q = all(-1.45660718464996e-05f);
    q = q * z + -2.13374055278905e-04f;
    q = q * z + -1.68282697438203e-03f;
    q = q * z + -7.37332916720468e-03f;
    q = q * z + -1.42647390514189e-02f;
    return x * p / q;
}

body void normalise_row(
    float *x, int width, const float *gain, const float *shift, float epsilon) {
    lanes total = {};
    for (int j = 0; j < width; j += 16) total += load(x + j);
    float mean = sum(total) / (float)width;
    lanes squares = {};
    for (int j = 0; j < width; j += 16) {
        lanes d = load(x + j) - mean;
        squares += d * d;
    }
    float scale = 1.0f / sqrtf(sum(squares) / (float)width + epsilon);
    for (int j = 0; j < width; j += 16)
        store(x + j, (load(x + j) - mean) * scale * load(gain + j) + load(shift + j));
}

body void embed_body(
    float *out, const float *word, const float *position, const float *type, const float *gain,
    const float *shift, int width, float epsilon) {
    for (int j = 0; j < width; j += 16)
        store(out + j, load(word + j) + load(type + j) + load(position + j));
    normalise_row(out, width, gain, shift, epsilon);
}

body void bias_body(float *x, int rows, int width, const float *bias) {
    for (int i = 0; i < rows; i++, x += width)
        for (int j = 0; j < width; j += 16) store(x + j, load(x + j) + load(bias + j));
}

body void bias_gelu_body(float *x, int rows, int width, const float *bias) {
    for (int i = 0; i < rows; i++, x += width)
        for (int j = 0; j < width; j += 16) {
            lanes y = load(x + j) + load(bias + j);
            store(x + j, 0.5f * y * (1.0f + error_function(y * 0.70710678118654752f)));
        }
}

body void residual_norm_body(
    float *x, int rows, int width, const float *bias, const float *residual, const float *gain,
    const float *shift, float epsilon) {
    for (int i = 0; i < rows; i++, x += width, residual += width) {
        for (int j = 0; j < width; j += 16)
            store(x + j, load(x + j) + load(bias + j) + load(residual + j));
        normalise_row(x, width, gain, shift, epsilon);
    }
}

body void softmax_body(float *x, int rows, int columns, int stride) {
    const int_lanes index = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    int last = (columns - 1) / 16 * 16;
    int_lanes inside = index < columns - last;
    for (int i = 0; i < rows; i++, x += stride) {
        store(x + last, choose(inside, load(x + last), all(-INFINITY)));
        lanes top = all(-INFINITY);
        for (int j = 0; j <= last; j += 16) {
            lanes y = load(x + j);
            top = choose(y > top, y, top);
        }
        float highest = largest(top);
        lanes total = {};
        for (int j = 0; j <= last; j += 16) {
            lanes y = exponential(load(x + j) - highest);
            if (j == last) y = choose(inside, y, all(0.0f));
            store(x + j, y);
            total += y;
        }
        float scale = 1.0f / sum(total);
        for (int j = 0; j <= last; j += 16) store(x + j, load(x + j) * scale);
        for (int j = last + 16; j < stride; j += 16) store(x + j, all(0.0f));
    }
}

body void mean_unit_body(float *out, const float *x, int rows, int width) {
    for (int j = 0; j < width; j += 16) {
        lanes total = {};
        for (int i = 0; i < rows; i++) total += load(x + (long)i * width + j);
        store(out + j, total / (float)rows);
    }
    lanes squares = {};
    for (int j = 0; j < width; j += 16) squares += load(out + j) * load(out + j);
    float length = sqrtf(sum(squares));
    // A zero vector stays zero, as torch.nn.functional.normalize has it.
    if (length < 1e-12f) length = 1e-12f;
    for (int j = 0; j < width; j += 16) store(out + j, load(out + j) / length);
}
