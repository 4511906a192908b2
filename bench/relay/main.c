#define _GNU_SOURCE
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

struct options options = { .streams = 1, .threads = 2, .count = 1000, .seconds = 1, .bytes = 1024 };

static const struct {
    const char *name;
    int (*run)(void);
} modes[] = {
    { "target", run_target },
    { "streams", run_streams },
    { "churn", run_churn },
    { "ping", run_ping },
    { "idle", run_idle },
};

void fail(const char *what, ...)
{
    va_list arguments;
    va_start(arguments, what);
    fputs("load: ", stderr);
    vfprintf(stderr, what, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

void fail_errno(const char *what)
{
    fail("%s: %s", what, strerror(errno));
}

static void usage(void)
{
    fputs("usage: load target  ADDRESS:PORT [--threads N]\n"
          "       load streams ADDRESS:PORT --hello FILE [--streams N] [--up BYTES] [--down BYTES] [--verify]\n"
          "       load churn   ADDRESS:PORT --hello FILE [--streams N] [--seconds S] [--bytes N]\n"
          "       load ping    ADDRESS:PORT --hello FILE [--streams N] [--count N] [--pause MICROSECONDS]\n"
          "       load idle    ADDRESS:PORT --hello FILE [--streams N] [--bytes N]   (goes on with each line of its input)\n"
          "       all but target: [--sources N] [--pids PID,PID]\n",
        stderr);
    exit(2);
}

static uint64_t number(const char *text)
{
    char *end;
    errno = 0;
    uint64_t value = strtoull(text, &end, 10);
    if (errno || end == text || *end) {
        fail("%s is not a number", text);
    }
    return value;
}

static void read_hello(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        fail_errno(path);
    }
    options.hello_bytes = fread(options.hello, 1, sizeof options.hello, file);
    fclose(file);
    if (options.hello_bytes < 6 || options.hello[0] != 22) {
        fail("%s is not a TLS record", path);
    }
}

static void read_address(char *text)
{
    char *colon = strrchr(text, ':');
    if (!colon) {
        usage();
    }
    *colon = 0;
    options.address.sin_family = AF_INET;
    options.address.sin_port = htons((uint16_t)number(colon + 1));
    if (inet_pton(AF_INET, text, &options.address.sin_addr) != 1) {
        fail("%s is not an IPv4 address", text);
    }
}

static void read_pids(char *text)
{
    for (char *pid = strtok(text, ","); pid; pid = strtok(NULL, ",")) {
        if (options.pid_count == sizeof options.pids / sizeof *options.pids) {
            fail("too many processes");
        }
        options.pids[options.pid_count++] = (int)number(pid);
    }
}

static void read_options(int count, char **arguments)
{
    for (int i = 0; i < count; i++) {
        const char *name = arguments[i];
        if (strcmp(name, "--verify") == 0) {
            options.verify = true;
            continue;
        }
        if (i + 1 == count) {
            usage();
        }
        char *value = arguments[++i];
        if (strcmp(name, "--hello") == 0) {
            read_hello(value);
        } else if (strcmp(name, "--streams") == 0) {
            options.streams = (int)number(value);
        } else if (strcmp(name, "--sources") == 0) {
            options.sources = (int)number(value);
        } else if (strcmp(name, "--threads") == 0) {
            options.threads = (int)number(value);
        } else if (strcmp(name, "--pids") == 0) {
            read_pids(value);
        } else if (strcmp(name, "--up") == 0) {
            options.up = number(value);
        } else if (strcmp(name, "--down") == 0) {
            options.down = number(value);
        } else if (strcmp(name, "--bytes") == 0) {
            options.bytes = number(value);
        } else if (strcmp(name, "--count") == 0) {
            options.count = (int)number(value);
        } else if (strcmp(name, "--pause") == 0) {
            options.pause = (int)number(value);
        } else if (strcmp(name, "--seconds") == 0) {
            options.seconds = strtod(value, NULL);
        } else {
            usage();
        }
    }
    if (options.streams < 1 || options.threads < 1 || options.count < 1) {
        usage();
    }
}

int main(int count, char **arguments)
{
    signal(SIGPIPE, SIG_IGN);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (count < 3) {
        usage();
    }
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        if (strcmp(arguments[1], modes[i].name) == 0) {
            read_address(arguments[2]);
            read_options(count - 3, arguments + 3);
            return modes[i].run();
        }
    }
    usage();
}
