// SPDX-License-Identifier: BSD-3-Clause
//
// An LD_PRELOAD shim that counts allocations between count_start() and count_stop(), by who asked: the first caller
// on the stack that is neither this shim, libc nor libstdc++ (whose operator new ends in malloc).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);

static volatile int counting;
static long ours, ours_bytes, others;
static char who[4096];
static __thread int inside;

static void note(size_t size) {
  if (!counting || inside) return;
  inside = 1;
  void* frames[12];
  const int n = backtrace(frames, 12);
  const char* module = "?";
  Dl_info info = {0};
  for (int i = 1; i < n; ++i) {
    if (!dladdr(frames[i], &info) || info.dli_fname == NULL) continue;
    const char* slash = strrchr(info.dli_fname, '/');
    const char* name = slash ? slash + 1 : info.dli_fname;
    if (strstr(name, "count_allocations") || strstr(name, "libstdc++") || strstr(name, "libc.so")) continue;
    module = name;
    break;
  }
  if (strncmp(module, "_core", 5) == 0) {
    __atomic_add_fetch(&ours, 1, __ATOMIC_RELAXED);
    __atomic_add_fetch(&ours_bytes, (long)size, __ATOMIC_RELAXED);
  } else {
    __atomic_add_fetch(&others, 1, __ATOMIC_RELAXED);
  }
  const size_t used = strlen(who);
  if (used + 200 < sizeof who) {
    snprintf(who + used, sizeof who - used, "%zu bytes: %.60s %.80s +0x%lx\n", size, module,
             info.dli_sname ? info.dli_sname : "?", (unsigned long)((char*)frames[2] - (char*)info.dli_fbase));
  }
  inside = 0;
}

void* malloc(size_t size) {
  note(size);
  return __libc_malloc(size);
}
void* calloc(size_t n, size_t size) {
  note(n * size);
  return __libc_calloc(n, size);
}
void* realloc(void* p, size_t size) {
  note(size);
  return __libc_realloc(p, size);
}
void* memalign(size_t alignment, size_t size) {
  note(size);
  return __libc_memalign(alignment, size);
}
void* aligned_alloc(size_t alignment, size_t size) {
  note(size);
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** p, size_t alignment, size_t size) {
  note(size);
  *p = __libc_memalign(alignment, size);
  return *p ? 0 : ENOMEM;
}

void count_start(void) {
  void* frame[1];
  backtrace(frame, 1);  // its first call allocates
  ours = ours_bytes = others = 0;
  who[0] = 0;
  counting = 1;
}
void count_stop(void) { counting = 0; }
long count_ours(void) { return ours; }
long count_ours_bytes(void) { return ours_bytes; }
long count_others(void) { return others; }
const char* count_who(void) { return who; }
