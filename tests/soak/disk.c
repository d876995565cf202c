/* Stands between a program and the system's file calls (LD_PRELOAD), for files under one folder only.
 *
 * DISK_FOLDER  the folder to watch
 * DISK_RECORD  where to record every change to it, in order, for a replay with power cuts (optional)
 * disk_arm(n, error, times)  from then on the n-th write fails with `error`, `times` times (-1: for ever)
 *
 * A record is: op u8, length of path u32, length of data u32, offset u64, path, data. Ops: C create, W write,
 * T truncate to offset, S sync of a file or folder, U unlink, R rename (data is the new path).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static long armed = -1, failures = 0;
static int fault = 0;

void disk_arm(long n, int error, long times) {
    armed = n;
    fault = error;
    failures = times;
}

static int fails(void) {
    if (armed < 0 || failures == 0 || --armed > 0) return 0;
    armed = 0;
    if (failures > 0) failures--;
    errno = fault;
    return 1;
}

static int watched(const char *path) {
    const char *folder = getenv("DISK_FOLDER");
    size_t size = folder ? strlen(folder) : 0;
    return size && !strncmp(path, folder, size) && !strstr(path, "-shm");
}

static int watched_handle(int handle, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
    ssize_t size = readlink(link, path, PATH_MAX - 1);
    if (size < 0) return 0;
    path[size] = 0;
    return watched(path);
}

static void record(char op, const char *path, uint64_t offset, const void *data, uint32_t size) {
    static int to = -2;
    if (to == -2) {
        const char *name = getenv("DISK_RECORD");
        to = name ? REAL(open)(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644) : -1;
    }
    if (to < 0) return;
    uint32_t length = strlen(path);
    struct iovec all[] = {{&op, 1}, {&length, 4}, {&size, 4}, {&offset, 8}, {(void *)path, length}, {(void *)data, size}};
    int kept = errno;
    if (writev(to, all, 6) < 0) abort();
    errno = kept;
}

static int opened(const char *path, int flags, mode_t mode, int (*real)(const char *, int, ...)) {
    int creates = (flags & O_CREAT) && watched(path) && access(path, F_OK);
    int handle = real(path, flags, mode);
    if (handle >= 0 && creates) record('C', path, 0, "", 0);
    return handle;
}

int open(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(more, mode_t) : 0;
    va_end(more);
    return opened(path, flags, mode, REAL(open));
}

int open64(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(more, mode_t) : 0;
    va_end(more);
    return opened(path, flags, mode, REAL(open64));
}

ssize_t write(int handle, const void *data, size_t size) {
    char path[PATH_MAX];
    if (!watched_handle(handle, path)) return REAL(write)(handle, data, size);
    if (fails()) return -1;
    off_t at = lseek(handle, 0, SEEK_CUR);
    ssize_t done = REAL(write)(handle, data, size);
    if (done > 0) record('W', path, at, data, done);
    return done;
}

static ssize_t placed(int handle, const void *data, size_t size, off_t at, ssize_t (*real)(int, const void *, size_t, off_t)) {
    char path[PATH_MAX];
    if (!watched_handle(handle, path)) return real(handle, data, size, at);
    if (fails()) return -1;
    ssize_t done = real(handle, data, size, at);
    if (done > 0) record('W', path, at, data, done);
    return done;
}

ssize_t pwrite(int handle, const void *data, size_t size, off_t at) { return placed(handle, data, size, at, REAL(pwrite)); }

ssize_t pwrite64(int handle, const void *data, size_t size, off_t at) { return placed(handle, data, size, at, REAL(pwrite64)); }

static int cut(int handle, off_t size, int (*real)(int, off_t)) {
    char path[PATH_MAX];
    int done = real(handle, size);
    if (!done && watched_handle(handle, path)) record('T', path, size, "", 0);
    return done;
}

int ftruncate(int handle, off_t size) { return cut(handle, size, REAL(ftruncate)); }

int ftruncate64(int handle, off_t size) { return cut(handle, size, REAL(ftruncate64)); }

static int synced(int handle, int (*real)(int)) {
    char path[PATH_MAX];
    int done = real(handle);
    if (!done && watched_handle(handle, path)) record('S', path, 0, "", 0);
    return done;
}

int fsync(int handle) { return synced(handle, REAL(fsync)); }

int fdatasync(int handle) { return synced(handle, REAL(fdatasync)); }

int unlink(const char *path) {
    int done = REAL(unlink)(path);
    if (!done && watched(path)) record('U', path, 0, "", 0);
    return done;
}

int rename(const char *from, const char *to) {
    int done = REAL(rename)(from, to);
    if (!done && watched(from)) record('R', from, 0, to, strlen(to));
    return done;
}
