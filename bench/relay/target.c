/* What the relay connects to: takes an optional PROXY header (version 1 or 2), the ClientHello and the request, then does as asked. */
#define _GNU_SOURCE
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD_BYTES_MOST 20000
#define SEND_BYTES (256 * 1024)
#define ECHO_BYTES (64 * 1024)
#define THREADS_MOST 64
#define STUCK_MILLISECONDS 30000

enum state { HEAD, ECHO, WAITS_FOR_GO, STREAM, OVER };

struct connection {
    int fd, epoll;
    enum state state;
    uint32_t events;
    unsigned char *head; /* until the request is there */
    size_t head_bytes;
    bool verify, wrong;
    uint64_t up, down;
    uint64_t took, sent;
};

static int listener;
static int epolls[THREADS_MOST];
static unsigned next_epoll;

static const unsigned char signature[12] = { 0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A };

static void want(struct connection *c, uint32_t events)
{
    if (c->events != events) {
        struct epoll_event event = { .events = events, .data.ptr = c };
        epoll_ctl(c->epoll, EPOLL_CTL_MOD, c->fd, &event);
        c->events = events;
    }
}

static void drop(struct connection *c)
{
    close(c->fd);
    free(c->head);
    free(c);
}

static bool send_patiently(int fd, const unsigned char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
        if (sent < 0) {
            struct pollfd writable = { .fd = fd, .events = POLLOUT };
            if (errno != EAGAIN || poll(&writable, 1, STUCK_MILLISECONDS) != 1) {
                return false;
            }
            continue;
        }
        bytes += sent;
        length -= (size_t)sent;
    }
    return true;
}

/* How long the first part of the head is, 0 when more is needed, -1 when it can be none. */
static ssize_t proxy_length(const unsigned char *bytes, size_t length)
{
    if (length < 16) {
        return 0;
    }
    if (memcmp(bytes, signature, sizeof signature) == 0) {
        return 16 + (bytes[14] << 8 | bytes[15]);
    }
    if (memcmp(bytes, "PROXY ", 6) == 0) {
        const unsigned char *end = memmem(bytes, length < 108 ? length : 108, "\r\n", 2);
        return end ? end + 2 - bytes : length < 108 ? 0 : -1;
    }
    return -1;
}

/* False: the connection is to be dropped. */
static bool read_head(struct connection *c)
{
    if (!c->head && !(c->head = malloc(HEAD_BYTES_MOST))) {
        return false;
    }
    ssize_t took = recv(c->fd, c->head + c->head_bytes, HEAD_BYTES_MOST - c->head_bytes, 0);
    if (took <= 0) {
        return took < 0 && errno == EAGAIN;
    }
    c->head_bytes += (size_t)took;

    size_t at = 0;
    if (c->head[0] != 22) {
        ssize_t length = proxy_length(c->head, c->head_bytes);
        if (length <= 0) {
            return length == 0;
        }
        at = (size_t)length;
    }
    if (c->head_bytes < at + 5) {
        return true;
    }
    if (c->head[at] != 22) {
        return false;
    }
    at += 5 + (size_t)(c->head[at + 3] << 8 | c->head[at + 4]);
    struct request request;
    if (c->head_bytes < at + sizeof request) {
        return at + sizeof request <= HEAD_BYTES_MOST;
    }
    memcpy(&request, c->head + at, sizeof request);
    at += sizeof request;
    if (memcmp(request.magic, "HGLD", 4) != 0) {
        return false;
    }
    c->verify = request.verify;
    c->up = request.up;
    c->down = request.down;
    bool alive;
    if (request.mode == 'E') {
        c->state = ECHO;
        alive = send_patiently(c->fd, c->head + at, c->head_bytes - at);
    } else {
        c->state = WAITS_FOR_GO;
        alive = at == c->head_bytes && send_patiently(c->fd, (const unsigned char *)"r", 1);
    }
    free(c->head);
    c->head = NULL;
    return alive;
}

static bool echo(struct connection *c, unsigned char *buffer)
{
    ssize_t took = recv(c->fd, buffer, ECHO_BYTES, 0);
    return took > 0 ? send_patiently(c->fd, buffer, (size_t)took) : took < 0 && errno == EAGAIN;
}

