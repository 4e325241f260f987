#!/usr/bin/env python3
"""The peer of peer_bench.cpp: the same networks in PyTorch, one process per way of running it.

usage: peer_torch.py default|channels_last|compiled THREADS

Answers lines on its standard input: "time JOB" with the seconds of one run, "check JOB FILE" by writing the result's
float32 values to FILE. JOB: unet, encoder (ffhq256, batch 1, no gradient) or train (ffhq128, batch 2, forward and
backward of the denoising loss through UNet and encoder, no dropout). Weights and inputs are the fill rule's.
"""
import sys
import time

try:
    import numpy as np
    import torch
    import torch.nn.functional as F
    from torch import nn
except ImportError as error:
    print(f"missing {error.name}", flush=True)
    sys.exit(0)

TIME_WIDTH = Z_WIDTH = 512


def norm(channels):
    return nn.GroupNorm(min(32, channels), channels, eps=1e-5)


class Res(nn.Module):
    def __init__(self, cin, cout, resample=None, conditional=False):
        super().__init__()
        self.resample = resample
        self.in_layers = nn.Sequential(norm(cin), nn.SiLU(), nn.Conv2d(cin, cout, 3, padding=1))
        if conditional:
            self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(TIME_WIDTH, 2 * cout))
            self.cond_emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(Z_WIDTH, cout))
            self.out_layers = nn.Sequential(norm(cout), nn.SiLU(), nn.Identity(), nn.Conv2d(cout, cout, 3, padding=1))
        self.conditional = conditional
        self.skip_connection = nn.Conv2d(cin, cout, 1) if cin != cout else nn.Identity()

    def resampled(self, x):
        if self.resample == "down":
            return F.avg_pool2d(x, 2)
        if self.resample == "up":
            return F.interpolate(x, scale_factor=2, mode="nearest")
        return x

    def forward(self, x, e=None, z=None):
        h = self.in_layers[2](self.resampled(self.in_layers[1](self.in_layers[0](x))))
        if self.conditional:
            scale, shift = self.emb_layers(e)[:, :, None, None].chunk(2, dim=1)
            h = self.out_layers[0](h) * (1 + scale) + shift
            h = h * (1 + self.cond_emb_layers(z)[:, :, None, None])
            h = self.out_layers[3](self.out_layers[1](h))
        return self.skip_connection(self.resampled(x)) + h


