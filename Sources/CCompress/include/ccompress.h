// Streaming gzip (zlib) and Zstandard (libzstd) behind one handle; whole blocks of these and of
// Snappy (libsnappy).
#pragma once
#include <stddef.h>

typedef struct ccompress_decoder ccompress_decoder;

enum ccompress_format { ccompress_gzip = 1, ccompress_zstd = 2, ccompress_snappy = 3 };

enum {
    /// The largest Zstandard window that is read, as a power of two: 2 GiB, as zstd --long=31 makes
    /// them. Memory is taken for the part of a window that is filled.
    ccompress_zstd_window_log = 31
};

/// What one step of a decoder came to.
enum ccompress_step {
    /// Some input was taken or some output was made; the member goes on.
    ccompress_more = 0,
    /// One gzip member or Zstandard frame ended, its checksum right; the next step begins another.
    ccompress_member_end = 1,
    /// The bytes are not what the format allows.
    ccompress_corrupt = -1,
    ccompress_no_memory = -2,
    /// A Zstandard window above the limit.
    ccompress_window_too_large = -3,
};

/// A decoder at the start of a gzip member or Zstandard frame, or NULL when memory is exhausted.
ccompress_decoder *ccompress_decoder_new(int format);
void ccompress_decoder_free(ccompress_decoder *decoder);
/// Decodes from `input` to `output` and says in `taken` and `made` how many bytes of each were used.
int ccompress_decoder_step(
    ccompress_decoder *decoder, const void *input, size_t input_count, size_t *taken,
    void *output, size_t output_count, size_t *made);
/// The library's own words for the last corrupt step.
const char *ccompress_decoder_message(const ccompress_decoder *decoder);

/// The most bytes `count` bytes can take as one gzip member, Zstandard frame or Snappy block.
size_t ccompress_bound(int format, size_t count);
/// Encodes the whole input as one member, frame or block; the size, or 0 when it failed. Snappy has
/// no levels.
size_t ccompress_encode(
    int format, int level, const void *input, size_t input_count, void *output,
    size_t output_count);

/// Decodes a whole block into exactly `output_count` bytes; 0 when the block is damaged or holds
/// another number of bytes. Members and frames after the first are decoded as well.
int ccompress_decode(
    int format, const void *input, size_t input_count, void *output, size_t output_count);
