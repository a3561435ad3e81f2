#include "unicode_tables.h"
#include <stddef.h>

typedef struct { uint32_t first, last; } unicode_range;
typedef struct { uint32_t first, last, step; int32_t difference; } unicode_run;
typedef struct { uint32_t scalar, folded[4]; } unicode_several;

#include "unicode_folds.inc"
#include "unicode_ideographs.inc"
#include "unicode_ranges.inc"

#define count_of(array) (sizeof(array) / sizeof *(array))

static int holds(const unicode_range *ranges, size_t count, uint32_t scalar) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (scalar > ranges[middle].last) low = middle + 1;
        else high = middle;
    }
    return low < count && ranges[low].first <= scalar;
}

unicode_kind unicode_kind_of(uint32_t scalar) {
    if (holds(removed, count_of(removed), scalar)) return unicode_removed;
    if (holds(space, count_of(space), scalar)) return unicode_space;
    if (holds(chinese, count_of(chinese), scalar)) return unicode_chinese;
    return unicode_kept;
}

int unicode_is_punctuation(uint32_t scalar) {
    return holds(punctuation, count_of(punctuation), scalar);
}

int unicode_is_movable_mark(uint32_t scalar) { return holds(mark, count_of(mark), scalar); }

/// A Hangul syllable into its two or three letters: The Unicode Standard, section 3.12.
static int fold_hangul(uint32_t scalar, uint32_t *folded) {
    uint32_t index = scalar - 0xAC00, tail = index % 28;
    folded[0] = 0x1100 + index / (21 * 28);
    folded[1] = 0x1161 + index % (21 * 28) / 28;
    folded[2] = 0x11A7 + tail;
    return tail ? 3 : 2;
}

int unicode_fold(uint32_t scalar, uint32_t *folded) {
    if (scalar >= 0xAC00 && scalar <= 0xD7A3) return fold_hangul(scalar, folded);
    if (holds(dropped, count_of(dropped), scalar)) return 0;
    folded[0] = scalar;
    if (scalar >= 0xF900 && scalar - 0xF900 < count_of(compatibility)) {
        folded[0] = compatibility[scalar - 0xF900];
        return 1;
    }
    if (scalar >= 0x2F800 && scalar - 0x2F800 < count_of(supplement)) {
        folded[0] = supplement[scalar - 0x2F800];
        return 1;
    }
    size_t low = 0, high = count_of(one_to_one);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (scalar > one_to_one[middle].last) low = middle + 1;
        else high = middle;
    }
    if (low < count_of(one_to_one)) {
        unicode_run run = one_to_one[low];
        if (scalar >= run.first && (scalar - run.first) % run.step == 0) {
            folded[0] = (uint32_t)((int32_t)scalar + run.difference);
            return 1;
        }
    }
    for (size_t i = 0; i < count_of(one_to_several); i++) {
        if (one_to_several[i].scalar != scalar) continue;
        int length = 0;
        while (length < 4 && one_to_several[i].folded[length]) {
            folded[length] = one_to_several[i].folded[length];
            length++;
        }
        return length;
    }
    return 1;
}