class Attention(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.norm = norm(channels)
        self.qkv = nn.Conv1d(channels, 3 * channels, 1)
        self.proj_out = nn.Conv1d(channels, channels, 1)

    def forward(self, x, e=None, z=None):
        flat = x.flatten(2)
        q, k, v = (part.transpose(1, 2)[:, None] for part in self.qkv(self.norm(flat)).chunk(3, dim=1))
        o = F.scaled_dot_product_attention(q, k, v)[:, 0].transpose(1, 2)
        return (flat + self.proj_out(o)).reshape(x.shape)


class Stage(nn.Sequential):
    def forward(self, x, e=None, z=None):
        for layer in self:
            x = layer(x) if isinstance(layer, nn.Conv2d) else layer(x, e, z)
        return x


def path_down(size, multipliers, conditional):
    """Stages, the channels each one gives, and the last resolution."""
    channels = 128
    stages, widths = [Stage(nn.Conv2d(3, channels, 3, padding=1))], [channels]
    for level, multiplier in enumerate(multipliers):
        for _ in range(2):
            block = [Res(channels, 128 * multiplier, None, conditional)]
            channels = 128 * multiplier
            stages.append(Stage(*block, *([Attention(channels)] if size == 16 else [])))
            widths.append(channels)
        if level + 1 < len(multipliers):
            stages.append(Stage(Res(channels, channels, "down", conditional)))
            widths.append(channels)
            size //= 2
    return nn.ModuleList(stages), widths, size


def middle(channels, conditional):
    return Stage(Res(channels, channels, None, conditional), Attention(channels), Res(channels, channels, None, conditional))


class Encoder(nn.Module):
    def __init__(self, size, multipliers):
        super().__init__()
        self.input_blocks, widths, _ = path_down(size, multipliers, False)
        self.middle_block = middle(widths[-1], False)
        self.out = nn.Sequential(norm(widths[-1]), nn.SiLU(), nn.AdaptiveAvgPool2d(1), nn.Conv2d(widths[-1], Z_WIDTH, 1))

    def forward(self, x):
        for stage in self.input_blocks:
            x = stage(x)
        return self.out(self.middle_block(x)).flatten(1)


class UNet(nn.Module):
    def __init__(self, size, multipliers):
        super().__init__()
        self.time_embed = nn.ModuleDict(
            {"time_embed": nn.Sequential(nn.Linear(128, TIME_WIDTH), nn.SiLU(), nn.Linear(TIME_WIDTH, TIME_WIDTH))})
        self.input_blocks, widths, size = path_down(size, multipliers, True)
        channels = widths[-1]
        self.middle_block = middle(channels, True)
        stages = []
        for level in reversed(range(len(multipliers))):
            for i in range(3):
                layers = [Res(channels + widths.pop(), 128 * multipliers[level], None, True)]
                channels = 128 * multipliers[level]
                if size == 16:
                    layers.append(Attention(channels))
                if level > 0 and i == 2:
                    layers.append(Res(channels, channels, "up", True))
                    size *= 2
                stages.append(Stage(*layers))
        self.output_blocks = nn.ModuleList(stages)
        self.out = nn.Sequential(norm(channels), nn.SiLU(), nn.Conv2d(channels, 3, 3, padding=1))

    def forward(self, x, t, z):
        w = torch.exp(-9.210340371976184 * torch.arange(64, dtype=torch.float32, device=t.device) / 64)
        angle = t.float()[:, None] * w
        e = self.time_embed["time_embed"](torch.cat([angle.cos(), angle.sin()], dim=1))
        skips = []
        for stage in self.input_blocks:
            x = stage(x, e, z)
            skips.append(x)
        x = self.middle_block(x, e, z)
        for stage in self.output_blocks:
            x = stage(torch.cat([x, skips.pop()], dim=1), e, z)
        return self.out(x)


class DiffAE(nn.Module):
    def __init__(self, size, unet, encoder):
        super().__init__()
        self.unet = UNet(size, unet)
        self.encoder = Encoder(size, encoder)

    def forward(self, image, x_t, t, noise):
        return F.mse_loss(self.unet(x_t, t, self.encoder(image)), noise)


def uniform(key, count):
    h = 0xCBF29CE484222325
    for byte in key.encode():
        h = ((h ^ byte) * 0x100000001B3) & (2**64 - 1)
    x = np.arange(count, dtype=np.uint64) + np.uint64((h + 0x9E3779B97F4A7C15) & (2**64 - 1))
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((x ^ (x >> np.uint64(31))) >> np.uint64(40)).astype(np.float64) * 2.0**-23 - 1.0


def filled(key, shape, factor=1.0):
    return torch.from_numpy((factor * uniform(key, int(np.prod(shape)))).astype(np.float32).reshape(shape))


def fill(module, prefix=""):
    with torch.no_grad():
        for name, p in module.named_parameters():
            key, count = prefix + name.removeprefix("unet."), p.numel()
            u = uniform(key, count)
            if p.dim() >= 2:
                u = u * np.sqrt(3.0 / (count // p.shape[0]))
            else:
                u = 0.1 * u + (1.0 if key.endswith("weight") else 0.0)
            p.copy_(torch.from_numpy(u.astype(np.float32)).reshape(p.shape))
    return module


class Jobs:
    def __init__(self, way):
        self.way = way
        self.made = {}

    def prepared(self, model):
        if self.way != "default":
            model = model.to(memory_format=torch.channels_last)
        return torch.compile(model) if self.way == "compiled" else model

    def images(self, *tensors):
        return [x.contiguous(memory_format=torch.channels_last) if self.way != "default" else x for x in tensors]

    def make(self, job):
        root3 = 3.0**0.5
        if job == "train":
            model = fill(DiffAE(128, (1, 1, 2, 3, 4), (1, 1, 2, 3, 4, 4)))
            parameters, run = list(model.parameters()), self.prepared(model)
            shape = (2, 3, 128, 128)
            image, x_t, noise = self.images(filled("input.image", shape), filled("input.x_t", shape, root3),
                                            filled("input.noise", shape, root3))
            t, watched = torch.tensor([3, 640]), model.unet.input_blocks[1][0].in_layers[2].weight

            def step():
                for p in parameters:
                    p.grad = None
                run(image, x_t, t, noise).backward()
                return watched.grad

            return step
        if job == "encoder":
            run = self.prepared(fill(Encoder(256, (1, 1, 2, 2, 4, 4, 4)), "encoder."))
            (image,) = self.images(filled("input.image", (1, 3, 256, 256)))
            return lambda: self.frozen(run, image)
        run = self.prepared(fill(UNet(256, (1, 1, 2, 2, 4, 4))))
        (x_t,) = self.images(filled("input.x_t", (1, 3, 256, 256), root3))
        t, z = torch.tensor([500]), filled("input.z", (1, Z_WIDTH))
        return lambda: self.frozen(run, x_t, t, z)

    @staticmethod
    def frozen(run, *inputs):
        with torch.no_grad():
            return run(*inputs)

    def get(self, job):
        if job not in self.made:
            self.made = {job: self.make(job)}  # one network in memory at a time
            self.made[job]()
            self.made[job]()
        return self.made[job]


def main():
    way, threads = sys.argv[1], int(sys.argv[2])
    torch.set_num_threads(threads)
    clock = time.process_time if threads == 1 else time.perf_counter  # as peer_bench does
    jobs = Jobs(way)
    print(f"PyTorch {torch.__version__}", flush=True)
    for line in sys.stdin:
        words = line.split()
        try:
            run = jobs.get(words[1])
            if words[0] == "check":
                run().detach().contiguous(memory_format=torch.contiguous_format).numpy().astype("<f4").tofile(words[2])
                print("done", flush=True)
            else:
                begin = clock()
                run()
                print(clock() - begin, flush=True)
        except Exception as error:  # e.g. torch.compile without a C++ compiler
            print(f"failed {type(error).__name__}: {str(error).splitlines()[0]}", flush=True)


if __name__ == "__main__":
    main()
