#include "ccompress.h"

#include <snappy-c.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

struct ccompress_decoder {
    int format;
    int at_end;
    z_stream gzip;
    ZSTD_DStream *zstd;
    const char *message;
};

// Window bits 15 plus 16: gzip wrapping only, neither raw deflate nor zlib's own wrapping.
static const int gzip_window = 15 + 16;

ccompress_decoder *ccompress_decoder_new(int format) {
    ccompress_decoder *decoder = calloc(1, sizeof *decoder);
    if (!decoder) return NULL;
    decoder->format = format;
    if (format == ccompress_gzip) {
        if (inflateInit2(&decoder->gzip, gzip_window) == Z_OK) return decoder;
    } else {
        decoder->zstd = ZSTD_createDStream();
        if (decoder->zstd && !ZSTD_isError(ZSTD_initDStream(decoder->zstd)) &&
            !ZSTD_isError(ZSTD_DCtx_setParameter(
                decoder->zstd, ZSTD_d_windowLogMax, ccompress_zstd_window_log)))
            return decoder;
        ZSTD_freeDStream(decoder->zstd);
    }
    free(decoder);
    return NULL;
}

void ccompress_decoder_free(ccompress_decoder *decoder) {
    if (!decoder) return;
    if (decoder->format == ccompress_gzip) inflateEnd(&decoder->gzip);
    else ZSTD_freeDStream(decoder->zstd);
    free(decoder);
}

static int step_gzip(
    ccompress_decoder *decoder, const void *input, size_t input_count, size_t *taken,
    void *output, size_t output_count, size_t *made) {
    z_stream *stream = &decoder->gzip;
    if (decoder->at_end && inflateReset(stream) != Z_OK) return ccompress_corrupt;
    decoder->at_end = 0;
    stream->next_in = (Bytef *)input;
    stream->avail_in = (uInt)input_count;
    stream->next_out = output;
    stream->avail_out = (uInt)output_count;
    int result = inflate(stream, Z_NO_FLUSH);
    *taken = input_count - stream->avail_in;
    *made = output_count - stream->avail_out;
    if (result == Z_STREAM_END) {
        decoder->at_end = 1;
        return ccompress_member_end;
    }
    // Z_BUF_ERROR means only that no progress was possible with what was given.
    if (result == Z_OK || result == Z_BUF_ERROR) return ccompress_more;
    decoder->message = stream->msg ? stream->msg : "invalid gzip data";
    return result == Z_MEM_ERROR ? ccompress_no_memory : ccompress_corrupt;
}

static int step_zstd(
    ccompress_decoder *decoder, const void *input, size_t input_count, size_t *taken,
    void *output, size_t output_count, size_t *made) {
    ZSTD_inBuffer in = {input, input_count, 0};
    ZSTD_outBuffer out = {output, output_count, 0};
    size_t result = ZSTD_decompressStream(decoder->zstd, &out, &in);
    *taken = in.pos;
    *made = out.pos;
    if (ZSTD_isError(result)) {
        decoder->message = ZSTD_getErrorName(result);
        switch (ZSTD_getErrorCode(result)) {
        case ZSTD_error_frameParameter_windowTooLarge: return ccompress_window_too_large;
        case ZSTD_error_memory_allocation: return ccompress_no_memory;
        default: return ccompress_corrupt;
        }
    }
    return result == 0 ? ccompress_member_end : ccompress_more;
}

int ccompress_decoder_step(
    ccompress_decoder *decoder, const void *input, size_t input_count, size_t *taken,
    void *output, size_t output_count, size_t *made) {
    // zlib counts in 32 bits.
    if (input_count > 1u << 30) input_count = 1u << 30;
    if (output_count > 1u << 30) output_count = 1u << 30;
    if (decoder->format == ccompress_gzip)
        return step_gzip(decoder, input, input_count, taken, output, output_count, made);
    return step_zstd(decoder, input, input_count, taken, output, output_count, made);
}

const char *ccompress_decoder_message(const ccompress_decoder *decoder) {
    return decoder->message ? decoder->message : "invalid data";
}

size_t ccompress_bound(int format, size_t count) {
    if (format == ccompress_snappy) return snappy_max_compressed_length(count);
    return format == ccompress_gzip ? compressBound(count) + 32 : ZSTD_compressBound(count);
}

size_t ccompress_encode(
    int format, int level, const void *input, size_t input_count, void *output,
    size_t output_count) {
    if (format == ccompress_zstd) {
        size_t size = ZSTD_compress(output, output_count, input, input_count, level);
        return ZSTD_isError(size) ? 0 : size;
    }
    if (format == ccompress_snappy) {
        size_t size = output_count;
        return snappy_compress(input, input_count, output, &size) == SNAPPY_OK ? size : 0;
    }
    if (input_count > 1u << 30 || output_count > 0xFFFFFFFFu) return 0;
    z_stream stream = {0};
    if (deflateInit2(&stream, level, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return 0;
    stream.next_in = (Bytef *)input;
    stream.avail_in = (uInt)input_count;
    stream.next_out = output;
    stream.avail_out = (uInt)output_count;
    int result = deflate(&stream, Z_FINISH);
    size_t size = output_count - stream.avail_out;
    deflateEnd(&stream);
    return result == Z_STREAM_END ? size : 0;
}

// zlib counts in 32 bits, and Parquet's pages in 31.
static int decode_gzip(
    const void *input, size_t input_count, void *output, size_t output_count) {
    if (input_count > 1u << 31 || output_count > 1u << 31) return 0;
    z_stream stream = {0};
    // Window bits 15 plus 32: gzip wrapping, or zlib's own.
    if (inflateInit2(&stream, 15 + 32) != Z_OK) return 0;
    stream.next_in = (Bytef *)input;
    stream.avail_in = (uInt)input_count;
    stream.next_out = output;
    stream.avail_out = (uInt)output_count;
    int result = inflate(&stream, Z_FINISH);
    while (result == Z_STREAM_END && stream.avail_in > 0 && stream.avail_out > 0) {
        if (inflateReset(&stream) != Z_OK) break;
        result = inflate(&stream, Z_FINISH);
    }
    int whole = result == Z_STREAM_END && stream.avail_out == 0;
    inflateEnd(&stream);
    return whole;
}

int ccompress_decode(
    int format, const void *input, size_t input_count, void *output, size_t output_count) {
    if (format == ccompress_gzip)
        return decode_gzip(input, input_count, output, output_count);
    if (format == ccompress_zstd)
        return ZSTD_decompress(output, output_count, input, input_count) == output_count;
    size_t size = 0;
    if (snappy_uncompressed_length(input, input_count, &size) != SNAPPY_OK) return 0;
    if (size != output_count) return 0;
    return snappy_uncompress(input, input_count, output, &size) == SNAPPY_OK
        && size == output_count;
}
