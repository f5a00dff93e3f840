"""Reads what `exports.rs` wrote into a folder, by nothing but Python's own modules, and
compares with sums that it counts itself from the plain list of events, `events.txt`."""

import csv
import json
import re
import sys
from collections import defaultdict
from pathlib import Path

folder = Path(sys.argv[1])
manifest = json.loads((folder / "manifest.json").read_text())
spaces = [space["label"] for space in manifest["spaces"]]
categories = [category["label"] for category in manifest["categories"]]
events = [line.split() for line in (folder / "events.txt").read_text().splitlines()]


def expect(what, found, expected):
    if found != expected and isinstance(found, list) and isinstance(expected, list):
        pairs = enumerate(zip(found, expected))
        at = next((at for at, (one, other) in pairs if one != other), min(len(found), len(expected)))
        what, found, expected = f"{what}, at {at}", found[at : at + 3], expected[at : at + 3]
    assert found == expected, f"{what}: found {found!r}, expected {expected!r}"


# --- what should be there -------------------------------------------------------------

live = {}  # id -> [ordinal, space, address, bytes, category, site, begun]
series = defaultdict(list)  # name of a sum -> its values, one for each change
sums = defaultdict(int)
sites = defaultdict(lambda: defaultdict(int))
reserved = defaultdict(set)  # space -> pages
ordinals = 0
now = 0


def add(key, difference):
    sums[key] += difference
    series[key].append(sums[key])


def change(block, difference):
    add("live", difference)
    add(("space", block[1]), difference)
    add(("category", block[4]), difference)
    site = sites[block[5]]
    site["eb"] += difference
    if difference > 0:
        site["tb"] += difference


def most(site):
    if site["eb"] >= site["mb"]:
        site["mb"], site["mbk"] = site["eb"], site["ebk"]


def end(block):
    change(block, -block[3])
    sites[block[5]]["ebk"] -= 1
    sites[block[5]]["tl"] += now - block[6]


peak, peak_at, peak_sites = 0, 0, {}
text = []  # Alloc/Free
for time, thread, site, what, *rest in events:
    now, numbers = int(time), [int(number) for number in rest]
    if what == "allocate":
        key, space, address, size, category = numbers
        if key in live:
            text.append(f"Free({live[key][0]}),")
            end(live[key])
        live[key] = [ordinals, space, address, size, category, int(site), now]
        ordinals += 1
        sites[int(site)]["tbk"] += 1
        sites[int(site)]["ebk"] += 1
        change(live[key], size)
        most(sites[int(site)])
        text.append(f"Alloc({size}),")
    elif what == "free" and numbers[0] in live:
        block = live.pop(numbers[0])
        text.append(f"Free({block[0]}),")
        end(block)
    elif what == "resize" and numbers[0] in live:
        block = live[numbers[0]]
        difference, block[3] = numbers[1] - block[3], numbers[1]
        change(block, difference)
        most(sites[block[5]])
        text.append(f"Realloc({block[0]}, {numbers[1]}),")
    elif what in ("reserve", "release"):
        space, address, size = numbers
        pages = range(address >> 16, (address + size) >> 16)
        (reserved[space].update if what == "reserve" else reserved[space].difference_update)(pages)
        key = ("reserved", space)
        add(key, size if what == "reserve" else -min(size, sums[key]))
    if sums["live"] > peak:
        peak, peak_at = sums["live"], now
        peak_sites = {site: (of["eb"], of["ebk"]) for site, of in sites.items()}
for block in live.values():
    sites[block[5]]["tl"] += now - block[6]
instants = sum(event[3] in ("fail", "mark", "lost") for event in events)
totals = {"Live bytes": "live"}
totals |= {f"Live in {label}": ("space", at) for at, label in enumerate(spaces)}
totals |= {f"Live: {label}": ("category", at) for at, label in enumerate(categories)}
totals |= {f"Reserved in {label}": ("reserved", at) for at, label in enumerate(spaces)}


# --- Perfetto -------------------------------------------------------------------------


