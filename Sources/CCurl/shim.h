// libcurl for Swift: its setters are variadic, which Swift refuses to call, so each argument type
// gets a wrapper here. Used by Sources/Remote/Transfer.
#pragma once
#include <curl/curl.h>
#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

static inline CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_set_large(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_set_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_set_pointer(CURL *easy, CURLoption option, const void *value) {
    return curl_easy_setopt(easy, option, value);
}

typedef size_t (*ccurl_receive)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode ccurl_set_receive(CURL *easy, CURLoption option, ccurl_receive call) {
    return curl_easy_setopt(easy, option, call);
}

typedef int (*ccurl_before_send)(
    void *context, char *remote_ip, char *local_ip, int remote_port, int local_port);

static inline CURLcode ccurl_set_before_send(CURL *easy, ccurl_before_send call) {
    return curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, call);
}

typedef int (*ccurl_debug)(
    CURL *easy, curl_infotype kind, char *text, size_t count, void *context);

/// libcurl's own words about what it does, for `call`; NULL for none.
static inline void ccurl_set_words(CURL *easy, ccurl_debug call, void *context) {
    curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, call);
    curl_easy_setopt(easy, CURLOPT_DEBUGDATA, context);
    curl_easy_setopt(easy, CURLOPT_VERBOSE, (long)(call != NULL));
}

static inline long ccurl_response_code(CURL *easy) {
    long code = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
    return code;
}

static inline CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

/// The next finished transfer and its result, or NULL: a CURLMsg without its union.
static inline CURL *ccurl_next_done(CURLM *multi, CURLcode *result) {
    int left = 0;
    CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &left))) {
        if (message->msg == CURLMSG_DONE) {
            *result = message->data.result;
            return message->easy_handle;
        }
    }
    return NULL;
}

typedef int (*ccurl_socket_change)(
    CURL *easy, curl_socket_t socket, int what, void *context, void *socket_context);
typedef int (*ccurl_timer_change)(CURLM *multi, long milliseconds, void *context);

/// Whom libcurl tells which sockets to watch and when to be called next.
static inline void ccurl_multi_set_events(
    CURLM *multi, ccurl_socket_change socket, ccurl_timer_change timer, void *context) {
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
}

/// A socket that is ready and libcurl's mask of what for.
typedef struct {
    curl_socket_t socket;
    int mask;
} ccurl_ready;

static inline int ccurl_epoll_new(void) { return epoll_create1(EPOLL_CLOEXEC); }

static inline int ccurl_event_new(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

/// Watches a socket for `what` (CURL_POLL_…). A socket's number may come again after it was closed,
/// when the kernel has forgotten it already: then it is added anew.
static inline int ccurl_epoll_watch(int epoll, curl_socket_t socket, int what) {
    struct epoll_event event = {.events = 0, .data = {.fd = socket}};
    if (what & CURL_POLL_IN) event.events |= EPOLLIN;
    if (what & CURL_POLL_OUT) event.events |= EPOLLOUT;
    if (epoll_ctl(epoll, EPOLL_CTL_MOD, socket, &event) == 0) return 0;
    return errno == ENOENT ? epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event) : -1;
}

static inline void ccurl_epoll_forget(int epoll, curl_socket_t socket) {
    struct epoll_event event = {.events = 0, .data = {.fd = socket}};
    epoll_ctl(epoll, EPOLL_CTL_DEL, socket, &event);
}

/// Waits until sockets are ready, at most `most` (256 or fewer) at a time; how many are.
static inline int ccurl_epoll_wait(int epoll, ccurl_ready *ready, int most, int milliseconds) {
    struct epoll_event events[256];
    int count = epoll_wait(epoll, events, most < 256 ? most : 256, milliseconds);
    for (int i = 0; i < count; i++) {
        ready[i].socket = events[i].data.fd;
        ready[i].mask = (events[i].events & (EPOLLIN | EPOLLHUP) ? CURL_CSELECT_IN : 0) |
                        (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                        (events[i].events & EPOLLERR ? CURL_CSELECT_ERR : 0);
    }
    return count < 0 ? 0 : count;
}
