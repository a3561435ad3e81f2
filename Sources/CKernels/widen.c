#include "widen.h"
#include <string.h>

void ckernels_widen_f16(float *out, const uint16_t *from, long count) {
    for (long i = 0; i < count; i++) {
        uint32_t bits = (uint32_t)(from[i] & 0x7FFF) << 13;
        float value;
        memcpy(&value, &bits, sizeof value);
        // The exponents' zeros are 112 apart; subnormal numbers become normal on the way.
        value *= 0x1p112f;
        memcpy(&bits, &value, sizeof bits);
        // An exponent of ones is an infinity or NaN and stays one.
        if ((from[i] & 0x7C00) == 0x7C00) bits |= 0x7F800000;
        bits |= (uint32_t)(from[i] & 0x8000) << 16;
        memcpy(out + i, &bits, sizeof bits);
    }
}

void ckernels_widen_bf16(float *out, const uint16_t *from, long count) {
    for (long i = 0; i < count; i++) {
        uint32_t bits = (uint32_t)from[i] << 16;
        memcpy(out + i, &bits, sizeof bits);
    }
}
