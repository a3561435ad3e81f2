// Language detection by Debian's CLD2, whose tables lie inside the library.
#pragma once
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ccld2_answer {
    /// ISO 639-1 (639-2 or 639-3 where there is none), with a script for Chinese: "zh-Hant"; "un" is
    /// unknown. A constant of the library, never freed.
    const char *code;
    /// 1 when the library trusts its answer.
    int reliable;
    /// How much of the text is in that language, 0 to 100.
    int percent;
    /// Bytes of text that counted: letters, without markup and repeats.
    int bytes;
} ccld2_answer;

/// The main language of UTF-8 text; safe to call from any number of threads.
ccld2_answer ccld2_detect(const char *text, size_t count);

#ifdef __cplusplus
}
#endif
