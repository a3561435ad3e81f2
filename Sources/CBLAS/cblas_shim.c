#include "cblas_shim.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

// Values of cblas.h.
enum { row_major = 101, no_transpose = 111, transpose = 112 };

typedef void sgemm_function(
    int, int, int, int, int, int, float, const float *, int, const float *, int, float, float *,
    int);
typedef void dgemm_function(
    int, int, int, int, int, int, double, const double *, int, const double *, int, double,
    double *, int);
// LAPACK's, as a Fortran compiler makes it: everything by address, and the lengths of texts at
// the end.
typedef void dsyevd_function(
    const char *, const char *, const int *, double *, const int *, double *, double *,
    const int *, int *, const int *, int *, size_t, size_t);

static struct {
    sgemm_function *sgemm;
    dgemm_function *dgemm;
    dsyevd_function *dsyevd;
    int serial;
    char error[512], core[64], config[256];
    const char *threading;
} blas = {.threading = ""};

// OpenBLAS takes a work buffer for each call that runs at the same time and keeps it. Where it gets
// no memory for one it asks again for ever (blas_memory_alloc), so room is looked for beforehand:
// a call that would need one buffer too many waits until another call has ended.
enum { buffer_bytes = 128 << 20, spare_bytes = 32 << 20 };

static struct {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    int running, buffers;
} calls = {.lock = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER};

/// Whether so much address space is left, which `ulimit -v` and control groups bound.
static int has_room(size_t bytes) {
    void *room = mmap(
        NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED) return 0;
    munmap(room, bytes);
    return 1;
}

static void begin_call(void) {
    pthread_mutex_lock(&calls.lock);
    while (calls.running == calls.buffers) {
        // Another call that was let in may not have its buffer yet.
        if (has_room(2 * (size_t)buffer_bytes + spare_bytes)) calls.buffers++;
        else pthread_cond_wait(&calls.ended, &calls.lock);
    }
    calls.running++;
    pthread_mutex_unlock(&calls.lock);
}

static void end_call(void) {
    pthread_mutex_lock(&calls.lock);
    calls.running--;
    pthread_cond_signal(&calls.ended);
    pthread_mutex_unlock(&calls.lock);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

/// Whether the SKYLAKEX kernels can run. `__builtin_cpu_supports` also asks XGETBV whether the
/// system saves the wide registers; forcing these kernels without that dies of SIGILL.
static int has_avx512(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
#else
    return 0;
#endif
}

/// Opens the library under the settings it reads only at that moment, and puts the environment
/// back, so that child processes inherit what the user set and nothing else.
static void *open_with_settings(void) {
    const char *user_threads = getenv("OPENBLAS_NUM_THREADS");
    char *threads = user_threads ? strdup(user_threads) : NULL;
    int choose = getenv("OPENBLAS_CORETYPE") == NULL && has_avx512();
    if (choose) setenv("OPENBLAS_CORETYPE", "SKYLAKEX", 1);
    setenv("OPENBLAS_NUM_THREADS", "1", 1);

    void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!library) library = dlopen("libopenblas.so", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        const char *reason = dlerror();
        snprintf(blas.error, sizeof blas.error, "%s", reason ? reason : "dlopen failed");
    }

    if (choose) unsetenv("OPENBLAS_CORETYPE");
    if (threads) setenv("OPENBLAS_NUM_THREADS", threads, 1);
    else unsetenv("OPENBLAS_NUM_THREADS");
    free(threads);
    return library;
}

/// Lets OpenBLAS take its first buffer, which small products do without.
static void warm_up(sgemm_function *sgemm) {
    enum { side = 192 };
    float *room = calloc(3 * side * side, sizeof *room);
    if (!room) return;
    sgemm(
        row_major, no_transpose, no_transpose, side, side, side, 1, room, side, room + side * side,
        side, 0, room + 2 * side * side, side);
    free(room);
}

