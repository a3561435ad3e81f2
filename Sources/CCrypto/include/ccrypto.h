// SHA-256 from Debian's libcrypto, which uses the processor's SHA instructions where it has them.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct ccrypto_sha256 ccrypto_sha256;

/// A new hash in its initial state, or NULL when memory is exhausted.
ccrypto_sha256 *ccrypto_sha256_new(void);
ccrypto_sha256 *ccrypto_sha256_copy(const ccrypto_sha256 *hash);
void ccrypto_sha256_update(ccrypto_sha256 *hash, const void *bytes, size_t count);
/// Writes 32 bytes to `digest` and returns `hash` to its initial state.
void ccrypto_sha256_finish(ccrypto_sha256 *hash, uint8_t *digest);
void ccrypto_sha256_free(ccrypto_sha256 *hash);
/// The digest of one buffer, without an allocation.
void ccrypto_sha256_once(const void *bytes, size_t count, uint8_t *digest);
