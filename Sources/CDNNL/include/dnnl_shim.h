// The one door to oneDNN, opened while the program runs where it is installed: the fastest matrix
// products known on x86-64, in 32-bit floats and in bfloat16.
//
// Declares what it needs of oneDNN's C interface itself (version 2, the library's soname promises
// it), so that a build needs no headers. Each call computes on the caller's thread alone and may
// be made from any number of threads.
#pragma once
#include <stdint.h>

#pragma clang assume_nonnull begin

/// Opens the library once; every later call, from any thread, answers the same. 0 when it is
/// there, else not 0 and `dnnl_shim_error` says why.
int dnnl_shim_load(void);

/// Why the library could not be opened; empty when it could, or when nothing was tried yet.
const char *dnnl_shim_error(void);

/// "2.6.3"; empty before a successful load.
const char *dnnl_shim_version(void);

/// The widest instructions its 32-bit kernels take here: "AVX-512", "AVX2" or "baseline". Load
/// first.
const char *dnnl_shim_instructions(void);

/// Whether the processor and the system have instructions for bfloat16 products.
int dnnl_shim_has_bf16(void);

/// C = A · B in 32-bit floats, all row-major and dense: A is m × k, B k × n, C m × n. 0 when
/// done.
int dnnl_shim_sgemm(int m, int n, int k, const float *a, const float *b, float *c);

/// A matrix in bfloat16, laid out as the kernels want it.
typedef struct dnnl_shim_matrix dnnl_shim_matrix;

/// Rounds and lays out `weights`, inputs × outputs; NULL when oneDNN has no kernel for it.
dnnl_shim_matrix *_Nullable dnnl_shim_pack(const float *weights, int inputs, int outputs);

void dnnl_shim_free(dnnl_shim_matrix *matrix);

/// oneDNN's name of the kernel that multiplies with the matrix ("brg:avx512_core_bf16").
const char *dnnl_shim_kernel(const dnnl_shim_matrix *matrix);

/// Rows of a call are padded up to a multiple of this.
enum { dnnl_shim_row_step = 8, dnnl_shim_most_rows = 128 };

/// out = x · matrix, accumulated in 32-bit floats; x is rows × inputs in bfloat16, and `rows` a
/// multiple of `dnnl_shim_row_step`. 0 when done.
int dnnl_shim_multiply(
    const dnnl_shim_matrix *matrix, const uint16_t *x, int rows, float *out);

#pragma clang assume_nonnull end