static void load(void) {
    if (!has_room((size_t)buffer_bytes + spare_bytes)) {
        snprintf(
            blas.error, sizeof blas.error,
            "OpenBLAS needs %d MB of address space, and the limit (`ulimit -v`) leaves less",
            (buffer_bytes + spare_bytes) >> 20);
        return;
    }
    void *library = open_with_settings();
    if (!library) return;
    sgemm_function *sgemm = (sgemm_function *)dlsym(library, "cblas_sgemm");
    dgemm_function *dgemm = (dgemm_function *)dlsym(library, "cblas_dgemm");
    // Builds without LAPACK lack it; only who asks for it has to know.
    blas.dsyevd = (dsyevd_function *)dlsym(library, "dsyevd_");
    const char *(*config)(void) = (const char *(*)(void))dlsym(library, "openblas_get_config");
    const char *(*core)(void) = (const char *(*)(void))dlsym(library, "openblas_get_corename");
    int (*parallel)(void) = (int (*)(void))dlsym(library, "openblas_get_parallel");
    void (*set_threads)(int) = (void (*)(int))dlsym(library, "openblas_set_num_threads");
    if (!sgemm || !dgemm || !config || !core || !parallel || !set_threads) {
        snprintf(blas.error, sizeof blas.error, "libopenblas lacks a function this program needs");
        return;
    }
    if (strstr(config(), "USE64BITINT")) {
        snprintf(blas.error, sizeof blas.error, "libopenblas was built with 64-bit integers");
        return;
    }
    set_threads(1);
    snprintf(blas.config, sizeof blas.config, "%s", config());
    snprintf(blas.core, sizeof blas.core, "%s", core());
    // The serial package shares work buffers between threads without a lock and then computes
    // wrong numbers in silence; with it calls take turns.
    int kind = parallel();
    blas.serial = kind == 0;
    blas.threading = kind == 0 ? "serial, locked" : kind == 1 ? "pthread" : "openmp";
    warm_up(sgemm);
    calls.buffers = 1;
    blas.dgemm = dgemm;
    blas.sgemm = sgemm;
}

int cblas_shim_load(void) {
    pthread_once(&once, load);
    return blas.sgemm ? 0 : -1;
}

const char *cblas_shim_error(void) { return blas.error; }
const char *cblas_shim_core(void) { return blas.core; }
const char *cblas_shim_config(void) { return blas.config; }
const char *cblas_shim_threading(void) { return blas.threading; }

void cblas_shim_sgemm(
    int transA, int transB, int m, int n, int k, float alpha, const float *a, int lda,
    const float *b, int ldb, float beta, float *c, int ldc) {
    if (blas.serial) pthread_mutex_lock(&turn);
    else begin_call();
    blas.sgemm(
        row_major, transA ? transpose : no_transpose, transB ? transpose : no_transpose, m, n, k,
        alpha, a, lda, b, ldb, beta, c, ldc);
    if (blas.serial) pthread_mutex_unlock(&turn);
    else end_call();
}

void cblas_shim_dgemm(
    int transA, int transB, int m, int n, int k, double alpha, const double *a, int lda,
    const double *b, int ldb, double beta, double *c, int ldc) {
    if (blas.serial) pthread_mutex_lock(&turn);
    else begin_call();
    blas.dgemm(
        row_major, transA ? transpose : no_transpose, transB ? transpose : no_transpose, m, n, k,
        alpha, a, lda, b, ldb, beta, c, ldc);
    if (blas.serial) pthread_mutex_unlock(&turn);
    else end_call();
}

int cblas_shim_has_eigen(void) { return cblas_shim_load() == 0 && blas.dsyevd; }

int cblas_shim_eigen(int n, double *matrix, double *values) {
    if (!cblas_shim_has_eigen()) return -1;
    // What the routine asks for with eigenvectors (dsyevd.f, LWORK and LIWORK).
    size_t lwork = 1 + 6 * (size_t)n + 2 * (size_t)n * (size_t)n;
    int liwork = 3 + 5 * n, info = -1, room = (int)lwork;
    double *work = malloc(lwork * sizeof *work);
    int *iwork = malloc((size_t)liwork * sizeof *iwork);
    if (work && iwork && n > 0 && n <= 16384) {
        if (blas.serial) pthread_mutex_lock(&turn);
        else begin_call();
        blas.dsyevd("V", "U", &n, matrix, &n, values, work, &room, iwork, &liwork, &info, 1, 1);
        if (blas.serial) pthread_mutex_unlock(&turn);
        else end_call();
    }
    free(work);
    free(iwork);
    return info;
}
