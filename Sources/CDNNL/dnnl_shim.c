#include "dnnl_shim.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Values and types of dnnl_types.h, oneDNN 2.6. The descriptors are structures of the library's
// own size (696 and 2,800 bytes in 2.6.3): room is kept, and only the library looks inside.
enum { success = 0, cpu_engine = 1, in_order = 1, bf16 = 2, f32 = 3, tag_any = 1, tag_ab = 3 };
enum { user_scratchpad = 1, query_kernel = 8, query_weights = 131, query_scratchpad = 136 };
enum { argument_source = 1, argument_target = 17, argument_weights = 33, argument_scratchpad = 80 };

typedef struct { _Alignas(64) char bytes[4096]; } memory_description;
typedef struct { _Alignas(64) char bytes[16384]; } matmul_description;
typedef struct { int argument; void *memory; } execution_argument;
typedef struct { int major, minor, patch; } library_version;

/// The functions in use, by their names in the library.
#define FUNCTIONS(F)                                                                           \
    F(const library_version *, version, (void))                                                \
    F(int, get_effective_cpu_isa, (void))                                                      \
    F(int, sgemm,                                                                              \
        (char, char, int64_t, int64_t, int64_t, float, const float *, int64_t, const float *,  \
            int64_t, float, float *, int64_t))                                                 \
    F(int, engine_create, (void **, int, size_t))                                              \
    F(int, stream_create, (void **, void *, unsigned))                                         \
    F(int, stream_destroy, (void *))                                                           \
    F(int, memory_desc_init_by_tag, (void *, int, const int64_t *, int, int))                  \
    F(size_t, memory_desc_get_size, (const void *))                                            \
    F(int, memory_create, (void **, const void *, void *, void *))                             \
    F(int, memory_destroy, (void *))                                                           \
    F(int, matmul_desc_init, (void *, const void *, const void *, const void *, const void *)) \
    F(int, primitive_attr_create, (void **))                                                   \
    F(int, primitive_attr_destroy, (void *))                                                   \
    F(int, primitive_attr_set_scratchpad_mode, (void *, int))                                  \
    F(int, primitive_desc_create, (void **, const void *, void *, void *, void *))             \
    F(int, primitive_desc_destroy, (void *))                                                   \
    F(int, primitive_desc_query, (void *, int, int, void *))                                   \
    F(const void *, primitive_desc_query_md, (void *, int, int))                               \
    F(int, primitive_create, (void **, void *))                                                \
    F(int, primitive_destroy, (void *))                                                        \
    F(int, primitive_execute, (void *, void *, int, const execution_argument *))               \
    F(int, reorder_primitive_desc_create,                                                      \
        (void **, const void *, void *, const void *, void *, void *))

static struct {
#define FIELD(result, name, parameters) result(*name) parameters;
    FUNCTIONS(FIELD)
    void (*set_threads)(int);
    void *engine, *attributes;
    int isThere;
    char error[512], version_text[32];
} dnnl;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

/// OpenMP's own threads would spin against the caller's; its run-time library reads this variable
/// when it is opened. Child processes inherit what the user set and nothing else.
static void *open_with_one_thread(void) {
    const char *given = getenv("OMP_NUM_THREADS");
    char *threads = given ? strdup(given) : NULL;
    setenv("OMP_NUM_THREADS", "1", 1);
    void *library = dlopen("libdnnl.so.2", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        const char *reason = dlerror();
        snprintf(dnnl.error, sizeof dnnl.error, "%s", reason ? reason : "dlopen failed");
    }
    if (threads) setenv("OMP_NUM_THREADS", threads, 1);
    else unsetenv("OMP_NUM_THREADS");
    free(threads);
    return library;
}

