/* A ring into which a C or C++ program tells what its allocator does; Arenascope's probe
 * drains it. The layout is that of docs/probe-protocol.md, version 1; the same as of the
 * Rust crate arenascope-alloc. MIT OR Apache-2.0.
 *
 * In one source file of the program:
 *
 *     #define ARENASCOPE_RING_IMPLEMENTATION
 *     #include "arenascope_ring.h"
 *
 * which defines the ring and exports arenascope_ring_ptr(). Then either call
 * arenascope_allocated(), arenascope_freed() and arenascope_reallocated() from an allocator
 * of your own, or define ARENASCOPE_WRAP_MALLOC as well, and link with
 *
 *     -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free
 *     -Wl,--wrap=aligned_alloc,--wrap=posix_memalign
 *
 * Nothing here allocates, waits or locks. What finds no room is counted. With several
 * threads, tell a free before the memory goes back, and an allocation after it came.
 */
#ifndef ARENASCOPE_RING_H
#define ARENASCOPE_RING_H

#include <stddef.h>
#include <stdint.h>

/* Records of 32 bytes: a power of two. */
#ifndef ARENASCOPE_RING_RECORDS
#define ARENASCOPE_RING_RECORDS 65536u
#endif

#define ARENASCOPE_RING_MAGIC 0x474e5241u /* "ARNG" */
#define ARENASCOPE_RING_VERSION 1u

enum arenascope_kind { ARENASCOPE_ALLOCATE = 1, ARENASCOPE_FREE = 2, ARENASCOPE_REALLOCATE = 3 };

typedef struct arenascope_record {
    uint32_t kind; /* 0 until the rest is written, and again once it is taken */
    uint32_t thread;
    uint64_t address;
    uint64_t old_address;
    uint64_t bytes;
} arenascope_record;

typedef struct arenascope_ring {
    uint32_t magic;
    uint32_t version;
    uint32_t capacity;
    uint32_t write; /* records claimed, modulo 2^32 */
    uint32_t read;  /* records taken, modulo 2^32: the reader's */
    uint32_t lost;  /* operations that found no room, modulo 2^32 */
    uint64_t reserved;
    arenascope_record records[ARENASCOPE_RING_RECORDS];
} arenascope_ring;

#ifdef __cplusplus
extern "C" {
#endif

extern arenascope_ring arenascope_ring_storage;

/* The ring's place in the program's memory. */
void *arenascope_ring_ptr(void);

/* Writes a record; 0 where there was no room, which is counted. */
static inline int arenascope_push(uint32_t kind, uint32_t thread, uint64_t address, uint64_t old_address,
                                  uint64_t bytes) {
    arenascope_ring *ring = &arenascope_ring_storage;
    uint32_t write = __atomic_load_n(&ring->write, __ATOMIC_ACQUIRE);
    for (;;) {
        uint32_t waiting = write - __atomic_load_n(&ring->read, __ATOMIC_ACQUIRE);
        if (waiting == ARENASCOPE_RING_RECORDS) {
            __atomic_fetch_add(&ring->lost, 1u, __ATOMIC_RELAXED);
            return 0;
        }
        if (waiting > ARENASCOPE_RING_RECORDS) { /* others went on since write was looked at */
            write = __atomic_load_n(&ring->write, __ATOMIC_ACQUIRE);
            continue;
        }
        if (__atomic_compare_exchange_n(&ring->write, &write, write + 1u, 1, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE)) {
            break;
        }
    }
    {
        arenascope_record *record = &ring->records[write & (ARENASCOPE_RING_RECORDS - 1u)];
        __atomic_store_n(&record->thread, thread, __ATOMIC_RELAXED);
        __atomic_store_n(&record->address, address, __ATOMIC_RELAXED);
        __atomic_store_n(&record->old_address, old_address, __ATOMIC_RELAXED);
        __atomic_store_n(&record->bytes, bytes, __ATOMIC_RELAXED);
        __atomic_store_n(&record->kind, kind, __ATOMIC_RELEASE); /* last */
    }
    return 1;
}

/* An allocation; address NULL where it was refused. */
static inline void arenascope_allocated(const void *address, size_t bytes) {
    arenascope_push(ARENASCOPE_ALLOCATE, 0, (uint64_t)(uintptr_t)address, 0, bytes);
}

/* A free: before the memory goes back. */
static inline void arenascope_freed(const void *address) {
    if (address) {
        arenascope_push(ARENASCOPE_FREE, 0, (uint64_t)(uintptr_t)address, 0, 0);
    }
}

/* A reallocation, of programs with one thread; address NULL where it was refused, or where
 * bytes are 0 and it is a free. */
static inline void arenascope_reallocated(uint64_t old_address, const void *address, size_t bytes) {
    arenascope_push(ARENASCOPE_REALLOCATE, 0, (uint64_t)(uintptr_t)address, old_address, bytes);
}

#ifdef __cplusplus
}
#endif

