#include "csimdjson.h"
#include <algorithm>
#include <new>
#include <simdjson.h>
#include <vector>

using namespace simdjson;

namespace {

// One open array or object below the document's own.
struct frame {
    bool is_object = false;
    // Whether the iterator stands on a value that was read, so that it has to move on.
    bool is_read = false;
    ondemand::array_iterator elements;
    ondemand::object_iterator fields;
    // Where its keys begin among all that are kept.
    size_t first_key = 0;
};

} // namespace

struct csimdjson_parser {
    ondemand::parser parser;
    std::vector<csimdjson_value> children;
    // No recursion: a stranger decides how deep a document is, and the stack is as small as a
    // thread's.
    std::vector<frame> frames;
    // The keys of every open object, the document's own first; only where doubled ones are wanted.
    std::vector<std::string_view> keys;
    size_t deepest = 0;
    bool finds_doubled_keys = false;
    bool has_doubled_key = false;
};

namespace {

struct bare_word {
    std::string_view word;
    const char *message;
};

// What other programs write for numbers that JSON has no word for, and other languages' words.
const bare_word bare_words[] = {
    {"NaN", "`NaN` is no JSON value: write null for a number that is missing"},
    {"nan", "`nan` is no JSON value: write null for a number that is missing"},
    {"NAN", "`NAN` is no JSON value: write null for a number that is missing"},
    {"-NaN", "`-NaN` is no JSON value: write null for a number that is missing"},
    {"-nan", "`-nan` is no JSON value: write null for a number that is missing"},
    {"Infinity", "`Infinity` is no JSON value: write null or a number"},
    {"-Infinity", "`-Infinity` is no JSON value: write null or a number"},
    {"+Infinity", "`+Infinity` is no JSON value: write null or a number"},
    {"infinity", "`infinity` is no JSON value: write null or a number"},
    {"-infinity", "`-infinity` is no JSON value: write null or a number"},
    {"inf", "`inf` is no JSON value (infinity): write null or a number"},
    {"-inf", "`-inf` is no JSON value (infinity): write null or a number"},
    {"Inf", "`Inf` is no JSON value (infinity): write null or a number"},
    {"-Inf", "`-Inf` is no JSON value (infinity): write null or a number"},
    {"undefined", "`undefined` is no JSON value: write null"},
    {"None", "`None` is no JSON value: write null"},
    {"none", "`none` is no JSON value: write null"},
    {"nil", "`nil` is no JSON value: write null"},
    {"Null", "`Null` is no JSON value: write null"},
    {"NULL", "`NULL` is no JSON value: write null"},
    {"NA", "`NA` is no JSON value: write null"},
    {"True", "`True` is no JSON value: write true"},
    {"TRUE", "`TRUE` is no JSON value: write true"},
    {"False", "`False` is no JSON value: write false"},
    {"FALSE", "`FALSE` is no JSON value: write false"},
};

bool ends_scalar(char byte) {
    switch (byte) {
    case ' ': case '\t': case '\n': case '\r': case ',': case ']': case '}': case ':': return true;
    default: return false;
    }
}

// The token without what follows it.
std::string_view scalar(std::string_view token) {
    size_t count = 0;
    while (count < token.size() && !ends_scalar(token[count])) count++;
    return token.substr(0, count);
}

// RFC 8259, section 6. How large a number may be, the grammar does not say: 1e400 is one.
bool is_number(std::string_view text) {
    size_t at = 0;
    auto digits = [&] {
        size_t first = at;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9') at++;
        return at - first;
    };
    if (at < text.size() && text[at] == '-') at++;
    size_t first = at;
    size_t whole = digits();
    if (whole == 0 || (whole > 1 && text[first] == '0')) return false;
    if (at < text.size() && text[at] == '.') {
        at++;
        if (digits() == 0) return false;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        at++;
        if (at < text.size() && (text[at] == '+' || text[at] == '-')) at++;
        if (digits() == 0) return false;
    }
    return at == text.size();
}

// What is wrong with a token that is no value.
int refusal(std::string_view text) {
    for (size_t index = 0; index < std::size(bare_words); index++)
        if (bare_words[index].word == text) return -CSIMDJSON_BARE_WORD - static_cast<int>(index);
    char first = text.empty() ? ' ' : text[0];
    bool is_letter = (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z');
    if (is_letter) return -CSIMDJSON_UNQUOTED;
    return (first >= '0' && first <= '9') || first == '-' ? NUMBER_ERROR : TAPE_ERROR;
}

// The kind of a value that is no array, object or string, and its text; it is not taken, since an
// iterator passes over what was not.
int read_scalar(std::string_view token, int &kind, std::string_view &text) {
    text = scalar(token);
    if (text == "null") kind = CSIMDJSON_NULL;
    else if (text == "true") kind = CSIMDJSON_TRUE;
    else if (text == "false") kind = CSIMDJSON_FALSE;
    else if (is_number(text)) kind = CSIMDJSON_NUMBER;
    else return refusal(text);
    return SUCCESS;
}

bool has_twice(std::vector<std::string_view> &keys, size_t first) {
    size_t count = keys.size() - first;
    if (count > 16) {
        std::sort(keys.begin() + first, keys.end());
        return std::adjacent_find(keys.begin() + first, keys.end()) != keys.end();
    }
    for (size_t one = first; one < keys.size(); one++)
        for (size_t other = first; other < one; other++)
            if (keys[one] == keys[other]) return true;
    return false;
}

// Opens an array or object, or reads a scalar or string to its end.
int enter(csimdjson_parser &self, ondemand::value value) {
    std::string_view token = value.raw_json_token();
    char first = token.empty() ? ' ' : token[0];
    if (first == '"') {
        std::string_view string;
        return value.get_string().get(string);
    }
    if (first != '[' && first != '{') {
        int kind;
        std::string_view text;
        return read_scalar(token, kind, text);
    }
    // The document is one level, and each frame another.
    if (self.frames.size() + 2 > self.deepest) return -CSIMDJSON_TOO_DEEP;
    frame open;
    open.is_object = first == '{';
    open.first_key = self.keys.size();
    if (open.is_object) {
        ondemand::object object;
        if (auto error = value.get_object().get(object)) return error;
        if (auto error = object.begin().get(open.fields)) return error;
    } else {
        ondemand::array array;
        if (auto error = value.get_array().get(array)) return error;
        if (auto error = array.begin().get(open.elements)) return error;
    }
    self.frames.push_back(open);
    return SUCCESS;
}

// Walks a value that nobody will read, so that a fault inside it is found all the same.
int walk(csimdjson_parser &self, ondemand::value value) {
    self.frames.clear();
    if (int error = enter(self, value)) return error;
    while (!self.frames.empty()) {
        frame &top = self.frames.back();
        ondemand::value child;
        if (top.is_object) {
            if (top.is_read) ++top.fields;
            if (!(top.fields != ondemand::object_iterator())) {
                if (self.finds_doubled_keys && has_twice(self.keys, top.first_key))
                    self.has_doubled_key = true;
                self.keys.resize(top.first_key);
                self.frames.pop_back();
                continue;
            }
            ondemand::field field;
            if (auto error = (*top.fields).get(field)) return error;
            std::string_view key;
            if (auto error = field.unescaped_key().get(key)) return error;
            if (self.finds_doubled_keys) self.keys.push_back(key);
            child = field.value();
        } else {
            if (top.is_read) ++top.elements;
            if (!(top.elements != ondemand::array_iterator())) {
                self.frames.pop_back();
                continue;
            }
            if (auto error = (*top.elements).get(child)) return error;
        }
        top.is_read = true;
        if (int error = enter(self, child)) return error;
    }
    return SUCCESS;
}

// Fills in kind, raw bytes and string of a value whose key, if any, is set already.
int take(csimdjson_parser &self, ondemand::document &document, ondemand::value value,
         csimdjson_value &out) {
    std::string_view token = value.raw_json_token();
    const char *start = token.data();
    char first = token.empty() ? ' ' : token[0];
    out.raw = reinterpret_cast<const uint8_t *>(start);
    if (first == '"') {
        std::string_view string;
        if (auto error = value.get_string().get(string)) return error;
        out.kind = CSIMDJSON_STRING;
        out.string = reinterpret_cast<const uint8_t *>(string.data());
        out.string_count = string.size();
    } else if (first == '[' || first == '{') {
        if (int error = walk(self, value)) return error;
        out.kind = first == '[' ? CSIMDJSON_ARRAY : CSIMDJSON_OBJECT;
    } else {
        std::string_view text;
        if (int error = read_scalar(token, out.kind, text)) return error;
        out.raw_count = text.size();
        return SUCCESS;
    }
    const char *end;
    if (auto error = document.current_location().get(end)) return error;
    while (end > start && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\n' || end[-1] == '\r'))
        end--;
    out.raw_count = static_cast<size_t>(end - start);
    return SUCCESS;
}

int read(csimdjson_parser &self, const uint8_t *bytes, size_t count, size_t readable) {
    self.children.clear();
    self.keys.clear();
    self.has_doubled_key = false;
    ondemand::document document;
    auto view = padded_string_view(reinterpret_cast<const char *>(bytes), count, readable);
    if (auto error = self.parser.iterate(view).get(document)) return error;
    ondemand::json_type type;
    if (auto error = document.type().get(type)) return error;
    if (type == ondemand::json_type::object) {
        ondemand::object object;
        if (auto error = document.get_object().get(object)) return error;
        for (auto field : object) {
            csimdjson_value out{};
            std::string_view key;
            if (auto error = field.unescaped_key().get(key)) return error;
            out.key = reinterpret_cast<const uint8_t *>(key.data());
            out.key_count = key.size();
            if (self.finds_doubled_keys) self.keys.push_back(key);
            ondemand::value value;
            if (auto error = field.value().get(value)) return error;
            if (int error = take(self, document, value, out)) return error;
            self.children.push_back(out);
        }
        if (self.finds_doubled_keys && has_twice(self.keys, 0)) self.has_doubled_key = true;
    } else if (type == ondemand::json_type::array) {
        ondemand::array array;
        if (auto error = document.get_array().get(array)) return error;
        for (auto element : array) {
            csimdjson_value out{};
            ondemand::value value;
            if (auto error = element.get(value)) return error;
            if (int error = take(self, document, value, out)) return error;
            self.children.push_back(out);
        }
    } else {
        return INCORRECT_TYPE;
    }
    // simdjson 3.0 has no at_end(): asking where a finished document stands is out of bounds.
    const char *rest;
    auto end = document.current_location().get(rest);
    return end == OUT_OF_BOUNDS ? SUCCESS : TRAILING_CONTENT;
}

} // namespace

size_t csimdjson_padding(void) { return SIMDJSON_PADDING; }

csimdjson_parser *csimdjson_parser_new(size_t deepest, int finds_doubled_keys) {
    auto parser = new (std::nothrow) csimdjson_parser();
    if (!parser) return nullptr;
    parser->deepest = deepest;
    parser->finds_doubled_keys = finds_doubled_keys != 0;
    return parser;
}

void csimdjson_parser_free(csimdjson_parser *parser) { delete parser; }

int csimdjson_children(csimdjson_parser *parser, const uint8_t *bytes, size_t count,
                       size_t readable, const csimdjson_value **children,
                       size_t *children_count) {
    int error;
    try {
        error = read(*parser, bytes, count, readable);
    } catch (...) {
        error = MEMALLOC;
    }
    *children = parser->children.data();
    *children_count = parser->children.size();
    return error;
}

int csimdjson_has_doubled_key(const csimdjson_parser *parser) { return parser->has_doubled_key; }

const char *csimdjson_message(int error) {
    if (error >= 0) return error_message(static_cast<error_code>(error));
    if (error == -CSIMDJSON_TOO_DEEP) return "arrays and objects are nested too deeply";
    if (error == -CSIMDJSON_UNQUOTED) return "a word stands without quotes";
    auto index = static_cast<size_t>(-error - CSIMDJSON_BARE_WORD);
    return index < std::size(bare_words) ? bare_words[index].message : "unknown error";
}
