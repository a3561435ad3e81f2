// Attention over one text; part of kernel_bodies.h.
//
// A BLAS call for each head costs more than its arithmetic on short texts. Here a head's keys are
// laid out once as columns and its values as rows, and some queries at a time pass over them.

/// What one head works with; all rows begin on 64 bytes.
#define head_room NAME(head_room)
typedef struct {
    int length, part;
    /// `length` and `part`, rounded up to 16.
    int padded_length, padded_part;
    /// [part, padded_length] and [length, padded_part].
    float *keys, *values;
    /// [ckernels_most_queries, part], the same times padded_length, the same times padded_part.
    float *queries, *scores, *results;
} head_room;

/// Turns 16 × 16 numbers over: to[c, r] = from[r, c] + bias[c]. Rows behind the `last` are it.
body void NAME(transpose)(
    const float *from, long from_stride, int last, const float *bias, float *to,
    long to_stride) {
    lanes x[16], y[16];
    lanes b = NAME(load)(bias);
    for (int i = 0; i < 16; i++)
        x[i] = NAME(load)(from + (i < last ? i : last) * from_stride) + b;
    // Four rounds of interleaving row i with row i + 8.
#define INTERLEAVE(a, b)                                                                      \
    for (int i = 0; i < 8; i++) {                                                             \
        b[2 * i] = __builtin_shufflevector(                                                   \
            a[i], a[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);          \
        b[2 * i + 1] = __builtin_shufflevector(                                               \
            a[i], a[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);    \
    }
    INTERLEAVE(x, y)
    INTERLEAVE(y, x)
    INTERLEAVE(x, y)
    INTERLEAVE(y, x)
#undef INTERLEAVE
    for (int i = 0; i < 16; i++) NAME(store)(to + i * to_stride, x[i]);
}

/// Lays out a head's keys and values, with their bias. Columns of keys behind the length hold
/// anything; softmax blanks their scores.
body void NAME(lay_out)(
    const head_room *h, const float *keys, const float *values, long stride,
    const float *key_bias, const float *value_bias) {
    int part = h->part, length = h->length;
    if (part % 16 == 0) {
        for (int i = 0; i < length; i += 16)
            for (int d = 0; d < part; d += 16)
                NAME(transpose)(
                    keys + i * stride + d, stride, length - 1 - i, key_bias + d,
                    h->keys + (long)d * h->padded_length + i, h->padded_length);
    } else {
        for (int d = 0; d < part; d++)
            for (int i = 0; i < h->padded_length; i++) {
                int row = i < length ? i : length - 1;
                h->keys[(long)d * h->padded_length + i] = keys[row * stride + d] + key_bias[d];
            }
    }
    for (int i = 0; i < length; i++) {
        float *line = h->values + (long)i * h->padded_part;
        const float *from = values + i * stride;
        int d = 0;
        for (; d + 16 <= part; d += 16)
            NAME(store)(line + d, NAME(load)(from + d) + NAME(load)(value_bias + d));
        for (; d < part; d++) line[d] = from[d] + value_bias[d];
        for (; d < h->padded_part; d++) line[d] = 0;
    }
}

/// Asks for what the next head reads: rows are far apart, and the processor does not guess them.
body void NAME(prefetch)(const float *x, int rows, int part, long stride) {
    for (int i = 0; i < rows; i++, x += stride)
        for (int kind = 0; kind < 3; kind++)
            for (int d = 0; d < part; d += 16) __builtin_prefetch(x + kind * (stride / 3) + d);
}

/// out[r, c…] = Σ over k of x[r, k] · y[k, c…], k rising, for `rows` rows and `columns` vectors.
body void NAME(tile)(
    int rows, const float *x, long x_stride, const float *y, long y_stride, int inner,
    int columns, float *out, long out_stride) {
    lanes total[QUERIES][COLUMNS];
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++) total[r][c] = (lanes){};
    for (int k = 0; k < inner; k++, y += y_stride)
        for (int c = 0; c < columns; c++) {
            lanes v = NAME(load)(y + 16 * c);
            for (int r = 0; r < rows; r++)
                total[r][c] = NAME(fma)(NAME(all)(x[r * x_stride + k]), v, total[r][c]);
        }
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++)
            NAME(store)(out + r * out_stride + 16 * c, total[r][c]);
}

/// The same over `width` columns, a multiple of 16.
body void NAME(tiles)(
    int rows, const float *x, long x_stride, const float *y, long y_stride, int inner, int width,
    float *out, long out_stride) {
    int at = 0;
    for (; at + 16 * COLUMNS <= width; at += 16 * COLUMNS)
        NAME(tile)(rows, x, x_stride, y + at, y_stride, inner, COLUMNS, out + at, out_stride);
    for (; at < width; at += 16)
        NAME(tile)(rows, x, x_stride, y + at, y_stride, inner, 1, out + at, out_stride);
}

