/*
 * load: both ends of what is measured through a relay.
 *
 * A connection begins with a ClientHello, as real ones do, then a request of 32 bytes in the machine's own byte order:
 *
 *   magic[4] "HGLD"   mode[1] 'S' or 'E'   verify[1] 0 or 1   nothing[2]   up[8]   down[8]   nothing[8]
 *
 * 'E', echo: everything behind the request comes back until the client closes.
 * 'S', stream: the target answers 'r'. After the client's 'g' it takes `up` bytes and sends `down` bytes at once, then 'e'.
 *
 * Content is the pattern of pattern(), repeated; with verify every byte is compared, otherwise bytes are only counted, and received
 * without being copied (MSG_TRUNC), so that the ends cost little beside the relay.
 */
#ifndef LOAD_H
#define LOAD_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A prime, so that no lost or doubled block goes unseen. */
#define PATTERN_BYTES 1048573
#define REQUEST_BYTES 32
#define HELLO_BYTES_MOST 16384
#define READY 'r'
#define GO 'g'
#define END 'e'

struct request {
    char magic[4];
    char mode;
    char verify;
    char nothing[2];
    uint64_t up;
    uint64_t down;
    uint64_t nothing_either;
};

struct options {
    struct sockaddr_in address; /* where the target listens, or where the relay does */
    int streams;                /* connections at once */
    int sources;                /* addresses that connections come from: 127.1.0.1 and so on; 0: the system's choice */
    int threads;                /* of the target */
    int pids[64];               /* the relay's processes, whose CPU time is told */
    int pid_count;
    bool verify;
    uint64_t up, down;          /* bytes over all streams */
    uint64_t bytes;             /* of an echo */
    int count;                  /* of ping-pongs on each stream */
    int pause;                  /* microseconds between the ping-pongs of a stream, on average */
    double seconds;
    unsigned char hello[HELLO_BYTES_MOST];
    size_t hello_bytes;
};

extern struct options options;

/* Prints the reason and ends the program with 1. */
_Noreturn void fail(const char *what, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void fail_errno(const char *what);

double now_seconds(void);
/* CPU time of the relay's processes since they began, their ended threads included. */
double relay_cpu_seconds(void);

const unsigned char *pattern(void);

/* Connects, as the `index`th connection, and sends hello, request and `more` bytes of the pattern in one write. -1 with errno when that fails. */
int open_connection(int index, const struct request *request, size_t more);
struct request request_for(char mode, uint64_t up, uint64_t down);
/* All bytes or false. */
bool send_all(int fd, const void *bytes, size_t length);
bool receive_all(int fd, void *bytes, size_t length);
/* Sends or takes `length` bytes of the pattern that begin at its start. False: the connection ended or, with verify, a byte was wrong. */
bool send_pattern(int fd, uint64_t length);
bool take_pattern(int fd, uint64_t length);

/* Runs `body(index)` on `count` threads and waits for them. */
void on_threads(int count, void *(*body)(void *));

int run_target(void);
int run_streams(void);
int run_churn(void);
int run_ping(void);
int run_idle(void);

#endif
