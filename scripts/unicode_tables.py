"""What the generators of Unicode tables beside this file share.

generate_normalization_tables.py (Sources/CNormalization), generate_unicode_tables.py and
generate_tokenizer_tables.py (Sources/CKernels) write C arrays of ranges and mappings of scalars.
"""

HANGUL = range(0xAC00, 0xD7A4)
SCALARS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def is_reordered(nfd, scalar):
    """Whether canonical ordering may move this scalar: it is a non-starter that `nfd` knows."""
    low, high = "\u0334", "\u0345"  # combining classes 1 and 240
    return nfd(scalar + low) != scalar + low or nfd(high + scalar) != high + scalar


def ranges(numbers):
    """Sorted numbers as [first, last]."""
    out = []
    for number in numbers:
        if out and out[-1][1] == number - 1:
            out[-1][1] = number
        else:
            out.append([number, number])
    return out


def runs(mapping):
    """The one-to-one mappings as (first, last, step, difference), in order."""
    out = []
    for code, (target,) in sorted((c, t) for c, t in mapping.items() if len(t) == 1):
        difference = target - code
        if out:
            first, last, step, old = out[-1]
            gap = code - last
            if old == difference and (gap == step or (first == last and gap == 2)):
                out[-1] = (first, code, gap, old)
                continue
        out.append((code, code, 1, difference))
    return out


def value_runs(values):
    """The numbers of all scalars, 0 unless given, as (first scalar, number)."""
    out = []
    for code in range(0x110000):
        value = values.get(code, 0)
        if not out or out[-1][1] != value:
            out.append((code, value))
    return out


def array(kind, name, items, gap="", width=99):
    """The lines of a C array, and an empty one."""
    lines, line = [], " " * 4
    for item in items:
        more = (gap if line.strip() else "") + item + ","
        if len(line) + len(more) > width:
            lines.append(line)
            line, more = " " * 4, item + ","
        line += more
    return [f"static const {kind} {name}[] = {{", *lines, line, "};", ""]


def mapping_arrays(name, mapping, **layout):
    """Runs of at least two one-to-one mappings; the rest as keys (bit 31 set), each followed by
    what it becomes."""
    several = [run for run in runs(mapping) if run[0] != run[1]]
    covered = {c for first, last, step, _ in several for c in range(first, last + 1, step)}
    rest = []
    for code, parts in sorted(mapping.items()):
        if code not in covered:
            rest += [f"{code | 1 << 31:#x}"] + [f"{part:#x}" for part in parts]
    items = ["{%#x,%#x,%d,%d}" % run for run in several]
    return array("scalar_run", name + "_runs", items, **layout) + array(
        "uint32_t", name + "_rest", rest, **layout)