/// x = e^(x - largest), 0 behind `length`; returns the sum. `added` is added to x first.
body float NAME(exponentials)(float *x, const float *added, int length) {
    const int_lanes index = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    int last = (length - 1) / 16 * 16;
    int_lanes inside = index < length - last;
    if (added)
        for (int j = 0; j < length; j++) x[j] += added[j];
    NAME(store)(x + last, NAME(choose)(inside, NAME(load)(x + last), NAME(all)(-INFINITY)));
    lanes top = NAME(all)(-INFINITY);
    for (int j = 0; j <= last; j += 16) {
        lanes y = NAME(load)(x + j);
        top = NAME(choose)(y > top, y, top);
    }
    float highest = NAME(largest)(top);
    lanes total = {};
    for (int j = 0; j <= last; j += 16) {
        lanes y = NAME(exponential)(NAME(load)(x + j) - highest);
        if (j == last) y = NAME(choose)(inside, y, NAME(all)(0.0f));
        NAME(store)(x + j, y);
        total += y;
    }
    return NAME(sum)(total);
}

/// The results of `rows` queries from the `first` on, in h->results. What stands for a query
/// behind the text's end is computed from its last one and not used.
body void NAME(attend_some)(
    const head_room *h, int rows, const float *queries, long stride, const float *bias,
    const float *added, int first) {
    int part = h->part;
    float scale = 1.0f / sqrtf((float)part);
    for (int r = 0; r < rows; r++) {
        const float *from =
            queries + (first + r < h->length ? first + r : h->length - 1) * stride;
        float *to = h->queries + r * part;
        int d = 0;
        for (; d + 16 <= part; d += 16)
            NAME(store)(to + d, (NAME(load)(from + d) + NAME(load)(bias + d)) * scale);
        for (; d < part; d++) to[d] = (from[d] + bias[d]) * scale;
    }
    NAME(tiles)(
        rows, h->queries, part, h->keys, h->padded_length, part, h->padded_length, h->scores,
        h->padded_length);
    float scales[QUERIES];
    for (int r = 0; r < rows; r++) {
        int i = first + r < h->length ? first + r : h->length - 1;
        scales[r] = 1.0f
            / NAME(exponentials)(
                h->scores + (long)r * h->padded_length, added ? added - i : 0, h->length);
    }
    NAME(tiles)(
        rows, h->scores, h->padded_length, h->values, h->padded_part, h->length, h->padded_part,
        h->results, h->padded_part);
    for (int r = 0; r < rows; r++)
        for (int d = 0; d < h->padded_part; d += 16) {
            float *at = h->results + r * h->padded_part + d;
            NAME(store)(at, NAME(load)(at) * scales[r]);
        }
}

/// Writes up to `rows` results, which are there for the rows from `first` on.
body void NAME(put_down)(
    const head_room *h, int rows, int first, long width, float *out, uint16_t *half) {
    if (rows > h->length - first) rows = h->length - first;
    for (int r = 0; r < rows; r++) {
        const float *from = h->results + r * h->padded_part;
        long to = (first + r) * width;
        int d = 0;
        for (; d + 16 <= h->part; d += 16) {
            if (half) NAME(store_half)(half + to + d, NAME(load)(from + d));
            else NAME(store)(out + to + d, NAME(load)(from + d));
        }
        for (; d < h->part; d++) {
            if (half) half[to + d] = ckernels_half_of(from[d]);
            else out[to + d] = from[d];
        }
    }
}

static void NAME(attention)(
    const float *x, const float *bias, int length, int heads, int part, const float *added,
    long added_stride, float *room, float *out, uint16_t *half) {
    head_room h = {.length = length, .part = part};
    h.padded_length = (length + 15) / 16 * 16;
    h.padded_part = (part + 15) / 16 * 16;
    h.keys = room;
    h.values = h.keys + (long)part * h.padded_length;
    h.scores = h.values + (long)length * h.padded_part;
    h.results = h.scores + (long)ckernels_most_queries * h.padded_length;
    h.queries = h.results + (long)ckernels_most_queries * h.padded_part;
    long width = (long)heads * part, stride = 3 * width;
    for (int head = 0; head < heads; head++) {
        long at = (long)head * part;
        const float *q = x + at;
        NAME(lay_out)(
            &h, q + width, q + 2 * width, stride, bias + width + at, bias + 2 * width + at);
        const float *table = added ? added + head * added_stride : 0;
        float *to = half ? out : out + at;
        uint16_t *half_to = half ? half + at : half;
        for (int first = 0; first < length; first += QUERIES) {
            int rows = length - first < QUERIES ? length - first : QUERIES;
            if (head + 1 < heads)
                NAME(prefetch)(q + part + first * stride, rows, part, stride);
            // The last few in a smaller tile: a short text has no more.
            if (rows > QUERIES / 2)
                NAME(attend_some)(&h, QUERIES, q, stride, bias + at, table, first);
            else
                NAME(attend_some)(&h, QUERIES / 2, q, stride, bias + at, table, first);
            NAME(put_down)(&h, rows, first, width, to, half_to);
        }
    }
}

#undef head_room
