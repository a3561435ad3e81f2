// What BERT's text cleaning does with each Unicode scalar, as Hugging Face's `tokenizers` has it.
#pragma once
#include <stdint.h>

typedef enum {
    unicode_kept = 0,
    /// Control, format, private-use scalars, U+0000 and U+FFFD: they vanish before anything else.
    unicode_removed = 1,
    /// White space of any sort: it ends a word.
    unicode_space = 2,
    /// A Chinese character: a word of its own.
    unicode_chinese = 3,
} unicode_kind;

/// What the cleaning step does with a scalar of the raw text.
unicode_kind unicode_kind_of(uint32_t scalar);

/// The scalar decomposed (NFD), without non-spacing marks (Mn), in lower case: writes 0 to 4
/// scalars and returns how many.
int unicode_fold(uint32_t scalar, uint32_t *_Nonnull folded);

/// Whether a folded scalar is punctuation and so a word of its own.
int unicode_is_punctuation(uint32_t scalar);

/// Whether canonical ordering could move this scalar past a neighbour although folding keeps it.
int unicode_is_movable_mark(uint32_t scalar);
