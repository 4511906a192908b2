#define _GNU_SOURCE
#include "load.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* Sent with one call: large enough that calls are few, small enough that a stream's turn is short. */
#define SLICE_BYTES (256 * 1024)

static double seconds_of(clockid_t clock)
{
    struct timespec time;
    if (clock_gettime(clock, &time) != 0) {
        fail_errno("a process of the relay is gone");
    }
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

double now_seconds(void)
{
    return seconds_of(CLOCK_MONOTONIC);
}

double relay_cpu_seconds(void)
{
    /* The same time as utime + stime of /proc/PID/stat, in nanoseconds instead of ticks of 10 ms. */
    double sum = 0;
    for (int i = 0; i < options.pid_count; i++) {
        clockid_t clock;
        if (clock_getcpuclockid(options.pids[i], &clock) != 0) {
            fail("a process of the relay is gone");
        }
        sum += seconds_of(clock);
    }
    return sum;
}

const unsigned char *pattern(void)
{
    /* Twice, so that a slice may begin anywhere. */
    static unsigned char *bytes;
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    if (!bytes) {
        unsigned char *made = malloc(2 * PATTERN_BYTES);
        if (!made) {
            fail("out of memory");
        }
        uint64_t state = 88172645463325252ULL;
        for (size_t i = 0; i < PATTERN_BYTES; i++) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            made[i] = (unsigned char)(state >> 32);
        }
        memcpy(made + PATTERN_BYTES, made, PATTERN_BYTES);
        bytes = made;
    }
    pthread_mutex_unlock(&lock);
    return bytes;
}

struct request request_for(char mode, uint64_t up, uint64_t down)
{
    struct request request = { .mode = mode, .verify = options.verify, .up = up, .down = down };
    memcpy(request.magic, "HGLD", 4);
    return request;
}

int open_connection(int index, const struct request *request, size_t more)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (options.sources > 0) {
        int source = index % options.sources;
        struct sockaddr_in own = { .sin_family = AF_INET };
        own.sin_addr.s_addr = htonl(0x7f010001u + (uint32_t)(source / 250 << 8) + (uint32_t)(source % 250));
        setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
        if (bind(fd, (struct sockaddr *)&own, sizeof own) != 0) {
            goto failed;
        }
    }
    if (connect(fd, (struct sockaddr *)&options.address, sizeof options.address) != 0) {
        goto failed;
    }
    struct iovec parts[] = {
        { options.hello, options.hello_bytes },
        { (void *)request, sizeof *request },
        { (void *)pattern(), more },
    };
    if (writev(fd, parts, 3) != (ssize_t)(options.hello_bytes + sizeof *request + more)) {
        goto failed;
    }
    return fd;

failed:;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

bool send_all(int fd, const void *bytes, size_t length)
{
    const unsigned char *from = bytes;
    while (length > 0) {
        ssize_t sent = send(fd, from, length, MSG_NOSIGNAL);
        if (sent < 0) {
            return false;
        }
        from += sent;
        length -= (size_t)sent;
    }
    return true;
}

bool receive_all(int fd, void *bytes, size_t length)
{
    return length == 0 || recv(fd, bytes, length, MSG_WAITALL) == (ssize_t)length;
}

bool send_pattern(int fd, uint64_t length)
{
    const unsigned char *bytes = pattern();
    for (uint64_t done = 0; done < length;) {
        uint64_t left = length - done;
        ssize_t sent = send(fd, bytes + done % PATTERN_BYTES, left < SLICE_BYTES ? left : SLICE_BYTES, MSG_NOSIGNAL);
        if (sent < 0) {
            return false;
        }
        done += (uint64_t)sent;
    }
    return true;
}

bool take_pattern(int fd, uint64_t length)
{
    const unsigned char *bytes = pattern();
    unsigned char *into = options.verify ? malloc(SLICE_BYTES) : NULL;
    uint64_t done = 0;
    while (done < length) {
        uint64_t left = length - done;
        ssize_t took = options.verify ? recv(fd, into, left < SLICE_BYTES ? left : SLICE_BYTES, 0)
                                      : recv(fd, NULL, left < PATTERN_BYTES ? left : PATTERN_BYTES, MSG_TRUNC);
        if (took <= 0 || (into && memcmp(into, bytes + done % PATTERN_BYTES, (size_t)took) != 0)) {
            break;
        }
        done += (uint64_t)took;
    }
    free(into);
    return done == length;
}

void on_threads(int count, void *(*body)(void *))
{
    pthread_t *threads = calloc((size_t)count, sizeof *threads);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 128 * 1024);
    for (int i = 0; i < count; i++) {
        if (pthread_create(&threads[i], &attributes, body, (void *)(intptr_t)i) != 0) {
            fail("no thread");
        }
    }
    for (int i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
    }
    free(threads);
}
