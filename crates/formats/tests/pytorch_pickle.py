#!/usr/bin/env python3
"""Writes snapshots as PyTorch's caching allocator does, from an allocator that is simulated:
segments, blocks that are split and joined, streams, frees that wait for a stream, running
out of memory, segments that grow. The simulation knows the whole run, of which the file
holds the last entries and the state at the end; what it prints of the window was counted
there, not from the file.

    pytorch_pickle.py OUT [--protocol 4] [--events N] [--window N] [--devices N] ...
    pytorch_pickle.py OUT --bulk BYTES      a large file, written opcode by opcode
"""

import argparse
import json
import pickle
import random
import struct

MIB = 1 << 20
CLOCK = 1_729_931_410_850_299


def up(size, to):
    return (size + to - 1) // to * to


class Block:
    def __init__(self, segment, address, size):
        self.segment, self.address, self.size = segment, address, size
        self.life = None
        self.pending = False


class Life:
    """An allocation: what it asked for, what it took, when it began and ended."""

    def __init__(self, device, address, requested, begun, frames):
        self.device, self.address, self.requested, self.frames = device, address, requested, frames
        self.begun, self.ended, self.block_size, self.asked = begun, None, None, None


class Segment:
    def __init__(self, address, size, stream, small, frames):
        self.address, self.size, self.stream, self.small, self.frames = address, size, stream, small, frames
        self.blocks = []