def fields(message):
    """Fields of a protobuf message: number and value."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    while at < len(message):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
        else:
            expect("wire type", key & 7, 2)
            length = varint()
            assert at + length <= len(message), "a field longer than its message"
            yield key >> 3, message[at : at + length]
            at += length


def perfetto():
    names, values, seen, last = {}, defaultdict(list), 0, 0
    for number, packet in fields((folder / "perfetto").read_bytes()):
        expect("field of the trace", number, 1)
        packet = dict(fields(packet))
        expect("sequence", packet[10], 1)
        if 60 in packet:
            track = dict(fields(packet[60]))
            if 8 in track:
                names[track[1]] = track[2].decode()
                expect("unit", dict(fields(track[8]))[3], 3)
                expect("parent", track[5], 1)
            continue
        event = dict(fields(packet[11]))
        assert packet[8] >= last or packet[8] == 0, "times go back"
        last = packet[8]
        if event[9] == 4:
            values[names[event[11]]].append(event[30])
        else:
            expect("type", event[9], 3)
            seen += 1
    expect("counters of Perfetto", set(names.values()), set(totals))
    for name, key in totals.items():
        expect(name, values[name], [0] + series[key])
    expect("instants of Perfetto", seen, instants)
    expect("end of Perfetto", last, now * 1000)


def perfetto_by_its_own_schema():
    """By the messages that the project Perfetto itself publishes: no field is one that they
    do not have, and counters and instants are the same as by hand."""
    try:
        from google.protobuf.unknown_fields import UnknownFieldSet
        from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as schema
    except ImportError as error:
        print(f"SKIPPED: Perfetto's own schema is not here ({error}): `pip install perfetto`, ARENASCOPE_PYTHON names the Python that has it")
        return
    trace = schema.Trace.FromString((folder / "perfetto").read_bytes())

    def check_known(message):
        expect(f"fields that {type(message).__name__} does not have", len(UnknownFieldSet(message)), 0)
        for field, value in message.ListFields():
            if field.message_type:
                for part in value if isinstance(value, (list, tuple)) or hasattr(value, "add") else [value]:
                    check_known(part)

    check_known(trace)
    names, values, seen = {}, defaultdict(list), 0
    for packet in trace.packet:
        if packet.HasField("track_descriptor"):
            track = packet.track_descriptor
            if track.HasField("counter"):
                expect("unit", track.counter.unit, schema.CounterDescriptor.UNIT_SIZE_BYTES)
                names[track.uuid] = track.name
            continue
        event = packet.track_event
        if event.type == schema.TrackEvent.TYPE_COUNTER:
            values[names[event.track_uuid]].append(event.counter_value)
        else:
            expect("type", event.type, schema.TrackEvent.TYPE_INSTANT)
            assert event.name, "an instant without a name"
            seen += 1
    for name, key in totals.items():
        expect(f"{name} by the schema", values[name], [0] + series[key])
    expect("instants by the schema", seen, instants)
    print("Perfetto's own schema reads it")


# --- JSON -----------------------------------------------------------------------------


def load(name):
    return json.loads((folder / name).read_text())


def firefox():
    profile = load("firefox_profile")
    expect("start", profile["meta"]["startTime"], manifest["source"]["begun_ms"])
    for counter in profile["counters"]:
        samples, value, values = counter["samples"], 0, []
        for delta in samples["count"]:
            value += delta
            values.append(value)
        expect(f"Firefox {counter['name']}", values, [0] + series[totals[counter["name"]]])
        if series["live"] and counter["name"] == "Live bytes":
            assert abs(sum(samples["timeDeltas"]) - now / 1000) < 1, "times of the counter"
    expect("counters of Firefox", {counter["name"] for counter in profile["counters"]}, set(totals))
    (thread,) = profile["threads"]
    allocations = thread.get("nativeAllocations")
    if not events:
        return
    held, by_function = {}, defaultdict(int)
    for weight, address, stack in zip(allocations["weight"], allocations["memoryAddress"], allocations["stack"]):
        before = held.get(address, (0, None))
        held[address] = (before[0] + weight, stack if weight > 0 else before[1])
        assert held[address][0] >= 0, "more freed than allocated"
    strings, frames, functions = thread["stringArray"], thread["frameTable"], thread["funcTable"]
    for size, stack in held.values():
        name = "" if stack is None else strings[functions["name"][frames["func"][thread["stackTable"]["frame"][stack]]]]
        by_function[name.split(" (")[0]] += size
    expect("held in Firefox", sum(size for size, _ in held.values()), sums["live"])
    expected = defaultdict(int)
    for number, site in sites.items():
        expected[["", "main", "load<T>", "-draw", "-draw"][number]] += site["eb"]
    expect("held by function in Firefox", dict(by_function), dict(expected))


def chrome_trace():
    values, seen = defaultdict(list), 0
    for event in load("chrome_trace")["traceEvents"]:
        if event["ph"] == "C":
            values[event["name"]].append(event["args"])
        seen += event["ph"] == "i"
    expect("Chrome's total", [sum(args.values()) for args in values["Live bytes"]], [0] + series["live"])
    expect("Chrome's spaces", [sum(args.values()) for args in values["Live bytes by space"]], [0] + series["live"])
    for at, label in enumerate(categories):
        expect(label, max(args[label] for args in values["Live bytes"]), max([0] + series[("category", at)]))
        expect(label, values["Live bytes"][-1][label], sums[("category", at)])
    for at, label in enumerate(spaces):
        last = values["Reserved bytes"][-1][label] if values["Reserved bytes"] else 0
        expect(label, last, sums[("reserved", at)])
    expect("instants of Chrome", seen, instants)


STACKS = [["(no call stack)"], ["main"], ["main", "load<T>"], ["main", "load<T>", "-draw"], ["main", "-draw"]]


def speedscope():
    file = load("speedscope")
    names = [frame["name"] for frame in file["shared"]["frames"]]
    for profile, key in zip(file["profiles"], ("eb", "tb"), strict=True):
        expect("unit", (profile["type"], profile["unit"]), ("sampled", "bytes"))
        stacks = [tuple(names[frame] for frame in sample) for sample in profile["samples"]]
        found = dict(zip(stacks, profile["weights"], strict=True))
        expect(profile["name"], found, {tuple(STACKS[site]): of[key] for site, of in sites.items() if of[key]})
        expect("end of speedscope", profile["endValue"], sum(profile["weights"]))


def dhat():
    file = load("dhat")
    needed = "dhatFileVersion mode verb bklt bkacc tu Mtu tuth cmd pid te tg pps ftbl".split()
    expect("keys of DHAT", set(file), set(needed))
    expect("version", (file["dhatFileVersion"], file["ftbl"][0]), (2, "[root]"))
    expect("what is known", (file["bklt"], file["bkacc"]), (True, False))
    expect("times of DHAT", (file["te"], file["tg"]), (now, peak_at))
    found = {}
    for point in file["pps"]:
        names = [file["ftbl"][frame] for frame in reversed(point["fs"])]
        stack = tuple(name if name.startswith("(") else name.split(" (")[0] for name in names)
        found[stack] = {key: value for key, value in point.items() if key != "fs"}
    expected = {}
    for number, site in sites.items():
        gb, gbk = peak_sites.get(number, (0, 0))
        keys = {key: site[key] for key in "tb tbk tl mb mbk eb ebk".split()}
        expected[tuple(STACKS[number])] = keys | {"gb": gb, "gbk": gbk}
    expect("points of DHAT", found, expected)
    expect("peak of DHAT", sum(point["gb"] for point in file["pps"]), peak)


def keys_of(value, found, path=""):
    """Every path of keys, with numbers in keys and lists left out."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        below = path if isinstance(value, list) else f"{path}/{re.sub('[0-9]+', 'n', key)}"
        found.add(below)
        keys_of(inner, found, below)


