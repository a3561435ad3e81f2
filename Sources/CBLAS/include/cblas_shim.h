// The one door to the BLAS: OpenBLAS, opened while the program runs.
//
// A plain `-lopenblas` cannot do this: OpenBLAS 0.3.x chooses its kernels in a constructor, and on
// recent AMD processors it chooses AVX2 ones at half speed. So the shim first says which kernels
// to take (OPENBLAS_CORETYPE=SKYLAKEX where the processor and the system have AVX-512 and the user
// has not chosen) and that one thread is enough (OPENBLAS_NUM_THREADS=1), and opens it then.
#pragma once

/// Opens the library once; every later call, from any thread, answers the same. 0 when it is
/// there, else not 0 and `cblas_shim_error` says why.
int cblas_shim_load(void);

/// Why the library could not be opened; empty when it could, or when nothing was tried yet.
const char *cblas_shim_error(void);

/// The kernels in use, as the library names them ("SkylakeX"); empty before a successful load.
const char *cblas_shim_core(void);

/// The library's description of itself, with its version; empty before a successful load.
const char *cblas_shim_config(void);

/// How calls from several threads stay right: "pthread", "openmp", or "serial, locked" where the
/// package has no locks of its own and calls take turns; empty before a successful load.
const char *cblas_shim_threading(void);

/// C = alpha · op(A) · op(B) + beta · C, all row-major; `trans…` not 0 transposes. op(A) is m × k,
/// op(B) k × n, C m × n; `ld…` count elements from row to row as stored. Load first.
void cblas_shim_sgemm(
    int transA, int transB, int m, int n, int k, float alpha, const float *a, int lda,
    const float *b, int ldb, float beta, float *c, int ldc);

/// The same in double precision.
void cblas_shim_dgemm(
    int transA, int transB, int m, int n, int k, double alpha, const double *a, int lda,
    const double *b, int ldb, double beta, double *c, int ldc);

/// Whether the library has LAPACK's solver of symmetric eigenvalue problems. Loads.
int cblas_shim_has_eigen(void);

/// Eigenvalues, ascending, and eigenvectors of a symmetric n × n matrix, n at most 16,384: vector
/// i of length 1 is row i of `matrix` afterwards (LAPACK dsyevd). 0 when it is done, else not 0
/// and `matrix` holds nothing of use. On one thread: the same bits on every call.
int cblas_shim_eigen(int n, double *matrix, double *values);
