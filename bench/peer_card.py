#!/usr/bin/env python3
"""PyTorch on the card, beside card.cpp in one run of gpu.sh: UNet 256, batch 1 and 8, forward.

usage: peer_card.py OUT.json SECONDS

The network and its weights are those of peer_torch.py. Milliseconds are the median of 7 runs after 2 others, by the
card's clock, as card.cpp measures. Compiling may take longer than SECONDS leave: rows that did not come to their turn say
so, and the file is whole after every row. Without PyTorch, or without a card that it can use, the file says that.
"""
import json
import os
import signal
import sys

ROWS = [("eager fp32", 1), ("eager fp32", 8), ("compiled bf16 autocast", 1), ("compiled channels-last tf32", 1),
        ("compiled bf16 autocast", 8), ("compiled channels-last tf32", 8)]


def write(path, answer):
    with open(path + ".part", "w") as file:
        json.dump(answer, file, indent=2)
    os.replace(path + ".part", path)


def missing():
    """Why there is nothing to measure; empty: all is there."""
    try:
        import numpy  # noqa: F401  (peer_torch needs it)
        import torch
    except ImportError as error:
        return f"no {error.name} in this Python"
    return "" if torch.cuda.is_available() else "PyTorch sees no CUDA device"


def measure(way, batch):
    import torch
    from peer_torch import UNet, Z_WIDTH, fill, filled

    fast = way != "eager fp32"
    torch.backends.cudnn.benchmark = True
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = fast  # else its fp32 is not fp32
    layout = torch.channels_last if fast else torch.contiguous_format
    model = fill(UNet(256, (1, 1, 2, 2, 4, 4))).cuda().to(memory_format=layout)
    if fast:
        model = torch.compile(model, dynamic=False)
    x = filled("input.x_t", (batch, 3, 256, 256), 3.0**0.5).cuda().to(memory_format=layout)
    t, z = torch.full((batch,), 500, device="cuda"), filled("input.z", (batch, Z_WIDTH)).cuda()
    begin, end, times = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True), []
    with torch.no_grad(), torch.autocast("cuda", torch.bfloat16, enabled="bf16" in way):
        for _ in range(9):
            begin.record()
            model(x, t, z)
            end.record()
            end.synchronize()
            times.append(begin.elapsed_time(end))
    return sorted(times[2:])[3]


class OutOfTime(BaseException):  # no Exception: the compiler would take it for one of its own
    pass


def stop(*_):
    raise OutOfTime


def measure_all(answer, path):
    for way, batch in ROWS:
        row = {"config": "ffhq256", "batch": batch, "way": way}
        try:
            row["ms"] = round(measure(way, batch), 3)
            print(f"unet ffhq256 batch {batch}: {row['ms']:.2f} ms PyTorch {way}", flush=True)
        except OutOfTime:
            raise
        except Exception as error:  # e.g. torch.compile without a C++ compiler: the next row may do
            row["failed"] = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
            print(f"unet ffhq256 batch {batch}: failed, PyTorch {way}: {row['failed']}", flush=True)
        answer["rows"].append(row)
        write(path, answer)


def main():
    path, seconds = sys.argv[1], int(sys.argv[2])
    if why := missing():
        write(path, {"missing": why})
        print(f"skipped: {why}")
        return
    import torch

    answer = {"torch": torch.__version__, "card": torch.cuda.get_device_name(0), "rows": []}
    print(f"PyTorch {answer['torch']} on {answer['card']}", flush=True)
    signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        measure_all(answer, path)
    except OutOfTime:
        for way, batch in ROWS[len(answer["rows"]):]:
            answer["rows"].append({"config": "ffhq256", "batch": batch, "way": way, "failed": "no time left"})
            print(f"unet ffhq256 batch {batch}: no time left, PyTorch {way}", flush=True)
        write(path, answer)


if __name__ == "__main__":
    main()