class Device:
    def __init__(self, number, run, capacity, expandable):
        self.number, self.run, self.capacity, self.expandable = number, run, capacity, expandable
        self.segments, self.trace, self.lives = [], [], []
        self.reserved = 0
        self.next_address = 0x7F00_0000_0000 + (number << 42)
        # Beyond what a double can tell apart, as some drivers have it.
        if number == 1:
            self.next_address += 1 << 62

    def entry(self, action, address, size, stream, frames):
        entry = {"action": action, "device_free" if action == "oom" else "addr": address, "size": size, "stream": stream}
        if self.run.times:
            entry["time_us"] = self.run.clock
        if self.run.pool_ids:
            entry["compile_context"] = "N/A"
            entry["user_metadata"] = ""
            entry["pool_id"] = (0, 0)
        if frames is not None:
            entry["frames"] = frames
        self.trace.append(entry)

    def alloc(self, requested, stream):
        frames = self.run.frames()
        size = up(max(requested, 1), 512)
        small = size <= MIB
        block = self.find(size, stream, small) or self.grow(size, stream, small, frames)
        if block is None:
            self.entry("oom", max(self.capacity - self.reserved, 0), requested, stream, frames)
            return None
        rest = block.size - size
        if rest >= (512 if small else MIB + 1) or (self.expandable and rest >= 512):
            at = block.segment.blocks.index(block)
            block.segment.blocks.insert(at + 1, Block(block.segment, block.address + size, rest))
            block.size = size
        self.entry("alloc", block.address, requested, stream, frames)
        life = Life(self.number, block.address, requested, (len(self.trace), self.number), frames)
        life.block_size = block.size
        block.life = life
        self.lives.append(life)
        return block

    def find(self, size, stream, small):
        free = (b for s in self.segments if (s.stream, s.small) == (stream, small) for b in s.blocks if not b.life)
        return min((b for b in free if b.size >= size), key=lambda b: (b.size, b.address), default=None)

    def grow(self, size, stream, small, frames):
        if self.expandable:
            step = 2 * MIB if small else 20 * MIB
            segment = next((s for s in self.segments if (s.stream, s.small) == (stream, small)), None)
            tail = segment.blocks[-1] if segment and not segment.blocks[-1].life else None
            more = up(size - (tail.size if tail else 0), step)
        else:
            more = 2 * MIB if small else 20 * MIB if size < 10 * MIB else up(size, 2 * MIB)
        if self.reserved + more > self.capacity:
            self.empty_cache()
            if self.reserved + more > self.capacity:
                return None
            if self.expandable:
                return self.grow(size, stream, small, frames)
        self.reserved += more
        if self.expandable and segment:
            address = segment.address + segment.size
            segment.size += more
            if tail:
                tail.size += more
            else:
                segment.blocks.append(Block(segment, address, more))
        else:
            address = self.next_address
            self.next_address += (1 << 36) if self.expandable else up(more, 2 * MIB) + self.run.random.choice((0, 2 * MIB))
            segment = Segment(address, more, stream, small, frames)
            segment.blocks.append(Block(segment, address, more))
            self.segments.append(segment)
        self.entry("segment_map" if self.expandable else "segment_alloc", address, more, stream, frames)
        return segment.blocks[-1]

    def empty_cache(self):
        for segment in list(self.segments):
            if self.expandable:
                tail = segment.blocks[-1]
                step = 2 * MIB if segment.small else 20 * MIB
                less = 0 if tail.life else tail.size // step * step
                if less == 0:
                    continue
                tail.size -= less
                segment.size -= less
                self.reserved -= less
                if tail.size == 0:
                    segment.blocks.pop()
                if segment.size == 0:
                    self.segments.remove(segment)
                self.entry("segment_unmap", segment.address + segment.size, less, segment.stream, None)
            elif len(segment.blocks) == 1 and not segment.blocks[0].life:
                self.segments.remove(segment)
                self.reserved -= segment.size
                self.entry("segment_free", segment.address, segment.size, segment.stream, segment.frames)

    def request_free(self, block):
        self.entry("free_requested", block.address, block.life.requested, block.segment.stream, self.run.frames())
        block.life.asked = len(self.trace)
        block.pending = True

    def complete_free(self, block):
        life, segment = block.life, block.segment
        self.entry("free_completed", block.address, life.requested, segment.stream, self.run.frames())
        life.ended = (len(self.trace), self.number)
        block.life, block.pending = None, False
        at = segment.blocks.index(block)
        for neighbour in (at + 1, at - 1):
            if 0 <= neighbour < len(segment.blocks) and not segment.blocks[neighbour].life:
                low, high = sorted((at, neighbour))
                segment.blocks[low].size += segment.blocks[high].size
                del segment.blocks[high]
                at = low

    def segment_dicts(self):
        for segment in self.segments:
            blocks, address = [], segment.address
            for block in segment.blocks:
                assert block.address == address
                address += block.size
                state = "inactive" if not block.life else self.run.pending_word if block.pending else "active_allocated"
                entry = {"address": block.address, "size": block.size, "requested_size": 0, "state": state, "frames": []}
                if block.life:
                    entry["requested_size"] = block.life.requested
                    entry["frames"] = block.life.frames or []
                if self.run.old:
                    del entry["address"], entry["requested_size"], entry["frames"]
                    if block.life:
                        holder = {"addr": block.address, "real_size": block.life.requested}
                        if block.life.frames:
                            holder["frames"] = block.life.frames
                        entry["history"] = [holder]
                blocks.append(entry)
            assert address == segment.address + segment.size
            live = [b for b in segment.blocks if b.life]
            whole = {
                "device": self.number,
                "address": segment.address,
                "total_size": segment.size,
                "allocated_size": sum(b.size for b in live if not b.pending),
                "active_size": sum(b.size for b in live),
                "requested_size": sum(b.life.requested for b in live),
                "stream": segment.stream,
                "segment_type": "small" if segment.small else "large",
                "blocks": blocks,
            }
            if not self.run.old:
                whole["segment_pool_id"] = (0, 0)
                whole["is_expandable"] = self.expandable
                whole["frames"] = segment.frames or []
            yield whole

    def totals(self, window):
        """Of the window: what the file's entries and its end say, counted from the lives."""
        first = max(len(self.trace) - window, 0)
        live_at_end = {id(b.life): b for s in self.segments for b in s.blocks if b.life}
        changes, starts, pending_first, alive, live_bytes = {}, 0, 0, 0, 0
        for life in self.lives:
            if life.ended and life.ended[0] <= first:
                continue
            is_alive = id(life) in live_at_end
            size = life.block_size if is_alive else up(max(life.requested, 1), 512)
            if is_alive:
                assert live_at_end[id(life)].size == size
                alive, live_bytes = alive + 1, live_bytes + size
            began = max(life.begun[0], first)
            starts += life.begun[0] <= first
            pending_first += life.asked is not None and life.asked <= first
            changes.setdefault(began, []).append(size)
            if life.ended:
                changes.setdefault(life.ended[0], []).append(-size)
        now = peak = 0
        for step in sorted(changes):
            now += sum(changes[step])
            peak = max(peak, now)
        assert now == live_bytes
        counts = {}
        for entry in self.trace[first:]:
            counts[entry["action"]] = counts.get(entry["action"], 0) + 1
        pairs = zip(self.trace[first:], self.trace[first + 1 :])
        at_once = sum(
            (a["action"], b["action"]) == ("free_requested", "free_completed") and a["addr"] == b["addr"] for a, b in pairs
        )
        return {
            "peak": peak,
            "live_bytes": live_bytes,
            "live": alive,
            "pending": sum(b.pending for s in self.segments for b in s.blocks),
            "starts": starts,
            "pending_first": pending_first,
            "at_once": at_once,
            "reserved": self.reserved,
            "blocks": sorted([b.address, b.size] for s in self.segments for b in s.blocks if b.life),
            "counts": counts,
        }