#ifdef ARENASCOPE_RING_IMPLEMENTATION

#ifdef __cplusplus
extern "C" {
#endif

typedef char arenascope_records_are_a_power_of_two
    [(ARENASCOPE_RING_RECORDS & (ARENASCOPE_RING_RECORDS - 1u)) == 0 && ARENASCOPE_RING_RECORDS > 0 ? 1 : -1];
typedef char arenascope_record_has_32_bytes[sizeof(arenascope_record) == 32 ? 1 : -1];
typedef char arenascope_records_begin_at_32[offsetof(arenascope_ring, records) == 32 ? 1 : -1];

/* All zeros, so that it takes no room in the program's file; signed when it is asked for. */
arenascope_ring arenascope_ring_storage;

#if defined(__wasm__)
__attribute__((export_name("arenascope_ring_ptr"), used))
#endif
void *arenascope_ring_ptr(void) {
    __atomic_store_n(&arenascope_ring_storage.version, ARENASCOPE_RING_VERSION, __ATOMIC_RELAXED);
    __atomic_store_n(&arenascope_ring_storage.capacity, ARENASCOPE_RING_RECORDS, __ATOMIC_RELAXED);
    __atomic_store_n(&arenascope_ring_storage.magic, ARENASCOPE_RING_MAGIC, __ATOMIC_RELEASE);
    return &arenascope_ring_storage;
}

#ifdef ARENASCOPE_WRAP_MALLOC

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *address, size_t bytes);
void __real_free(void *address);
void *__real_aligned_alloc(size_t align, size_t bytes);
int __real_posix_memalign(void **place, size_t align, size_t bytes);

void *__wrap_malloc(size_t bytes) {
    void *address = __real_malloc(bytes);
    arenascope_allocated(address, bytes);
    return address;
}

void *__wrap_calloc(size_t count, size_t bytes) {
    void *address = __real_calloc(count, bytes);
    arenascope_allocated(address, address ? count * bytes : 0);
    return address;
}

size_t malloc_usable_size(void *address);

void *__wrap_realloc(void *old_address, size_t bytes) {
    uint64_t old_number = (uint64_t)(uintptr_t)old_address;
    void *address;
#if defined(__wasm__) && !defined(__wasm_atomics__)
    address = __real_realloc(old_address, bytes);
    arenascope_reallocated(old_number, address, bytes);
#else
    /* A free while the block is still ours, and an allocation once it is ours again: else
     * another thread could be told to have the old address before this one gave it back. */
    arenascope_freed(old_address);
    address = __real_realloc(old_address, bytes);
    if (address || bytes == 0) {
        if (address) {
            arenascope_allocated(address, bytes);
        }
    } else if (old_number) { /* refused: the old block stays, of which only this size is known */
        arenascope_push(ARENASCOPE_ALLOCATE, 0, old_number, 0, malloc_usable_size(old_address));
    } else {
        arenascope_allocated(NULL, bytes);
    }
#endif
    return address;
}

void __wrap_free(void *address) {
    arenascope_freed(address);
    __real_free(address);
}

void *__wrap_aligned_alloc(size_t align, size_t bytes) {
    void *address = __real_aligned_alloc(align, bytes);
    arenascope_allocated(address, bytes);
    return address;
}

int __wrap_posix_memalign(void **place, size_t align, size_t bytes) {
    int failed = __real_posix_memalign(place, align, bytes);
    arenascope_allocated(failed ? NULL : *place, bytes);
    return failed;
}

#endif /* ARENASCOPE_WRAP_MALLOC */

#ifdef __cplusplus
}
#endif

#endif /* ARENASCOPE_RING_IMPLEMENTATION */
#endif /* ARENASCOPE_RING_H */
