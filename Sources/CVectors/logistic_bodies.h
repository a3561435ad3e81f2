// Included once an instruction set: WIDTH lanes a vector, TILE rows or columns a register tile,
// NAME(x) the name of a copy. Tiles are TILE × 3 vectors of running sums.
#pragma STDC FP_CONTRACT OFF

typedef double NAME(lanes) __attribute__((vector_size(WIDTH * 8)));
typedef double NAME(loose) __attribute__((vector_size(WIDTH * 8), aligned(8), may_alias));
typedef int64_t NAME(bits) __attribute__((vector_size(WIDTH * 8)));
typedef int8_t NAME(bytes) __attribute__((vector_size(WIDTH)));
#define LANES NAME(lanes)
#define LOAD(at) ((LANES) * (const NAME(loose) *)(at))
#define STORE(at, value) (*(NAME(loose) *)(at) = (value))
#define INLINED static inline __attribute__((always_inline))
#define UNROLLED _Pragma("clang loop unroll(full)")

/// `yes` where the mask is all ones, `no` where it is 0.
INLINED LANES NAME(choose)(NAME(bits) mask, LANES yes, LANES no) {
    return (LANES)((mask & (NAME(bits))yes) | (~mask & (NAME(bits))no));
}

/// to[i][lane] (+)= Σ over k < count of one[i * tile_step + k * sum_step] · two[k][lane], for
/// `tile` values of i and `vectors` vectors, starting at `start` when it is given.
INLINED void NAME(product)(
    int tile, int vectors, const double *one, ptrdiff_t tile_step, ptrdiff_t sum_step,
    const double *two, ptrdiff_t two_step, ptrdiff_t count, const double *start, double *to,
    ptrdiff_t to_step, int adds) {
    LANES sum[TILE][3];
    UNROLLED for (int i = 0; i < tile; i++)
        UNROLLED for (int v = 0; v < vectors; v++)
            sum[i][v] = start ? LOAD(start + v * WIDTH) : (LANES){0};
    for (ptrdiff_t k = 0; k < count; k++) {
        LANES by[3];
        UNROLLED for (int v = 0; v < vectors; v++) by[v] = LOAD(two + k * two_step + v * WIDTH);
        UNROLLED for (int i = 0; i < tile; i++) {
            LANES x = one[i * tile_step + k * sum_step] - (LANES){0};
            UNROLLED for (int v = 0; v < vectors; v++) sum[i][v] += x * by[v];
        }
    }
    UNROLLED for (int i = 0; i < tile; i++)
        UNROLLED for (int v = 0; v < vectors; v++) {
            double *at = to + i * to_step + v * WIDTH;
            STORE(at, adds ? LOAD(at) + sum[i][v] : sum[i][v]);
        }
}

/// The product for `size` values of i and `width` lanes, a multiple of WIDTH.
INLINED void NAME(products)(
    ptrdiff_t size, ptrdiff_t width, const double *one, ptrdiff_t tile_step, ptrdiff_t sum_step,
    const double *two, ptrdiff_t two_step, ptrdiff_t count, const double *start, double *to,
    ptrdiff_t to_step, int adds) {
#define PRODUCT(tile, vectors)                                                        \
    NAME(product)(tile, vectors, one + i * tile_step, tile_step, sum_step, two + lane, \
        two_step, count, start ? start + lane : 0, to + i * to_step + lane, to_step, adds)
#define TILES(vectors)                                            \
    {                                                             \
        ptrdiff_t i = 0;                                          \
        for (; i + TILE <= size; i += TILE) PRODUCT(TILE, vectors); \
        for (; i < size; i++) PRODUCT(1, vectors);                \
    }
    ptrdiff_t lane = 0;
    for (; lane + 3 * WIDTH <= width; lane += 3 * WIDTH) TILES(3)
    if (lane + 2 * WIDTH <= width) TILES(2)
    else if (lane < width) TILES(1)
#undef TILES
#undef PRODUCT
}

/// The rows at `rows` in 64 bits, `step` apart.
static void NAME(widen)(
    const float *matrix, ptrdiff_t columns, const int32_t *rows, ptrdiff_t count, double *to,
    ptrdiff_t step) {
    for (ptrdiff_t row = 0; row < count; row++) {
        const float *from = matrix + rows[row] * columns;
        double *wide = to + row * step;
        for (ptrdiff_t column = 0; column < columns; column++) wide[column] = from[column];
    }
}

