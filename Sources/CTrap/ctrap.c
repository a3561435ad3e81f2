#define _GNU_SOURCE
#include "ctrap.h"
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

enum { exit_defect = 70, stack_bytes = 64 * 1024 };

/// How far beyond the stack pointer a fault still counts as the stack's overflow: frames larger
/// than this are rare, and what else lies that near is not a null pointer.
enum { overflow_bytes = 1 << 20 };

static volatile sig_atomic_t installed, prints_json;
static atomic_flag has_spoken = ATOMIC_FLAG_INIT;
static pthread_key_t stack_key;
static int has_key;

void ctrap_terminate_install(void);

static void put(int file, const char *text) {
    size_t rest = strlen(text);
    while (rest > 0) {
        ssize_t count = write(file, text, rest);
        if (count <= 0) return;
        text += count;
        rest -= (size_t)count;
    }
}

/// A JSON string's inside, without what would have to be escaped.
static void put_plain(int file, const char *text) {
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        char one[2] = {byte < 0x20 || byte == '"' || byte == '\\' ? ' ' : (char)byte, 0};
        put(file, one);
    }
}

void ctrap_fail(const char *what) {
    if (atomic_flag_test_and_set(&has_spoken)) {
        for (;;) pause();
    }
    // A live line may stand there.
    if (isatty(STDERR_FILENO)) put(STDERR_FILENO, "\r\x1b[K");
    put(STDERR_FILENO, "curate: internal error (");
    put(STDERR_FILENO, what);
    put(STDERR_FILENO, "); please report it with the command line and `curate --version`\n");
    if (prints_json) {
        put(STDOUT_FILENO, "{\"error\":{\"kind\":\"defect\",\"what\":\"internal error\",");
        put(STDOUT_FILENO, "\"where\":null,\"why\":\"");
        put_plain(STDOUT_FILENO, what);
        put(STDOUT_FILENO, "\",\"hint\":\"please report it\"},\"exit\":70}\n");
    }
    _exit(exit_defect);
}

static uintptr_t stack_pointer(const ucontext_t *context) {
#if defined(__x86_64__)
    return (uintptr_t)context->uc_mcontext.gregs[REG_RSP];
#elif defined(__aarch64__)
    return (uintptr_t)context->uc_mcontext.sp;
#else
    return 0;
#endif
}

static void handle(int number, siginfo_t *info, void *context) {
    switch (number) {
    case SIGSEGV: {
        uintptr_t stack = stack_pointer(context), at = (uintptr_t)info->si_addr;
        uintptr_t distance = at > stack ? at - stack : stack - at;
        ctrap_fail(stack && distance < overflow_bytes ? "SIGSEGV, stack overflow" : "SIGSEGV");
    }
    case SIGILL: ctrap_fail("SIGILL");
    case SIGTRAP: ctrap_fail("SIGTRAP");
    case SIGBUS: ctrap_fail("SIGBUS");
    case SIGABRT: ctrap_fail("SIGABRT");
    case SIGFPE: ctrap_fail("SIGFPE");
    default: ctrap_fail("signal");
    }
}

static void drop_stack(void *stack) {
    stack_t none = {.ss_flags = SS_DISABLE};
    sigaltstack(&none, NULL);
    munmap(stack, stack_bytes);
}

/// Gives the calling thread a stack for its handlers: its own may be what overflowed.
static void give_stack(void) {
    if (!has_key) return;
    void *room = mmap(
        NULL, stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
        0);
    if (room == MAP_FAILED) return;
    stack_t stack = {.ss_sp = room, .ss_size = stack_bytes};
    if (sigaltstack(&stack, NULL) != 0) {
        munmap(room, stack_bytes);
        return;
    }
    pthread_setspecific(stack_key, room);
}

/// Before `main`: by the time that Swift code runs, threads have begun.
__attribute__((constructor)) static void begin_process(void) {
    has_key = pthread_key_create(&stack_key, drop_stack) == 0;
    give_stack();
}

// MARK: What Swift says itself

/// Writes what C libraries say, and drops what Swift's runtime says of a trap: it names values, a
/// dictionary's key for example, that may be a row's, and the handler says that there was a trap.
static ssize_t forward(void *cookie, const char *text, size_t size) {
    (void)cookie;
    static const char *const traps[] = {"Fatal ", "fatal ", "Could not cast "};
    for (size_t at = 0; at < sizeof traps / sizeof *traps; at++) {
        if (memmem(text, size, traps[at], strlen(traps[at]))) return (ssize_t)size;
    }
    size_t done = 0;
    while (done < size) {
        ssize_t count = write(STDERR_FILENO, text + done, size - done);
        if (count <= 0) break;
        done += (size_t)count;
    }
    return (ssize_t)size;
}

/// Stands in for C's stream of that name, which the runtime prints to; our own messages go to the
/// descriptor. A line is passed on as a whole.
static void replace_stderr(void) {
    cookie_io_functions_t functions = {.write = forward};
    FILE *stream = fopencookie(NULL, "w", functions);
    if (!stream) return;
    setvbuf(stream, NULL, _IOLBF, BUFSIZ);
    stderr = stream;
}

void ctrap_install(int json) {
    prints_json = json != 0;
    if (installed) return;
    replace_stderr();
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    static const int numbers[] = {SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE};
    for (size_t at = 0; at < sizeof numbers / sizeof *numbers; at++) {
        sigaction(numbers[at], &action, NULL);
    }
    ctrap_terminate_install();
    installed = 1;
}

int ctrap_is_installed(void) { return installed; }

// MARK: Threads

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ADDRESS_SANITIZER 1
#endif
#endif

// The address sanitizer stands before the same function, and gives its threads such stacks itself.
#ifndef HAS_ADDRESS_SANITIZER

typedef int create_function(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

struct beginning {
    void *(*body)(void *);
    void *argument;
};

static void *begin(void *argument) {
    struct beginning beginning = *(struct beginning *)argument;
    free(argument);
    give_stack();
    return beginning.body(beginning.argument);
}

/// Stands before the C library's function of that name: an alternate stack belongs to one thread,
/// and libdispatch, OpenBLAS and libcurl make threads that nobody else sees begin.
int pthread_create(
    pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument) {
    static _Atomic(create_function *) known;
    create_function *create = atomic_load(&known);
    if (!create) {
        create = (create_function *)dlsym(RTLD_NEXT, "pthread_create");
        if (!create) ctrap_fail("no pthread_create");
        atomic_store(&known, create);
    }
    struct beginning *beginning = malloc(sizeof *beginning);
    if (!beginning) return create(thread, attributes, body, argument);
    *beginning = (struct beginning){body, argument};
    int result = create(thread, attributes, begin, beginning);
    if (result != 0) free(beginning);
    return result;
}

#endif