def vma():
    file = load("vma")
    total = blocks = dedicated = 0
    for heap, (number, pool) in enumerate(sorted(file["DefaultPools"].items())):
        expect("type", number, f"Type {heap}")
        for block in pool["Blocks"].values():
            at = free = 0
            for part in block["Suballocations"]:
                expect("offset", part["Offset"], at)
                at += part["Size"]
                if part["Type"] == "FREE":
                    free += part["Size"]
                else:
                    total += part["Size"]
                    blocks += 1
            expect("length of a block", (at, free), (block["TotalBytes"], block["UnusedBytes"]))
        if heap == 0 and events:
            expect("reserved", sum(block["TotalBytes"] for block in pool["Blocks"].values()), len(reserved[0]) << 16)
        dedicated += len(pool["DedicatedAllocations"])
        total += sum(part["Size"] for part in pool["DedicatedAllocations"])
    expect("total of VMA", total, sums["live"])
    expect("allocations of VMA", blocks + dedicated, sum(block[3] != 0 for block in live.values()))
    expect("bytes of VMA", file["Total"]["AllocationBytes"], total)
    expect("count of VMA", file["Total"]["AllocationCount"], blocks + dedicated)
    if events:
        assert blocks and dedicated, "both kinds should be there"
    # The shape of the allocator's own statistics, where there is a sample.
    sample = Path(__file__).parents[3] / "../shared/samples/vma-stats.json"
    if sample.exists():
        known, found = set(), set()
        keys_of(json.loads(sample.read_text()), known)
        keys_of(file, found)
        expect("keys that VMA does not have", found - known, set())