class Run:
    def __init__(self, options):
        self.random = random.Random(options.seed)
        self.clock = CLOCK
        self.old = options.old
        self.times = not options.old
        self.pool_ids = options.newest
        self.pending_word = "active_awaiting_free" if options.newest else "active_pending_free"
        self.share_lists = not options.lists
        names = [f"layer_{n}.forward" for n in range(40)] + ["train", "main", "at::empty_cuda<float>", "größe"]
        files = ["/model/net.py", "/train.py", "??"]
        all_frames = [{"name": n, "filename": self.random.choice(files), "line": self.random.randrange(500)} for n in names]
        outer = [all_frames[41], all_frames[40]]
        inner = all_frames[:40] + all_frames[42:]
        self.stacks = [self.random.choices(inner, k=options.frames) + outer for _ in range(60)] if options.frames else []
        self.devices = [
            Device(n, self, options.capacity * MIB, options.expandable and n == 0) for n in range(options.devices)
        ]
        self.play(options)

    def frames(self):
        if not self.stacks:
            return None
        stack = self.random.choice(self.stacks)
        return stack if self.share_lists else list(stack)

    def play(self, options):
        streams = [0] + [0x5555_0000_0000 + n * 64 for n in range(1, options.streams)]
        held = [[] for _ in self.devices]
        waiting = [[] for _ in self.devices]
        random = self.random
        self.annotations = []
        while sum(len(d.trace) for d in self.devices) < options.events:
            self.clock += random.choice((0, 1, 1, 3, 40, 1000))
            n = random.randrange(len(self.devices))
            device = self.devices[n]
            step = random.random()
            if step < 0.5 or not held[n]:
                size = int(2 ** random.uniform(0, 24.5))
                block = device.alloc(size, random.choice(streams))
                if block:
                    held[n].append(block)
                elif held[n]:
                    for block in held[n][len(held[n]) // 2 :]:
                        device.request_free(block)
                        device.complete_free(block)
                    del held[n][len(held[n]) // 2 :]
            elif step < 0.9:
                block = held[n].pop(random.randrange(len(held[n])))
                device.request_free(block)
                if random.random() < 0.1:
                    waiting[n].append(block)
                else:
                    device.complete_free(block)
            elif step < 0.97:
                if waiting[n]:
                    device.complete_free(waiting[n].pop(0))
            elif step < 0.98:
                device.empty_cache()
            elif step < 0.985:
                device.entry("snapshot", 0, 0, 0, None)
            elif self.pool_ids:
                self.annotations.append(
                    {"name": "step", "stage": random.choice(("START", "END")), "device": n, "time_us": self.clock}
                )

    def snapshot(self, window):
        if self.old and window == 0:
            return [s for d in self.devices for s in d.segment_dicts()]
        whole = {
            "segments": [s for d in self.devices for s in d.segment_dicts()],
            "device_traces": [d.trace[max(len(d.trace) - window, 0) :] for d in self.devices],
        }
        if not self.old:
            whole["allocator_settings"] = {
                "PYTORCH_CUDA_ALLOC_CONF": "expandable_segments:True" if self.devices[0].expandable else "",
                "max_split_size": -1,
                "garbage_collection_threshold": 0.0,
                "roundup_power2_divisions": {str(1 << n): 0 for n in range(16)},
            }
        if self.pool_ids:
            whole["external_annotations"] = self.annotations
            whole["host_segments"] = []
            whole["host_traces"] = [
                {"action": "alloc", "addr": 0x7FFF_0000_0000, "size": 4096, "stream": 0, "time_us": CLOCK + 1},
                {"action": "annotate", "addr": 0, "size": 0, "stream": 0, "time_us": CLOCK + 2, "user_metadata": "epoch 1"},
                {"action": "free_requested", "addr": 0x7FFF_0000_0000, "size": 4096, "stream": 0, "time_us": CLOCK + 3},
                {"action": "free_completed", "addr": 0x7FFF_0000_0000, "size": 4096, "stream": 0, "time_us": CLOCK + 4},
            ]
        return whole


def bulk(out, most, frames):
    """Allocations and frees of 4096 slots, each with a stack that is written out, as
    PyTorch before 2.1 does: dictionaries and lists have numbers, and none is used again."""
    memo = {}
    count = 0

    def put():
        nonlocal count
        count += 1
        return b"\x94"

    def word(text):
        if text in memo:
            n = memo[text]
            return b"h" + bytes([n]) if n < 256 else b"j" + struct.pack("<I", n)
        memo[text] = count
        return b"\x8c" + bytes([len(text)]) + text.encode() + put()

    def number(n):
        if n < 256:
            return b"K" + bytes([n])
        if n < 65536:
            return b"M" + struct.pack("<H", n)
        if n < 1 << 31:
            return b"J" + struct.pack("<i", n)
        return b"\x8a\x08" + struct.pack("<Q", n)

    def frame(n):
        if ("frame", n) in memo:
            at = memo["frame", n]
            return b"h" + bytes([at]) if at < 256 else b"j" + struct.pack("<I", at)
        memo["frame", n] = count
        body = b"}" + put() + b"("
        for key, value in (("name", word), ("filename", word), ("line", number)):
            text = {"name": f"function_{n}", "filename": f"file_{n % 20}.py", "line": n}[key]
            body += word(key) + value(text)
        return body + b"u"

    base, slot_bytes, slots, requested = 0x7F00_0000_0000, 1 << 21, 4096, 1_300_000
    peak = live = events = 0
    alive = [False] * slots
    # Every word and frame is written once before, so that an entry's bytes are a pattern.
    with open(out, "wb") as file:
        written = file.write(b"\x80\x04}" + put() + b"(")
        written += file.write(word("segments") + b"]" + put() + b"(")
        keys = ("action", "addr", "size", "stream", "time_us", "frames")
        words = keys + ("alloc", "free_requested", "free_completed")
        written += file.write(b"}" + put() + b"(" + b"".join(word(w) + number(0) for w in words) + b"u")
        written += file.write(b"]" + put() + b"(" + b"".join(frame(n) for n in range(646)) + b"e")
        written += file.write(b"e" + word("device_traces") + b"]" + put() + b"]" + put())
        stacks = []
        for n in range(500):
            rng = random.Random(n)
            refs = [frame(rng.randrange(640)) for _ in range(frames - 2)] + [frame(644), frame(645)]
            stacks.append(b"".join(refs))
        key = {w: word(w) for w in words}
        tail = b"]" + b"\x94" + b"("
        batch = []
        time = CLOCK
        n = 0
        while written < most:
            slot = n * 2654435761 % slots
            actions = ("free_requested", "free_completed") if alive[slot] else ("alloc",)
            live += -1 if alive[slot] else 1
            alive[slot] = not alive[slot]
            peak = max(peak, live)
            for action in actions:
                time += 1
                batch.append(
                    b"}\x94(" + key["action"] + key[action] + key["addr"] + number(base + slot * slot_bytes)
                    + key["size"] + number(requested) + key["stream"] + number(0) + key["time_us"] + number(time)
                    + key["frames"] + tail + stacks[n % 500] + b"eu"
                )
                events += 1
            n += 1
            if len(batch) >= 1000:
                written += file.write(b"(" + b"".join(batch) + b"e")
                batch = []
        file.write(b"(" + b"".join(batch) + b"eau.")
    size = up(requested, 512)
    print(json.dumps({"events": events, "bytes": written, "peak": peak * size, "live": live, "live_bytes": live * size}))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("--protocol", type=int, default=4)
    parser.add_argument("--events", type=int, default=3000)
    parser.add_argument("--window", type=int, default=1 << 60)
    parser.add_argument("--devices", type=int, default=1)
    parser.add_argument("--streams", type=int, default=1)
    parser.add_argument("--frames", type=int, default=6)
    parser.add_argument("--capacity", type=int, default=400, help="MiB of each device")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--expandable", action="store_true", help="device 0 has segments that grow")
    parser.add_argument("--old", action="store_true", help="no times, blocks with a history")
    parser.add_argument("--newest", action="store_true", help="pool ids, annotations, host memory")
    parser.add_argument("--lists", action="store_true", help="each entry has its own list of frames")
    parser.add_argument("--python", action="store_true", help="Python's own pickler, which is another implementation")
    parser.add_argument("--bulk", type=int, help="write so many bytes")
    options = parser.parse_args()
    if options.bulk:
        return bulk(options.out, options.bulk, options.frames)
    run = Run(options)
    snapshot = run.snapshot(options.window)
    with open(options.out, "wb") as file:
        dump = pickle._dump if options.python else pickle.dump
        dump(snapshot, file, protocol=options.protocol)
    print(json.dumps([device.totals(options.window) for device in run.devices]))


if __name__ == "__main__":
    main()