/// e^-x for x >= 0 as StableMath.exponential has it; what lies below 1e-307 stays there.
INLINED LANES NAME(exponential)(LANES x) {
    x = NAME(choose)(x < 708, -x, (LANES){0} - 708);
    // Adding 1.5 · 2^52 rounds to a whole number, which then stands in the lowest bits.
    LANES shifted = x * 1.4426950408889634 + 0x1.8p52;
    LANES k = shifted - 0x1.8p52;
    LANES r = (x - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10;
    LANES sum = r * (1.0 / 6227020800) + 1.0 / 479001600;
    sum = sum * r + 1.0 / 39916800;
    sum = sum * r + 1.0 / 3628800;
    sum = sum * r + 1.0 / 362880;
    sum = sum * r + 1.0 / 40320;
    sum = sum * r + 1.0 / 5040;
    sum = sum * r + 1.0 / 720;
    sum = sum * r + 1.0 / 120;
    sum = sum * r + 1.0 / 24;
    sum = sum * r + 1.0 / 6;
    sum = (sum * r + 0.5) * r + 1;
    sum = sum * r + 1;
    NAME(bits) power = ((NAME(bits))shifted << 52) + ((int64_t)1023 << 52);
    return sum * (LANES)power;
}

/// ln(1 + u) for u in 0...1 as StableMath.logOnePlus has it.
INLINED LANES NAME(log_one_plus)(LANES u) {
    LANES s = u / (2 + u), square = s * s, sum = square * (1.0 / 33) + 1.0 / 31;
    sum = sum * square + 1.0 / 29;
    sum = sum * square + 1.0 / 27;
    sum = sum * square + 1.0 / 25;
    sum = sum * square + 1.0 / 23;
    sum = sum * square + 1.0 / 21;
    sum = sum * square + 1.0 / 19;
    sum = sum * square + 1.0 / 17;
    sum = sum * square + 1.0 / 15;
    sum = sum * square + 1.0 / 13;
    sum = sum * square + 1.0 / 11;
    sum = sum * square + 1.0 / 9;
    sum = sum * square + 1.0 / 7;
    sum = sum * square + 1.0 / 5;
    sum = sum * square + 1.0 / 3;
    sum = sum * square + 1;
    return 2 * s * sum;
}

/// Turns the log-odds of WIDTH labels of a row into factors of the gradient; adds the losses.
INLINED LANES NAME(slope)(
    LANES z, const int8_t *labels, LANES weight_0, LANES weight_1, double row_weight,
    double *loss) {
    NAME(bytes) narrow;
    __builtin_memcpy(&narrow, labels, sizeof narrow);
    NAME(bits) label = __builtin_convertvector(narrow, NAME(bits));
    NAME(bits) positive = label == 1, known = label >= 0;
    LANES margin = NAME(choose)(positive, z, -z), none = {0};
    NAME(bits) right = margin >= 0;
    LANES e = NAME(exponential)(NAME(choose)(right, margin, -margin));
    LANES weight = NAME(choose)(positive, weight_1, weight_0) * row_weight;
    LANES term = weight * (NAME(log_one_plus)(e) + NAME(choose)(right, none, -margin));
    STORE(loss, LOAD(loss) + NAME(choose)(known, term, none));
    // The probability of the other label than the given one.
    LANES wrong = weight * (NAME(choose)(right, e, none + 1) / (1 + e));
    return NAME(choose)(known, NAME(choose)(positive, -wrong, wrong), none);
}

static void NAME(logistic_add)(
    const cvectors_logistic *m, ptrdiff_t from, ptrdiff_t to, double *scratch, double *gradient,
    double *loss) {
    ptrdiff_t step = wide_step(m->columns), columns = m->columns;
    double *wide = scratch, *z = scratch + block_rows * step;
    for (ptrdiff_t at = from; at < to; at += block_rows) {
        ptrdiff_t count = to - at < block_rows ? to - at : block_rows;
        NAME(widen)(m->matrix, columns, m->rows + at, count, wide, step);
        for (ptrdiff_t lane = 0; lane < m->lanes; lane += strip_lanes) {
            ptrdiff_t width = m->lanes - lane < strip_lanes ? m->lanes - lane : strip_lanes;
            NAME(products)(count, width, wide, step, 1, m->parameters + lane, m->lanes, columns,
                m->parameters + columns * m->lanes + lane, z, strip_lanes, 0);
            for (ptrdiff_t row = 0; row < count; row++)
                for (ptrdiff_t in = 0; in < width; in += WIDTH) {
                    LANES slope = NAME(slope)(
                        LOAD(z + row * strip_lanes + in),
                        m->labels + (at + row) * m->lanes + lane + in,
                        LOAD(m->weight_of_0 + lane + in), LOAD(m->weight_of_1 + lane + in),
                        m->row_weights ? m->row_weights[at + row] : 1, loss + lane + in);
                    STORE(z + row * strip_lanes + in, slope);
                    double *sum = gradient + columns * m->lanes + lane + in;
                    STORE(sum, LOAD(sum) + slope);
                }
            NAME(products)(columns, width, wide, 1, step, z, strip_lanes, count, 0,
                gradient + lane, m->lanes, 1);
        }
    }
}

static void NAME(logistic_score)(
    const cvectors_logistic *m, ptrdiff_t from, ptrdiff_t to, double *scratch, double *out,
    ptrdiff_t out_step) {
    ptrdiff_t step = wide_step(m->columns), columns = m->columns;
    double *wide = scratch, *z = scratch + block_rows * step;
    for (ptrdiff_t at = from; at < to; at += block_rows) {
        ptrdiff_t count = to - at < block_rows ? to - at : block_rows;
        NAME(widen)(m->matrix, columns, m->rows + at, count, wide, step);
        for (ptrdiff_t lane = 0; lane < m->lanes; lane += strip_lanes) {
            ptrdiff_t width = m->lanes - lane < strip_lanes ? m->lanes - lane : strip_lanes;
            NAME(products)(count, width, wide, step, 1, m->parameters + lane, m->lanes, columns,
                m->parameters + columns * m->lanes + lane, z, strip_lanes, 0);
            for (ptrdiff_t row = 0; row < count; row++)
                for (ptrdiff_t in = 0; in < width; in += WIDTH) {
                    LANES odds = LOAD(z + row * strip_lanes + in);
                    NAME(bits) positive = odds >= 0;
                    LANES e = NAME(exponential)(NAME(choose)(positive, odds, -odds));
                    LANES p = NAME(choose)(positive, (LANES){0} + 1, e) / (1 + e);
                    for (int i = 0; i < WIDTH; i++)
                        out[(lane + in + i) * out_step + at - from + row] = p[i];
                }
        }
    }
}

static void NAME(gram_add)(
    const float *matrix, ptrdiff_t columns, const int32_t *rows, ptrdiff_t all, double *wide,
    double *gram, ptrdiff_t gram_step) {
    ptrdiff_t step = wide_step(columns);
    for (ptrdiff_t at = 0; at < all; at += block_rows) {
        ptrdiff_t count = all - at < block_rows ? all - at : block_rows;
        NAME(widen)(matrix, columns, rows + at, count, wide, step);
        for (ptrdiff_t row = 0; row < count; row++)
            for (ptrdiff_t column = columns; column < gram_step; column++)
                wide[row * step + column] = column == columns;
        for (ptrdiff_t lane = 0; lane < gram_step; lane += strip_lanes) {
            ptrdiff_t width = gram_step - lane < strip_lanes ? gram_step - lane : strip_lanes;
            ptrdiff_t height = lane + width < columns + 1 ? lane + width : columns + 1;
            NAME(products)(height, width, wide, 1, step, wide + lane, step, count, 0,
                gram + lane, gram_step, 1);
        }
    }
}

static void NAME(scale)(const float *from, double factor, float *to, ptrdiff_t count) {
    for (ptrdiff_t at = 0; at < count; at++) to[at] = (float)(from[at] * factor);
}

static ptrdiff_t NAME(next_at_least)(
    const float *values, ptrdiff_t from, ptrdiff_t count, float limit) {
    // Most stretches hold none: look for any first, without a branch a value.
    for (; from + 64 <= count; from += 64) {
        int32_t any = 0;
        for (ptrdiff_t at = from; at < from + 64; at++) any |= values[at] >= limit;
        if (any) break;
    }
    while (from < count && !(values[from] >= limit)) from++;
    return from;
}

#undef LANES
#undef LOAD
#undef STORE
#undef INLINED
#undef UNROLLED
#undef NAME
#undef WIDTH
#undef TILE
