#include "cblas_shim.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Values of cblas.h.
enum { row_major = 101, no_transpose = 111, transpose = 112 };

typedef void sgemm_function(
    int, int, int, int, int, int, float, const float *, int, const float *, int, float, float *,
    int);
typedef void dgemm_function(
    int, int, int, int, int, int, double, const double *, int, const double *, int, double,
    double *, int);

static struct {
    sgemm_function *sgemm;
    dgemm_function *dgemm;
    int serial;
    char error[512], core[64], config[256];
    const char *threading;
} blas = {.threading = ""};

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

static void load(void) {
    void *library = open_with_settings();
    if (!library) return;
    sgemm_function *sgemm = (sgemm_function *)dlsym(library, "cblas_sgemm");
    dgemm_function *dgemm = (dgemm_function *)dlsym(library, "cblas_dgemm");
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
    blas.sgemm(
        row_major, transA ? transpose : no_transpose, transB ? transpose : no_transpose, m, n, k,
        alpha, a, lda, b, ldb, beta, c, ldc);
    if (blas.serial) pthread_mutex_unlock(&turn);
}

void cblas_shim_dgemm(
    int transA, int transB, int m, int n, int k, double alpha, const double *a, int lda,
    const double *b, int ldb, double beta, double *c, int ldc) {
    if (blas.serial) pthread_mutex_lock(&turn);
    blas.dgemm(
        row_major, transA ? transpose : no_transpose, transB ? transpose : no_transpose, m, n, k,
        alpha, a, lda, b, ldb, beta, c, ldc);
    if (blas.serial) pthread_mutex_unlock(&turn);
}
