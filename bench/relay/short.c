/* Many short exchanges: connections that come and go, and one-byte ping-pong. */
#define _GNU_SOURCE
#include "load.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_barrier_t ready, go;
static double ends;
static uint64_t connections;
static float *times; /* microseconds, `count` for each stream */

static void *run_churner(void *argument)
{
    int index = (int)(intptr_t)argument;
    unsigned char *echoed = malloc(options.bytes);
    struct request request = request_for('E', 0, 0);
    uint64_t done = 0;
    pthread_barrier_wait(&ready);
    pthread_barrier_wait(&go);
    while (now_seconds() < ends) {
        int fd = open_connection(index, &request, options.bytes);
        if (fd < 0) {
            fail("connection %llu of stream %d: %s", (unsigned long long)done, index, strerror(errno));
        }
        if (!receive_all(fd, echoed, options.bytes) || memcmp(echoed, pattern(), options.bytes) != 0) {
            fail("connection %llu of stream %d: its bytes did not come back", (unsigned long long)done, index);
        }
        close(fd);
        done++;
    }
    __atomic_fetch_add(&connections, done, __ATOMIC_RELAXED);
    free(echoed);
    return NULL;
}

static void *watch(void *started)
{
    double *values = started;
    pthread_barrier_wait(&ready);
    values[0] = relay_cpu_seconds();
    values[1] = now_seconds();
    ends = values[1] + options.seconds;
    pthread_barrier_wait(&go);
    return NULL;
}

/* Runs `body` on a thread for each stream, which begin together; tells when, and the relay's CPU time then. */
static void run_together(void *(*body)(void *), double started[2])
{
    pattern();
    pthread_barrier_init(&ready, NULL, (unsigned)options.streams + 1);
    pthread_barrier_init(&go, NULL, (unsigned)options.streams + 1);
    pthread_t watcher;
    pthread_create(&watcher, NULL, watch, started);
    on_threads(options.streams, body);
    pthread_join(watcher, NULL);
}

int run_churn(void)
{
    if (options.bytes > 32 * 1024) {
        fail("at most 32 KiB come back at once");
    }
    double started[2];
    run_together(run_churner, started);
    double seconds = now_seconds() - started[1], cpu = relay_cpu_seconds() - started[0];
    printf("connections=%llu seconds=%.6f cpu=%.6f\n", (unsigned long long)connections, seconds, cpu);
    return 0;
}

static void *run_pinger(void *argument)
{
    int index = (int)(intptr_t)argument;
    struct request request = request_for('E', 0, 0);
    int fd = open_connection(index, &request, 1);
    char byte;
    if (fd < 0) {
        fail_errno("connect");
    }
    if (!receive_all(fd, &byte, 1)) {
        fail("stream %d: the target did not answer", index);
    }
    pthread_barrier_wait(&ready);
    pthread_barrier_wait(&go);
    float *own = times + (size_t)index * (size_t)options.count;
    unsigned random = (unsigned)index;
    for (int i = 0; i < options.count; i++) {
        if (options.pause > 0) {
            /* Half to one and a half times: streams do not fall into step. */
            usleep((useconds_t)(options.pause / 2 + rand_r(&random) % options.pause));
        }
        double sent = now_seconds();
        byte = (char)i;
        if (!send_all(fd, &byte, 1) || !receive_all(fd, &byte, 1) || byte != (char)i) {
            fail("stream %d: byte %d did not come back", index, i);
        }
        own[i] = (float)((now_seconds() - sent) * 1e6);
    }
    close(fd);
    return NULL;
}

static int ascending(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

int run_ping(void)
{
    size_t all = (size_t)options.streams * (size_t)options.count;
    times = calloc(all, sizeof *times);
    double started[2];
    run_together(run_pinger, started);
    double seconds = now_seconds() - started[1], cpu = relay_cpu_seconds() - started[0];
    qsort(times, all, sizeof *times, ascending);
    printf("pings=%zu seconds=%.6f cpu=%.6f p50=%.2f p99=%.2f\n", all, seconds, cpu, (double)times[all / 2], (double)times[all * 99 / 100]);
    return 0;
}