static void load(void) {
    void *library = open_with_one_thread();
    if (!library) return;
#define FIND(result, name, parameters)                                                  \
    dnnl.name = (result(*) parameters)dlsym(library, "dnnl_" #name);                    \
    if (!dnnl.name) {                                                                   \
        snprintf(dnnl.error, sizeof dnnl.error, "libdnnl has no function dnnl_" #name); \
        return;                                                                         \
    }
    FUNCTIONS(FIND)
    dnnl.set_threads = (void (*)(int))dlsym(library, "omp_set_num_threads");
    const library_version *version = dnnl.version();
    if (version->major != 2) {
        snprintf(dnnl.error, sizeof dnnl.error, "libdnnl is not of version 2");
        return;
    }
    snprintf(
        dnnl.version_text, sizeof dnnl.version_text, "%d.%d.%d", version->major, version->minor,
        version->patch);
    if (dnnl.engine_create(&dnnl.engine, cpu_engine, 0) != success
        || dnnl.primitive_attr_create(&dnnl.attributes) != success
        || dnnl.primitive_attr_set_scratchpad_mode(dnnl.attributes, user_scratchpad) != success) {
        snprintf(dnnl.error, sizeof dnnl.error, "libdnnl has no engine for this processor");
        return;
    }
    dnnl.isThere = 1;
}

int dnnl_shim_load(void) {
    pthread_once(&once, load);
    return dnnl.isThere ? 0 : -1;
}

const char *dnnl_shim_error(void) { return dnnl.error; }
const char *dnnl_shim_version(void) { return dnnl.version_text; }

const char *dnnl_shim_instructions(void) {
    // Values of dnnl_cpu_isa_t: sets of bits, each holding those below it.
    int set = dnnl.get_effective_cpu_isa();
    return (set & 0x27) == 0x27 ? "AVX-512" : (set & 7) == 7 ? "AVX2" : "baseline";
}

int dnnl_shim_has_bf16(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
#else
    return 0;
#endif
}

/// Where another library brought OpenMP first, the variable above came too late; the number of
/// threads is each calling thread's own.
static void use_one_thread(void) {
    static _Thread_local int isDone = 0;
    if (isDone || !dnnl.set_threads) return;
    dnnl.set_threads(1);
    isDone = 1;
}

int dnnl_shim_sgemm(int m, int n, int k, const float *a, const float *b, float *c) {
    use_one_thread();
    return dnnl.sgemm('N', 'N', m, n, k, 1, a, k, b, n, 0, c, n);
}

enum { sizes = dnnl_shim_most_rows / dnnl_shim_row_step, most_scratch = 1 << 16 };

/// What all matrices of one shape share: a kernel for each number of rows, made when first needed.
typedef struct shape {
    struct shape *next;
    int inputs, outputs;
    memory_description weights;
    char kernel[64];
    struct { void *primitive; memory_description source, target, scratchpad; } by_rows[sizes];
} shape;

struct dnnl_shim_matrix {
    shape *shape;
    void *memory;
    void *bytes;
};

static shape *shapes = NULL;

static int describe(memory_description *to, int rows, int columns, int type, int tag) {
    int64_t dimensions[2] = {rows, columns};
    return dnnl.memory_desc_init_by_tag(to, 2, dimensions, type, tag);
}

/// Makes the kernel for `rows` rows; with the layout of weights that it likes best when there is
/// none yet. Call in turn.
static int make_kernel(shape *shape, int rows) {
    int at = rows / dnnl_shim_row_step - 1;
    memory_description any;
    matmul_description matmul;
    void *description = NULL, *primitive = NULL;
    int isFirst = !shape->kernel[0];
    if (describe(&shape->by_rows[at].source, rows, shape->inputs, bf16, tag_ab)
        || describe(&shape->by_rows[at].target, rows, shape->outputs, f32, tag_ab)
        || describe(&any, shape->inputs, shape->outputs, bf16, tag_any)
        || dnnl.matmul_desc_init(
            &matmul, &shape->by_rows[at].source, isFirst ? &any : &shape->weights, NULL,
            &shape->by_rows[at].target)
        || dnnl.primitive_desc_create(&description, &matmul, dnnl.attributes, dnnl.engine, NULL))
        return -1;
    const char *name = NULL;
    const void *scratch = dnnl.primitive_desc_query_md(description, query_scratchpad, 0);
    const void *weights = dnnl.primitive_desc_query_md(description, query_weights, 0);
    size_t known = 696;
    int result = -1;
    if (scratch && weights && dnnl.memory_desc_get_size(scratch) <= most_scratch
        && dnnl.primitive_desc_query(description, query_kernel, 0, &name) == success && name
        && (isFirst || strcmp(name, shape->kernel) == 0)
        && dnnl.primitive_create(&primitive, description) == success) {
        memcpy(&shape->by_rows[at].scratchpad, scratch, known);
        if (isFirst) memcpy(&shape->weights, weights, known);
        snprintf(shape->kernel, sizeof shape->kernel, "%s", name);
        __atomic_store_n(&shape->by_rows[at].primitive, primitive, __ATOMIC_RELEASE);
        result = 0;
    }
    dnnl.primitive_desc_destroy(description);
    return result;
}

/// The shape's kernel for `rows` rows, or NULL.
static void *kernel_for(shape *shape, int rows) {
    void **place = &shape->by_rows[rows / dnnl_shim_row_step - 1].primitive;
    void *found = __atomic_load_n(place, __ATOMIC_ACQUIRE);
    if (found) return found;
    pthread_mutex_lock(&turn);
    if (!*place) make_kernel(shape, rows);
    found = *place;
    pthread_mutex_unlock(&turn);
    return found;
}

static shape *shape_of(int inputs, int outputs) {
    pthread_mutex_lock(&turn);
    shape *found = shapes;
    while (found && (found->inputs != inputs || found->outputs != outputs)) found = found->next;
    if (!found) {
        found = aligned_alloc(64, sizeof *found);
        if (found) {
            memset(found, 0, sizeof *found);
            found->inputs = inputs;
            found->outputs = outputs;
            if (make_kernel(found, dnnl_shim_most_rows)) {
                free(found);
                found = NULL;
            } else {
                found->next = shapes;
                shapes = found;
            }
        }
    }
    pthread_mutex_unlock(&turn);
    return found;
}

/// Runs a primitive on the calling thread.
static int execute(void *primitive, int count, const execution_argument *arguments) {
    void *stream = NULL;
    if (dnnl.stream_create(&stream, dnnl.engine, in_order)) return -1;
    int result = dnnl.primitive_execute(primitive, stream, count, arguments);
    dnnl.stream_destroy(stream);
    return result;
}

/// Rounds `weights` into the matrix's own layout.
static int fill(dnnl_shim_matrix *matrix, const float *weights) {
    memory_description plain;
    void *from = NULL, *description = NULL, *reorder = NULL;
    int result = -1;
    if (describe(&plain, matrix->shape->inputs, matrix->shape->outputs, f32, tag_ab) == success
        && dnnl.memory_create(&from, &plain, dnnl.engine, (void *)weights) == success
        && dnnl.reorder_primitive_desc_create(
               &description, &plain, dnnl.engine, &matrix->shape->weights, dnnl.engine, NULL)
            == success
        && dnnl.primitive_create(&reorder, description) == success) {
        execution_argument arguments[] = {
            {argument_source, from}, {argument_target, matrix->memory}};
        result = execute(reorder, 2, arguments);
    }
    if (reorder) dnnl.primitive_destroy(reorder);
    if (description) dnnl.primitive_desc_destroy(description);
    if (from) dnnl.memory_destroy(from);
    return result;
}

dnnl_shim_matrix *dnnl_shim_pack(const float *weights, int inputs, int outputs) {
    use_one_thread();
    shape *shape = shape_of(inputs, outputs);
    dnnl_shim_matrix *matrix = shape ? calloc(1, sizeof *matrix) : NULL;
    if (!matrix) return NULL;
    matrix->shape = shape;
    size_t size = (dnnl.memory_desc_get_size(&shape->weights) + 63) / 64 * 64;
    matrix->bytes = aligned_alloc(64, size);
    if (matrix->bytes
        && dnnl.memory_create(&matrix->memory, &shape->weights, dnnl.engine, matrix->bytes)
            == success
        && fill(matrix, weights) == success)
        return matrix;
    dnnl_shim_free(matrix);
    return NULL;
}

void dnnl_shim_free(dnnl_shim_matrix *matrix) {
    if (matrix->memory) dnnl.memory_destroy(matrix->memory);
    free(matrix->bytes);
    free(matrix);
}

const char *dnnl_shim_kernel(const dnnl_shim_matrix *matrix) { return matrix->shape->kernel; }

static int multiply_block(
    const dnnl_shim_matrix *matrix, const uint16_t *x, int rows, float *out) {
    shape *shape = matrix->shape;
    void *kernel = kernel_for(shape, rows);
    if (!kernel) return -1;
    int at = rows / dnnl_shim_row_step - 1;
    _Alignas(64) char scratch[most_scratch];
    void *source = NULL, *target = NULL, *scratchpad = NULL;
    int result = -1;
    if (dnnl.memory_create(&source, &shape->by_rows[at].source, dnnl.engine, (void *)x) == success
        && dnnl.memory_create(&target, &shape->by_rows[at].target, dnnl.engine, out) == success
        && dnnl.memory_create(
               &scratchpad, &shape->by_rows[at].scratchpad, dnnl.engine, scratch) == success) {
        execution_argument arguments[] = {
            {argument_source, source}, {argument_weights, matrix->memory},
            {argument_target, target}, {argument_scratchpad, scratchpad}};
        result = execute(kernel, 4, arguments);
    }
    if (source) dnnl.memory_destroy(source);
    if (target) dnnl.memory_destroy(target);
    if (scratchpad) dnnl.memory_destroy(scratchpad);
    return result;
}

int dnnl_shim_multiply(
    const dnnl_shim_matrix *matrix, const uint16_t *x, int rows, float *out) {
    use_one_thread();
    long inputs = matrix->shape->inputs, outputs = matrix->shape->outputs;
    for (int at = 0; at < rows; at += dnnl_shim_most_rows) {
        int count = rows - at < dnnl_shim_most_rows ? rows - at : dnnl_shim_most_rows;
        if (multiply_block(matrix, x + at * inputs, count, out + at * outputs)) return -1;
    }
    return 0;
}