# --- tables and text ------------------------------------------------------------------


def rows(name):
    with open(folder / name, newline="") as file:
        return list(csv.reader(file, strict=True))


def plain(cell):
    return cell[1:] if re.match("'[-=+@]", cell) else cell


def csv_events():
    header, *table = rows("csv_events")
    expect("rows", len(table), len(events))
    for row, (time, thread, site, what, *numbers) in zip(table, events):
        assert not any(cell[:1] in ("=", "+", "-", "@") for cell in row), f"a formula: {row}"
        cells = dict(zip(header, row, strict=True))
        expect("row", [cells[key] for key in ("time_us", "thread", "op")], [time, thread, what])
        expect("site", cells["site"] or "0", site)
        expect("function", plain(cells["function"]), ["", "main", "load<T>", "-draw", "-draw"][int(site)])
        if what == "allocate":
            expect("id and bytes", (cells["id"], cells["bytes"]), (numbers[0], numbers[3]))
            expect("address", cells["address"], "" if numbers[1] == "2" else numbers[2])
            expect("space", plain(cells["space"]), spaces[int(numbers[1])])
            expect("category", plain(cells["category"]), categories[int(numbers[4])])
        if what in ("fail", "mark", "lost"):
            assert cells["note"], "a note"


def csv_totals():
    header, *table = rows("csv_totals")
    expect("header", [plain(cell) for cell in header], ["time_us", "live_bytes", "reserved_bytes"] + categories)
    lives = [int(row[1]) for row in table]
    expect("peak", max([0] + lives), peak)
    changes = len(series["live"]) + sum(len(series[("reserved", at)]) for at in range(len(spaces)))
    expect("rows of totals", len(table), changes)
    for row in table:
        expect("sum of categories", sum(map(int, row[3:])), int(row[1]))
    if table:
        held = sum(sums[("reserved", at)] for at in range(len(spaces)))
        by_category = [sums[("category", at)] for at in range(len(categories))]
        expect("end", [int(cell) for cell in table[-1][1:]], [sums["live"], held] + by_category)


def alloc_text():
    expect("Alloc/Free text", (folder / "alloc_text").read_text().splitlines(), text)


def arrow():
    try:
        import pyarrow.ipc
    except ImportError:
        return
    with pyarrow.ipc.open_file(folder / "arrow") as file:
        expect("manifest", json.loads(file.schema.metadata[b"arenascope.manifest"]), manifest)
        table = file.read_all().to_pydict()
    expect("columns", list(table), "time_us thread op id bytes address space category site function note".split())
    expect("rows of Arrow", len(table["op"]), len(events))
    expect("operations", table["op"], [event[3] for event in events])
    expect("times", table["time_us"], [int(event[0]) for event in events])
    allocated = [at for at, event in enumerate(events) if event[3] == "allocate"]
    expect("bytes", [table["bytes"][at] for at in allocated], [int(events[at][7]) for at in allocated])
    expect("spaces", [table["space"][at] for at in allocated], [spaces[int(events[at][5])] for at in allocated])
    names = [None, "main", "load<T>", "-draw", "-draw"]
    expect("functions", table["function"], [names[int(event[2])] for event in events])
    print("Arrow was read by pyarrow", pyarrow.__version__)


for reader in (perfetto, firefox, chrome_trace, speedscope, dhat, vma, csv_events, csv_totals, alloc_text, arrow):
    if (folder / reader.__name__.replace("firefox", "firefox_profile")).exists():
        reader()
perfetto_by_its_own_schema()
print(f"{len(events)} events, peak {peak}, {sums['live']} at the end")
print("all as expected")
