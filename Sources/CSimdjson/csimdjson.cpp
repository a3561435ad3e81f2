#include "csimdjson.h"
#include <new>
#include <simdjson.h>
#include <vector>

using namespace simdjson;

struct csimdjson_parser {
    ondemand::parser parser;
    std::vector<csimdjson_value> children;
};

namespace {

error_code check(ondemand::value value) noexcept;

error_code check_array(ondemand::array array) noexcept {
    for (auto element : array) {
        ondemand::value value;
        if (auto error = element.get(value)) return error;
        if (auto error = check(value)) return error;
    }
    return SUCCESS;
}

error_code check_object(ondemand::object object) noexcept {
    for (auto field : object) {
        std::string_view key;
        if (auto error = field.unescaped_key().get(key)) return error;
        ondemand::value value;
        if (auto error = field.value().get(value)) return error;
        if (auto error = check(value)) return error;
    }
    return SUCCESS;
}

// Walks a value that nobody will read, so that a fault inside it is found all the same.
error_code check(ondemand::value value) noexcept {
    ondemand::json_type type;
    if (auto error = value.type().get(type)) return error;
    switch (type) {
    case ondemand::json_type::array: {
        ondemand::array array;
        if (auto error = value.get_array().get(array)) return error;
        return check_array(array);
    }
    case ondemand::json_type::object: {
        ondemand::object object;
        if (auto error = value.get_object().get(object)) return error;
        return check_object(object);
    }
    case ondemand::json_type::number: {
        double number;
        return value.get_double().get(number);
    }
    case ondemand::json_type::string: {
        std::string_view string;
        return value.get_string().get(string);
    }
    case ondemand::json_type::boolean: {
        bool boolean;
        return value.get_bool().get(boolean);
    }
    case ondemand::json_type::null:
        return value.is_null() ? SUCCESS : N_ATOM_ERROR;
    }
    return INCORRECT_TYPE;
}

// Fills in kind, raw bytes and string of a value whose key, if any, is set already.
error_code take(ondemand::document &document, ondemand::value value,
                csimdjson_value &out) noexcept {
    ondemand::json_type type;
    if (auto error = value.type().get(type)) return error;
    const char *start = value.raw_json_token().data();
    switch (type) {
    case ondemand::json_type::string: {
        std::string_view string;
        if (auto error = value.get_string().get(string)) return error;
        out.kind = CSIMDJSON_STRING;
        out.string = reinterpret_cast<const uint8_t *>(string.data());
        out.string_count = string.size();
        break;
    }
    case ondemand::json_type::boolean: {
        bool boolean;
        if (auto error = value.get_bool().get(boolean)) return error;
        out.kind = boolean ? CSIMDJSON_TRUE : CSIMDJSON_FALSE;
        break;
    }
    case ondemand::json_type::null:
        if (!value.is_null()) return N_ATOM_ERROR;
        out.kind = CSIMDJSON_NULL;
        break;
    case ondemand::json_type::number:
        if (auto error = check(value)) return error;
        out.kind = CSIMDJSON_NUMBER;
        break;
    case ondemand::json_type::array:
        if (auto error = check(value)) return error;
        out.kind = CSIMDJSON_ARRAY;
        break;
    case ondemand::json_type::object:
        if (auto error = check(value)) return error;
        out.kind = CSIMDJSON_OBJECT;
        break;
    }
    const char *end;
    if (auto error = document.current_location().get(end)) return error;
    while (end > start && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\n' || end[-1] == '\r'))
        end--;
    out.raw = reinterpret_cast<const uint8_t *>(start);
    out.raw_count = static_cast<size_t>(end - start);
    return SUCCESS;
}

error_code read(csimdjson_parser *self, const uint8_t *bytes, size_t count, size_t readable) {
    self->children.clear();
    ondemand::document document;
    auto view = padded_string_view(reinterpret_cast<const char *>(bytes), count, readable);
    if (auto error = self->parser.iterate(view).get(document)) return error;
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
            ondemand::value value;
            if (auto error = field.value().get(value)) return error;
            if (auto error = take(document, value, out)) return error;
            self->children.push_back(out);
        }
    } else if (type == ondemand::json_type::array) {
        ondemand::array array;
        if (auto error = document.get_array().get(array)) return error;
        for (auto element : array) {
            csimdjson_value out{};
            ondemand::value value;
            if (auto error = element.get(value)) return error;
            if (auto error = take(document, value, out)) return error;
            self->children.push_back(out);
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

csimdjson_parser *csimdjson_parser_new(void) { return new (std::nothrow) csimdjson_parser(); }

void csimdjson_parser_free(csimdjson_parser *parser) { delete parser; }

int csimdjson_children(csimdjson_parser *parser, const uint8_t *bytes, size_t count,
                       size_t readable, const csimdjson_value **children,
                       size_t *children_count) {
    error_code error;
    try {
        error = read(parser, bytes, count, readable);
    } catch (...) {
        error = MEMALLOC;
    }
    *children = parser->children.data();
    *children_count = parser->children.size();
    return static_cast<int>(error);
}

const char *csimdjson_message(int error) {
    return error_message(static_cast<error_code>(error));
}
