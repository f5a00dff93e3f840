//! What the pool does, told in scripts.

use super::script::{check, check_on, small};
use super::*;
use arenascope_units::owner::{MemoryCategory, Owner, Tag};
use arenascope_units::{Bytes, Micros};
use expect_test::expect;

#[test]
fn a_released_buffer_is_reused_within_its_class() {
    check(
        "new a 1000; release a 0; acquire b 900; release b 0; acquire c 400; release b 0; look a; look c; figures",
        expect![[r#"
            new a 1000: create 1024 B as #0@0
            release a 0: ok
            acquire b 900: reuse #0@1
            release b 0: ok
            acquire c 400: create 448 B as #1@0
            release b 0: holding 1 of #0 was released before; it is at holding 2 now
            look a: holding 0 of #0 was released before; it is at holding 2 now
            look c: ok
            figures:
              creating 1 (448 B)
              in use 0 (0 B)
              pending 0 (0 B)
              idle 1 (1024 B)
              created 1 (1024 B)
              destroyed 0 (0 B)
              requested 0 B, waste 0 B, peaks 1024 0 1024 1000 1024
              1 hits, 2 misses, 0 refused
              0 failed, 1 bad releases, 1 bad uses
        "#]],
    );
}

#[test]
fn a_buffer_waits_for_the_submission_that_used_it_last() {
    check(
        "new a 64; new b 64; release a 2; release b 1; new c 64; complete 1; new d 64; complete 2; complete 1; new e 64;
         release d 2; rows",
        expect![[r#"
            new a 64: create 64 B as #0@0
            new b 64: create 64 B as #1@0
            release a 2: ok
            release b 1: ok
            new c 64: create 64 B as #2@0
            complete 1: ok
            new d 64: reuse #1@1
            complete 2: ok
            complete 1: ok
            new e 64: reuse #0@1
            release d 2: ok
            rows:
              64 B storage: 2 0 1, 2 hits, 3 misses
        "#]],
    );
}

#[test]
fn a_creation_that_fails_leaves_no_trace_but_its_count() {
    check(
        "acquire a 4096; release a 0; figures; fail a; fail a; confirm a; look a; figures; rows; acquire b 4096",
        expect![[r#"
            acquire a 4096: create 4096 B as #0@0
            release a 0: the creation of #0 is not confirmed yet
            figures:
              creating 1 (4096 B)
              in use 0 (0 B)
              pending 0 (0 B)
              idle 0 (0 B)
              created 0 (0 B)
              destroyed 0 (0 B)
              requested 0 B, waste 0 B, peaks 0 0 0 0 0
              0 hits, 1 misses, 0 refused
              0 failed, 1 bad releases, 0 bad uses
            fail a: ok
            fail a: #0 is destroyed; its slot is at generation 1 now
            confirm a: #0 is destroyed; its slot is at generation 1 now
            look a: #0 is destroyed; its slot is at generation 1 now
            figures:
              creating 0 (0 B)
              in use 0 (0 B)
              pending 0 (0 B)
              idle 0 (0 B)
              created 0 (0 B)
              destroyed 0 (0 B)
              requested 0 B, waste 0 B, peaks 0 0 0 0 0
              0 hits, 0 misses, 0 refused
              1 failed, 1 bad releases, 3 bad uses
            rows: none
            acquire b 4096: create 4096 B as #0.1@0
        "#]],
    );
}

#[test]
fn a_failure_that_is_reported_late_destroys_in_any_state() {
    check(
        "new a 64; new b 64; new c 64; confirm a; release b 5; release c 0; fail a; fail b; fail c; release a 0;
         complete 5; figures",
        expect![[r#"
            new a 64: create 64 B as #0@0
            new b 64: create 64 B as #1@0
            new c 64: create 64 B as #2@0
            confirm a: the creation of #0 was confirmed before
            release b 5: ok
            release c 0: ok
            fail a: ok
            fail b: ok
            fail c: ok
            release a 0: #0 is destroyed; its slot is at generation 1 now
            complete 5: ok
            figures:
              creating 0 (0 B)
              in use 0 (0 B)
              pending 0 (0 B)
              idle 0 (0 B)
              created 3 (192 B)
              destroyed 3 (192 B)
              requested 0 B, waste 0 B, peaks 192 64 64 192 192
              0 hits, 3 misses, 0 refused
              0 failed, 1 bad releases, 1 bad uses
        "#]],
    );
}

#[test]
fn zeros_must_be_written_into_what_is_reused() {
    check(
        "clean a 64; confirm a; release a 0; clean b 64; release b 0; acquire c 64",
        expect![[r#"
        clean a 64: create 64 B as #0@0
        confirm a: ok
        release a 0: ok
        clean b 64: reuse #0@1, clear it
        release b 0: ok
        acquire c 64: reuse #0@2
    "#]],
    );
}

#[test]
fn trimming_goes_from_high_water_to_low_water_two_at_a_time() {
    check(
        "new a 1024; new b 1024; new c 1024; new d 1024; new e 1024; new f 1024; new g 1024; trim;
         time 1; release c 0; time 2; release a 0; time 3; release b 0; time 4; release d 0;
         time 5; release e 0; time 6; release f 0; trim; time 7; release g 0; trim; trim; trim",
        expect![[r#"
            new a 1024: create 1024 B as #0@0
            new b 1024: create 1024 B as #1@0
            new c 1024: create 1024 B as #2@0
            new d 1024: create 1024 B as #3@0
            new e 1024: create 1024 B as #4@0
            new f 1024: create 1024 B as #5@0
            new g 1024: create 1024 B as #6@0
            trim: nothing
            time 1: ok
            release c 0: ok
            time 2: ok
            release a 0: ok
            time 3: ok
            release b 0: ok
            time 4: ok
            release d 0: ok
            time 5: ok
            release e 0: ok
            time 6: ok
            release f 0: ok
            trim: nothing
            time 7: ok
            release g 0: ok
            trim: #2 1024 B surplus, #0 1024 B surplus
            trim: #1 1024 B surplus
            trim: nothing
        "#]],
    );
}

#[test]
fn above_the_limit_no_bound_holds() {
    check(
        "new a 4096; new b 4096; new c 4096; new d 4096; release a 0; release b 0; release c 0; release d 0; trim",
        expect![[r#"
            new a 4096: create 4096 B as #0@0
            new b 4096: create 4096 B as #1@0
            new c 4096: create 4096 B as #2@0
            new d 4096: create 4096 B as #3@0
            release a 0: ok
            release b 0: ok
            release c 0: ok
            release d 0: ok
            trim: #0 4096 B limit, #1 4096 B limit, #2 4096 B surplus
        "#]],
    );
}

#[test]
fn age_takes_what_was_used_least_recently() {
    check(
        "new a 64; new b 64; new c 64; release b 0; time 400; release a 0; time 500; release c 3; time 1000; trim;
         time 1400; cleanup 1001; cleanup 1000; time 9000; trim; complete 3; trim",
        expect![[r#"
            new a 64: create 64 B as #0@0
            new b 64: create 64 B as #1@0
            new c 64: create 64 B as #2@0
            release b 0: ok
            time 400: ok
            release a 0: ok
            time 500: ok
            release c 3: ok
            time 1000: ok
            trim: #1 64 B age
            time 1400: ok
            cleanup 1001: nothing
            cleanup 1000: #0 64 B age
            time 9000: ok
            trim: nothing
            complete 3: ok
            trim: #2 64 B age
        "#]],
    );
}

#[test]
fn pressure_frees_what_is_wanted_and_no_more() {
    check(
        "new a 1024; new b 2048; new c 512; release b 0; release a 0; release c 0; reclaim 0; reclaim 2000; reclaim 1025;
         flush",
        expect![[r#"
            new a 1024: create 1024 B as #0@0
            new b 2048: create 2048 B as #1@0
            new c 512: create 512 B as #2@0
            release b 0: ok
            release a 0: ok
            release c 0: ok
            reclaim 0: nothing
            reclaim 2000: #1 2048 B out_of_memory
            reclaim 1025: #0 1024 B out_of_memory, #2 512 B out_of_memory
            flush: nothing
        "#]],
    );
}

#[test]
fn a_lost_device_takes_everything_with_it() {
    check(
        "acquire a 64; new b 64; new c 64; new d 64; release c 9; release d 0; lose; confirm a; release b 0; look b;
         complete 9; figures; new e 64; release e 9; rows",
        expect![[r#"
            acquire a 64: create 64 B as #0@0
            new b 64: create 64 B as #1@0
            new c 64: create 64 B as #2@0
            new d 64: create 64 B as #3@0
            release c 9: ok
            release d 0: ok
            lose: #0 64 B device_loss, #1 64 B device_loss, #2 64 B device_loss, #3 64 B device_loss
            confirm a: #0 is destroyed; its slot is at generation 1 now
            release b 0: #1 is destroyed; its slot is at generation 1 now
            look b: #1 is destroyed; its slot is at generation 1 now
            complete 9: ok
            figures:
              creating 0 (0 B)
              in use 0 (0 B)
              pending 0 (0 B)
              idle 0 (0 B)
              created 3 (192 B)
              destroyed 3 (192 B)
              requested 0 B, waste 0 B, peaks 192 64 64 192 192
              0 hits, 3 misses, 0 refused
              1 failed, 1 bad releases, 2 bad uses
            new e 64: create 64 B as #3.1@0
            release e 9: ok
            rows:
              64 B storage: 0 0 1, 0 hits, 1 misses
        "#]],
    );
}

#[test]
fn refusals_change_nothing_but_their_count() {
    let limits = DeviceLimits { max_buffer_size: Bytes::kib(1), ..DeviceLimits::default() };
    let config = PoolConfig { max_resources: 2, limits, ..small() };
    check_on(
        config,
        "acquire a 0; acquire a 1025; new a 1024; new b 8; acquire c 16; figures; release b 0; flush; acquire c 16",
        expect![[r#"
            acquire a 0: a buffer or texture of 0 B was asked for
            acquire a 1025: a buffer of 1.0 KiB (1028 bytes) was asked for, the device allows 1.0 KiB (1024 bytes)
            new a 1024: create 1024 B as #0@0
            new b 8: create 8 B as #1@0
            acquire c 16: all 2 buffers and textures that may exist do exist
            figures:
              creating 0 (0 B)
              in use 2 (1032 B)
              pending 0 (0 B)
              idle 0 (0 B)
              created 2 (1032 B)
              destroyed 0 (0 B)
              requested 1032 B, waste 0 B, peaks 1032 0 0 1032 1032
              0 hits, 2 misses, 3 refused
              0 failed, 0 bad releases, 0 bad uses
            release b 0: ok
            flush: #1 8 B out_of_memory
            acquire c 16: create 16 B as #1.1@0
        "#]],
    );
}

#[test]
fn exact_mode_rounds_to_words_only() {
    let config = PoolConfig { mode: PoolMode::Exact, ..small() };
    check_on(
        config,
        "new a 1001; release a 0; acquire b 1002; release b 0; new c 1005; new d 7; rows; flush; rows; figures",
        expect![[r#"
            new a 1001: create 1004 B as #0@0
            release a 0: ok
            acquire b 1002: reuse #0@1
            release b 0: ok
            new c 1005: create 1008 B as #1@0
            new d 7: create 8 B as #2@0
            rows:
              8 B storage: 1 0 0, 0 hits, 1 misses
              1004 B storage: 0 0 1, 1 hits, 1 misses
              1008 B storage: 1 0 0, 0 hits, 1 misses
            flush: #0 1004 B out_of_memory
            rows:
              8 B storage: 1 0 0, 0 hits, 1 misses
              1008 B storage: 1 0 0, 0 hits, 1 misses
            figures:
              creating 0 (0 B)
              in use 2 (1016 B)
              pending 0 (0 B)
              idle 0 (0 B)
              created 3 (2020 B)
              destroyed 1 (1004 B)
              requested 1012 B, waste 4 B, peaks 1016 0 1004 1012 2020
              1 hits, 3 misses, 0 refused
              0 failed, 0 bad releases, 0 bad uses
        "#]],
    );
}

#[test]
fn a_handle_of_another_pool_is_foreign() {
    let (mut here, mut there) = (Pool::new(small()), Pool::new(small()));
    let spec = BufferSpec::new(Bytes::new(64), BufferUsage::STORAGE).into();
    let owner = Owner::new(MemoryCategory::GPU_BUFFERS, Tag(0));
    let acquire = |pool: &mut Pool| {
        let acquired = pool.acquire(&spec, Contents::Undefined, owner, Micros::ZERO).unwrap();
        pool.confirm(acquired.handle().resource()).unwrap();
        acquired.handle()
    };
    let (ours, theirs) = (acquire(&mut here), acquire(&mut there));
    let foreign = HandleError::Foreign { resource: theirs.resource() };
    assert_eq!(here.release(theirs, Serial(0), Micros::ZERO), Err(foreign));
    assert_eq!(here.lookup(theirs), Err(foreign));
    assert_eq!(here.fail(theirs.resource()), Err(foreign));
    assert_eq!((here.statistics().refused_releases, here.statistics().refused_uses), (1, 2));
    assert!(here.lookup(ours).is_ok());
}

#[test]
fn textures_match_by_their_whole_descriptor() {
    let mut pool = Pool::new(small());
    let owner = Owner::new(MemoryCategory::GPU_TEXTURES, Tag(0));
    let plain = TextureSpec::image(8, 8, TextureFormat::Rgba8Unorm, TextureUsage::TEXTURE_BINDING);
    let like = [
        TextureSpec { format: TextureFormat::Bgra8Unorm, ..plain },
        TextureSpec { usage: TextureUsage::STORAGE_BINDING, ..plain },
        TextureSpec { width: 16, height: 4, ..plain },
        TextureSpec { dimension: TextureDimension::D3, ..plain },
    ];
    let mut acquire = |spec: TextureSpec| {
        let acquired = pool.acquire(&spec.into(), Contents::Undefined, owner, Micros::ZERO).unwrap();
        if let Acquired::Fresh { handle, created, size } = acquired {
            assert_eq!((created, size), (spec.into(), Bytes::new(256)));
            pool.confirm(handle.resource()).unwrap();
        }
        pool.release(acquired.handle(), Serial(0), Micros::ZERO).unwrap();
        matches!(acquired, Acquired::Reused { .. })
    };
    assert!(!acquire(plain));
    assert!(like.into_iter().all(|spec| !acquire(spec)), "bytes alone do not make a match");
    assert!(acquire(plain) && like.into_iter().all(&mut acquire));
    let labels: Vec<_> = pool.rows().into_iter().map(|row| row.label).collect();
    assert_eq!(
        labels,
        [
            "bgra8unorm 8×8 texture_binding",
            "rgba8unorm 16×4 texture_binding",
            "rgba8unorm 8×8 storage_binding",
            "rgba8unorm 8×8 texture_binding",
            "rgba8unorm 8×8×1 volume texture_binding",
        ]
    );
    assert_eq!(pool.audit(), Ok(()));
}

#[test]
fn the_list_of_buffers_tells_who_holds_what() {
    let mut pool = Pool::new(small());
    let spec = BufferSpec::new(Bytes::new(1_000), BufferUsage::UNIFORM).into();
    let owner = |tag| Owner::new(MemoryCategory::GPU_BUFFERS, Tag(tag));
    let first = pool.acquire(&spec, Contents::Undefined, owner(1), Micros::new(5)).unwrap().handle();
    pool.confirm(first.resource()).unwrap();
    pool.release(first, Serial(2), Micros::new(7)).unwrap();
    pool.acquire(&spec, Contents::Undefined, owner(2), Micros::new(9)).unwrap();
    let seen: Vec<_> =
        pool.buffers().map(|b| (b.resource.number(), b.state, b.owner.tag.0, b.last_used.get())).collect();
    let pending = State::Pending { last_use: Serial(2) };
    assert_eq!(seen, [(0, pending, 1, 7), (1, State::Creating, 2, 9)]);
    assert!(pool.buffers().all(|b| (b.size, b.requested) == (Bytes::new(1_024), Bytes::new(1_000))));
}
