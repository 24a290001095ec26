/* Lets one system call fail that changes files below a folder: the FAIL_AT-th one of a process, with error FAIL_WITH.
   Loaded by LD_PRELOAD before the C library. Without FAIL_BELOW nothing fails. What failed is written to FAIL_LOG. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int count;

static int fails(const char *call, const char *path) {
    const char *below = getenv("FAIL_BELOW"), *at = getenv("FAIL_AT"), *log = getenv("FAIL_LOG");
    char whole[8192];
    if (!below || !at || !path) return 0;
    if (path[0] != '/') {
        char here[4096];
        if (!getcwd(here, sizeof here)) return 0;
        snprintf(whole, sizeof whole, "%s/%s", here, path);
        path = whole;
    }
    if (strncmp(path, below, strlen(below)) || __sync_add_and_fetch(&count, 1) != atoi(at)) return 0;
    if (log) {
        FILE *file = fopen(log, "a");
        if (file) { fprintf(file, "%s %s\n", call, path); fclose(file); }
    }
    errno = atoi(getenv("FAIL_WITH") ? getenv("FAIL_WITH") : "28");
    return 1;
}

static int fails_at(const char *call, int fd) {
    char link[64], path[4096];
    if (!getenv("FAIL_BELOW")) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n < 0) return 0;
    path[n] = 0;
    return fails(call, path);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define OPENS(name)                                                          \
    int name(const char *path, int flags, ...) {                             \
        va_list rest; va_start(rest, flags);                                 \
        mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0; va_end(rest); \
        if (flags & (O_WRONLY | O_RDWR) && fails("open", path)) return -1;   \
        return NEXT(name)(path, flags, mode);                                \
    }
OPENS(open)
OPENS(open64)
ssize_t write(int fd, const void *data, size_t n) { return fails_at("write", fd) ? -1 : NEXT(write)(fd, data, n); }
ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at) { return fails_at("write", fd) ? -1 : NEXT(pwrite64)(fd, data, n, at); }
int fsync(int fd) { return fails_at("fsync", fd) ? -1 : NEXT(fsync)(fd); }
int fchmodat(int at, const char *path, mode_t mode, int flags) { return fails("chmod", path) ? -1 : NEXT(fchmodat)(at, path, mode, flags); }
int chmod(const char *path, mode_t mode) { return fails("chmod", path) ? -1 : NEXT(chmod)(path, mode); }
int mkdir(const char *path, mode_t mode) { return fails("mkdir", path) ? -1 : NEXT(mkdir)(path, mode); }
int rmdir(const char *path) { return fails("rmdir", path) ? -1 : NEXT(rmdir)(path); }
int rename(const char *from, const char *to) { return fails("rename", to) ? -1 : NEXT(rename)(from, to); }
