// Included once an instruction set, before logistic_bodies.h: WIDTH and NAME(x) as there.

typedef uint32_t NAME(slots) __attribute__((vector_size(WIDTH * 8)));
typedef uint32_t NAME(loose_slots) __attribute__((vector_size(WIDTH * 8), aligned(4), may_alias));

static void NAME(minhash)(
    const uint64_t *hashes, ptrdiff_t count, const uint32_t *factors, const uint32_t *terms,
    ptrdiff_t slots, uint32_t *signature) {
    enum { width = 2 * WIDTH, vectors = 4 };
    // Sixteen slots or more at a time stay in registers while the hashes stream by.
    for (ptrdiff_t slot = 0; slot < slots; slot += vectors * width) {
        NAME(slots) least[vectors], factor[vectors], term[vectors];
        for (int v = 0; v < vectors; v++) {
            ptrdiff_t at = slot + v * width;
            if (at >= slots) at = slots - width;
            least[v] = *(const NAME(loose_slots) *)(signature + at);
            factor[v] = *(const NAME(loose_slots) *)(factors + at);
            term[v] = *(const NAME(loose_slots) *)(terms + at);
        }
        for (ptrdiff_t i = 0; i < count; i++) {
            uint32_t x = (uint32_t)(hashes[i] ^ hashes[i] >> 32);
            for (int v = 0; v < vectors; v++)
                least[v] = __builtin_elementwise_min(least[v], factor[v] * x + term[v]);
        }
        for (int v = 0; v < vectors; v++) {
            ptrdiff_t at = slot + v * width;
            if (at < slots) *(NAME(loose_slots) *)(signature + at) = least[v];
        }
    }
}
