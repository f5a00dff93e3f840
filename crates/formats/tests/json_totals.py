"""Writes random files of formats that are JSON, and says of each what it counted while it
made them: name, format, allocations, bytes of all of them, most bytes at once, bytes at the
end. Arguments: a folder, a seed, how many events."""

import json
import random
import sys

folder, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng = random.Random(seed)


class Totals:
    def __init__(self):
        self.live, self.now, self.peak, self.count, self.bytes = {}, 0, 0, 0, 0

    def put(self, name, size):
        """A size of something, new or known."""
        if name not in self.live:
            self.count += 1
            self.bytes += size
        self.now += size - self.live.get(name, 0)
        self.live[name] = size
        self.peak = max(self.peak, self.now)

    def drop(self, name):
        self.now -= self.live.pop(name, 0)

    def say(self, name, form, document):
        with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
            json.dump(document, file, indent=rng.choice([None, 1]))
        print(name, form, self.count, self.bytes, self.peak, self.now)


def vma(name, blocks):
    totals, pools, number, total = Totals(), {}, 0, {"BlockCount": 0, "BlockBytes": 0}
    for kind in range(4):
        made = {}
        for block in range(blocks):
            offset, parts = 0, []
            for _ in range(rng.randrange(1, max(2, count // (4 * blocks)))):
                size = rng.randrange(1, 5000)
                if rng.random() < 0.3:
                    parts.append({"Offset": offset, "Type": "FREE", "Size": size})
                else:
                    usage = rng.randrange(256)
                    parts.append({"Offset": offset, "Type": rng.choice(["BUFFER", "IMAGE_OPTIMAL"]), "Size": size, "Usage": usage})
                    totals.put(number, size)
                    number += 1
                offset += size
            total["BlockCount"] += 1
            total["BlockBytes"] += offset
            made[str(block)] = {"TotalBytes": offset, "Suballocations": parts}
        size = rng.randrange(1, 100000)
        totals.put(number, size)
        number += 1
        total["BlockCount"] += 1
        total["BlockBytes"] += size
        dedicated = [{"Type": "UNKNOWN", "Size": size, "Usage": 0, "Name": 'a "name" \\ of \u00e9\U0001f600'}]
        pools[f"Type {kind}"] = {"PreferredBlockSize": 1, "Blocks": made, "DedicatedAllocations": dedicated}
    total.update({"AllocationCount": totals.count, "AllocationBytes": totals.bytes})
    totals.say(name, "vma", {"General": {"API": "Vulkan"}, "Total": total, "DefaultPools": pools})


def gpgmm(name, is_placed):
    totals, events, heaps, live, time = Totals(), [{}], [], {}, 1000

    def add(what, phase, ident=None, arguments=None):
        nonlocal time
        time += rng.randrange(3)
        event = {"name": what, "cat": "default", "ph": phase, "tid": 7, "ts": time, "pid": "GPGMM"}
        event.update({"id": hex(ident)} if ident else {})
        event.update({"args": arguments} if arguments else {})
        events.append(event)

    add("ResourceAllocator", "N", 1)
    for heap in range(4):
        heaps.append(0x1000 + heap)
        add("Heap", "N", heaps[-1])
        add("Heap", "O", heaps[-1], {"snapshot": {"SizeInBytes": 1 << 30, "MemorySegmentGroup": heap % 2}})
    for number in range(count):
        if live and rng.random() < 0.45:
            ident = rng.choice(list(live)[:50])
            del live[ident]
            totals.drop(ident)
            add("ResourceAllocation", "D", ident)
            continue
        ident, size = 0x100000 + number % 1000 * 16, rng.randrange(1, 1 << 20)
        if ident in live:
            continue
        live[ident] = True
        descriptor = {"allocationDescriptor": {"HeapType": rng.randrange(1, 4)}}
        descriptor["resourceDescriptor"] = {"Dimension": 1, "Width": size, "Height": 1}
        add("ResourceAllocator.CreateResource", "i", None, descriptor)
        totals.put(ident, size)
        add("ResourceAllocation", "N", ident)
        if is_placed:
            place = {"SizeInBytes": size, "HeapOffset": rng.randrange(1 << 29), "ResourceHeap": {"id_ref": hex(rng.choice(heaps))}}
            add("ResourceAllocation", "O", ident, {"snapshot": place})
    totals.say(name, "gpgmm", {"traceEvents": events} if rng.random() < 0.5 else events)


def chrome_trace(name):
    totals, events = Totals(), []
    for number in range(count):
        values = {key: rng.randrange(1 << 30) for key in rng.sample(["bytes_a", "bytes_b", "bytes_c"], 2)}
        event = {"ph": "C", "name": rng.choice(["Arena", "Pool"]), "pid": rng.randrange(3), "ts": number * 1.5, "args": values}
        for key, value in values.items():
            totals.put((event["pid"], event["name"], key), value)
        events.append(event)
        if rng.random() < 0.3:
            events.append({"ph": "X", "name": "work", "pid": 1, "tid": 2, "ts": number, "dur": 1, "args": {"bytes": [1, {"a": 2}]}})
    # All samples of a time stay together: their order within it decides the peak.
    rng.shuffle(events)
    totals.say(name, "chrome_trace", {"displayTimeUnit": "ms", "traceEvents": events})


def firefox(name, is_shared):
    stacks, strings = 500, [f"function {number}" for number in range(100)]
    tables = {
        "stackTable": {"frame": [rng.randrange(200) for _ in range(stacks)],
                       "prefix": [rng.randrange(at) if at and rng.random() < 0.9 else None for at in range(stacks)]},
        "frameTable": {"func": [rng.randrange(100) for _ in range(200)], "line": [None] * 200},
        "funcTable": {"name": list(range(100)), "fileName": [None] * 100},
        "stringArray": strings,
    }
    rows, threads, time = [], [], 5000.0
    for _ in range(count):
        time += rng.random()
        rows.append((rng.randrange(2), time))
    totals, columns, live = Totals(), [[], []], {}
    for thread, time in rows:
        mine = [name for name in list(live)[:60] if name[0] == thread]
        if mine and rng.random() < 0.45:
            found = rng.choice(mine)
            weight = -live.pop(found)
            totals.drop(found)
        else:
            found, weight = (thread, rng.randrange(1 << 30) * 16), rng.randrange(1, 1 << 16)
            if found in live:
                continue
            live[found] = weight
            totals.put(found, weight)
        columns[thread].append((time, weight, rng.randrange(stacks), found[1]))
    for thread, table in enumerate(columns):
        native = {name: [row[at] for row in table] for at, name in enumerate(["time", "weight", "stack", "memoryAddress"])}
        threads.append({"name": "GeckoMain", "pid": str(thread), "nativeAllocations": native, **({} if is_shared else tables)})
    meta = {"startTime": 1.7e12, "preprocessedProfileVersion": 62 if is_shared else 47}
    profile = {"meta": meta, "threads": threads, **({"shared": tables} if is_shared else {})}
    totals.say(name, "firefox_profile", profile)


vma("few.json", 3)
vma("many.json", 40)
gpgmm("placed.json", True)
gpgmm("unplaced.json", False)
chrome_trace("counters.json")
firefox("own.json", False)
firefox("shared.json", True)
