"""Where PyTorch can compute."""

import os

import torch


def try_gpu(i: int = 0) -> torch.device:
    """Return the i-th GPU, or the CPU if there are not so many.

    Source: d2l section 6.7.
    """
    return torch.device(f'cuda:{i}' if i < torch.cuda.device_count()
                        else 'cpu')


def best_device() -> torch.device:
    """Return the GPU of this process, which torchrun numbers, or the CPU."""
    return try_gpu(int(os.environ.get('LOCAL_RANK', 0)))


def try_all_gpus() -> list[torch.device]:
    """Return all GPUs, or the CPU alone if there is none.

    Source: d2l section 6.7.
    """
    return [try_gpu(i) for i in range(max(1, torch.cuda.device_count()))]
