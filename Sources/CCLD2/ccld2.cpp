// CLD2's header uses FILE without including this.
#include <cstdio>
#include <cld2/public/compact_lang_det.h>
#include <cld2/public/encodings.h>

#include "ccld2.h"

// The first megabyte settles the language; CLD2 counts in int.
static const size_t enough = 1 << 20;

ccld2_answer ccld2_detect(const char *text, size_t count) {
    ccld2_answer answer = {"un", 0, 0, 0};
    if (!text || count == 0) return answer;
    if (count > enough) {
        count = enough;
        // Never cut a character in two.
        while (count > 0 && (text[count] & 0xC0) == 0x80) count--;
    }
    const CLD2::CLDHints hints = {
        nullptr, nullptr, CLD2::UNKNOWN_ENCODING, CLD2::UNKNOWN_LANGUAGE};
    CLD2::Language top[3];
    int percent[3];
    double score[3];
    int bytes = 0;
    int valid = 0;
    bool reliable = false;
    CLD2::Language language = CLD2::ExtDetectLanguageSummaryCheckUTF8(
        text, (int)count, true, &hints, 0, top, percent, score, nullptr, &bytes, &reliable,
        &valid);
    // Text that is not UTF-8 gets no answer.
    if (language == CLD2::UNKNOWN_LANGUAGE || valid < (int)count) return answer;
    answer.code = CLD2::LanguageCode(language);
    answer.reliable = reliable;
    answer.bytes = bytes;
    for (int i = 0; i < 3; i++)
        if (top[i] == language) answer.percent = percent[i];
    return answer;
}
