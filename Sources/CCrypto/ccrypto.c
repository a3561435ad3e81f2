// The low-level SHA256_* calls, deprecated in OpenSSL 3 in favour of EVP, are used on purpose:
// EVP looks its provider up for every hash, which costs more than hashing a short text.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "ccrypto.h"
#include <openssl/sha.h>
#include <stdlib.h>

struct ccrypto_sha256 {
    SHA256_CTX context;
};

ccrypto_sha256 *ccrypto_sha256_new(void) {
    ccrypto_sha256 *hash = malloc(sizeof *hash);
    if (hash) SHA256_Init(&hash->context);
    return hash;
}

ccrypto_sha256 *ccrypto_sha256_copy(const ccrypto_sha256 *hash) {
    ccrypto_sha256 *copy = malloc(sizeof *copy);
    if (copy) *copy = *hash;
    return copy;
}

void ccrypto_sha256_update(ccrypto_sha256 *hash, const void *bytes, size_t count) {
    SHA256_Update(&hash->context, bytes, count);
}

void ccrypto_sha256_finish(ccrypto_sha256 *hash, uint8_t *digest) {
    SHA256_Final(digest, &hash->context);
    SHA256_Init(&hash->context);
}

void ccrypto_sha256_free(ccrypto_sha256 *hash) { free(hash); }

void ccrypto_sha256_once(const void *bytes, size_t count, uint8_t *digest) {
    SHA256(bytes, count, digest);
}
