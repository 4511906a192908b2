/* Bytes: `up` and `down` bytes over N streams, both at once when both are asked for. */
#define _GNU_SOURCE
#include "load.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int *sockets;
static pthread_barrier_t ready, go;
static double began, cpu_began;

/* The streams' shares: the first gets what is left over. */
static uint64_t share(uint64_t bytes, int index)
{
    uint64_t each = bytes / (uint64_t)options.streams;
    return index == 0 ? bytes - each * (uint64_t)(options.streams - 1) : each;
}

static void *sender(void *argument)
{
    int index = (int)(intptr_t)argument;
    if (!send_pattern(sockets[index], share(options.up, index))) {
        fail("stream %d: ended while it was written", index);
    }
    return NULL;
}

static void *run_stream(void *argument)
{
    int index = (int)(intptr_t)argument;
    struct request request = request_for('S', share(options.up, index), share(options.down, index));
    int fd = sockets[index] = open_connection(index, &request, 0);
    char said;
    if (fd < 0) {
        fail_errno("connect");
    }
    if (!receive_all(fd, &said, 1) || said != READY) {
        fail("stream %d: the target did not answer", index);
    }
    pthread_barrier_wait(&ready);
    pthread_barrier_wait(&go);
    said = GO;
    if (!send_all(fd, &said, 1)) {
        fail("stream %d: ended at its start", index);
    }

    pthread_t other;
    bool both = request.up > 0 && request.down > 0;
    if (both && pthread_create(&other, NULL, sender, argument) != 0) {
        fail("no thread");
    }
    if (!both && request.up > 0) {
        sender(argument);
    }
    if (!take_pattern(fd, request.down) || !receive_all(fd, &said, 1) || said != END) {
        fail("stream %d: its bytes did not come through whole", index);
    }
    if (both) {
        pthread_join(other, NULL);
    }
    return NULL;
}

static void *watch(void *nothing)
{
    pthread_barrier_wait(&ready);
    cpu_began = relay_cpu_seconds();
    began = now_seconds();
    pthread_barrier_wait(&go);
    return nothing;
}

int run_streams(void)
{
    sockets = calloc((size_t)options.streams, sizeof *sockets);
    pattern();
    pthread_barrier_init(&ready, NULL, (unsigned)options.streams + 1);
    pthread_barrier_init(&go, NULL, (unsigned)options.streams + 1);
    pthread_t watcher;
    pthread_create(&watcher, NULL, watch, NULL);
    on_threads(options.streams, run_stream);
    double seconds = now_seconds() - began, cpu = relay_cpu_seconds() - cpu_began;
    pthread_join(watcher, NULL);
    printf("bytes=%llu seconds=%.6f cpu=%.6f\n", (unsigned long long)(options.up + options.down), seconds, cpu);
    return 0;
}
