/* Connections that are open and silent. Says `open`, and with each line of its input goes on: `moved` after traffic on each, `closed` after that. */
#define _GNU_SOURCE
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPENERS 4
#define ECHO_BYTES (16 * 1024)

static int *sockets;

static void *open_some(void *first)
{
    struct request request = request_for('E', 0, 0);
    for (int i = (int)(intptr_t)first; i < options.streams; i += OPENERS) {
        char byte;
        sockets[i] = open_connection(i, &request, 1);
        if (sockets[i] < 0) {
            fail_errno("connect");
        }
        if (!receive_all(sockets[i], &byte, 1)) {
            fail("connection %d: the target did not answer", i);
        }
    }
    return NULL;
}

static void *use_some(void *first)
{
    unsigned char *echoed = malloc(ECHO_BYTES);
    for (int i = (int)(intptr_t)first; i < options.streams; i += OPENERS) {
        for (uint64_t left = options.bytes; left > 0;) {
            size_t some = left < ECHO_BYTES ? left : ECHO_BYTES;
            if (!send_all(sockets[i], pattern(), some) || !receive_all(sockets[i], echoed, some) || memcmp(echoed, pattern(), some) != 0) {
                fail("connection %d: its bytes did not come back", i);
            }
            left -= some;
        }
    }
    free(echoed);
    return NULL;
}

static void say_and_wait(const char *what)
{
    puts(what);
    fflush(stdout);
    for (int c = getchar(); c != '\n'; c = getchar()) {
        if (c == EOF) {
            exit(0);
        }
    }
}

int run_idle(void)
{
    sockets = calloc((size_t)options.streams, sizeof *sockets);
    pattern();
    on_threads(OPENERS, open_some);
    say_and_wait("open");
    on_threads(OPENERS, use_some);
    say_and_wait("moved");
    for (int i = 0; i < options.streams; i++) {
        close(sockets[i]);
    }
    puts("closed");
    return 0;
}