static bool take(struct connection *c, unsigned char *buffer)
{
    uint64_t left = c->up - c->took;
    size_t most = left < SEND_BYTES ? left : SEND_BYTES;
    ssize_t took = c->verify ? recv(c->fd, buffer, most, 0) : recv(c->fd, NULL, left < PATTERN_BYTES ? left : PATTERN_BYTES, MSG_TRUNC);
    if (took <= 0) {
        return took < 0 && errno == EAGAIN;
    }
    c->wrong |= c->verify && memcmp(buffer, pattern() + c->took % PATTERN_BYTES, (size_t)took) != 0;
    c->took += (uint64_t)took;
    return true;
}

static bool give(struct connection *c)
{
    uint64_t left = c->down - c->sent;
    ssize_t sent = send(c->fd, pattern() + c->sent % PATTERN_BYTES, left < SEND_BYTES ? left : SEND_BYTES, MSG_NOSIGNAL);
    if (sent < 0) {
        return errno == EAGAIN;
    }
    c->sent += (uint64_t)sent;
    return true;
}

static bool stream(struct connection *c, uint32_t events, unsigned char *buffer)
{
    if (c->state == WAITS_FOR_GO) {
        char go;
        ssize_t took = recv(c->fd, &go, 1, 0);
        if (took != 1 || go != GO) {
            return took < 0 && errno == EAGAIN;
        }
        c->state = STREAM;
        events = EPOLLOUT;
    }
    if ((events & (EPOLLERR | EPOLLHUP)) != 0
        || ((events & EPOLLIN) != 0 && c->took < c->up && !take(c, buffer))
        || ((events & EPOLLOUT) != 0 && c->sent < c->down && !give(c))) {
        return false;
    }
    if (c->took < c->up || c->sent < c->down) {
        want(c, (c->took < c->up ? EPOLLIN : 0) | (c->sent < c->down ? EPOLLOUT : 0));
        return true;
    }
    c->state = OVER;
    want(c, EPOLLIN);
    return !c->wrong && send_patiently(c->fd, (const unsigned char *)"e", 1);
}

static bool serve(struct connection *c, uint32_t events, unsigned char *buffer)
{
    switch (c->state) {
    case HEAD:
        return read_head(c);
    case ECHO:
        return echo(c, buffer);
    case OVER:
        return recv(c->fd, buffer, 1, 0) < 0 && errno == EAGAIN;
    default:
        return stream(c, events, buffer);
    }
}

static void take_connections(void)
{
    for (int i = 0; i < 64; i++) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            return;
        }
        int one = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct connection *c = calloc(1, sizeof *c);
        if (!c) {
            fail("out of memory");
        }
        c->fd = fd;
        c->events = EPOLLIN;
        c->epoll = epolls[__atomic_fetch_add(&next_epoll, 1, __ATOMIC_RELAXED) % (unsigned)options.threads];
        struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
        epoll_ctl(c->epoll, EPOLL_CTL_ADD, fd, &event);
    }
}

static void *loop(void *index)
{
    int epoll = epolls[(intptr_t)index];
    unsigned char *buffer = malloc(SEND_BYTES);
    struct epoll_event events[64];
    for (;;) {
        int ready = epoll_wait(epoll, events, 64, -1);
        for (int i = 0; i < ready; i++) {
            struct connection *c = events[i].data.ptr;
            if (!c) {
                take_connections();
            } else if (!serve(c, events[i].events, buffer)) {
                drop(c);
            }
        }
    }
    return NULL;
}

int run_target(void)
{
    if (options.threads > THREADS_MOST) {
        fail("at most %d threads", THREADS_MOST);
    }
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int one = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&options.address, sizeof options.address) != 0 || listen(listener, 16384) != 0) {
        fail_errno("listen");
    }
    pattern();
    for (int i = 0; i < options.threads; i++) {
        epolls[i] = epoll_create1(EPOLL_CLOEXEC);
        struct epoll_event event = { .events = EPOLLIN | EPOLLEXCLUSIVE, .data.ptr = NULL };
        epoll_ctl(epolls[i], EPOLL_CTL_ADD, listener, &event);
    }
    puts("ready");
    fflush(stdout);
    on_threads(options.threads, loop);
    return 0;
}
