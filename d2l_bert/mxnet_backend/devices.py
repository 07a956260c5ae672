"""Where MXNet can compute."""

from typing import Any

from .compat import mxnet


def try_gpu(i: int = 0) -> Any:
    """Return the i-th GPU, or the CPU if there are not so many.

    Source: d2l section 6.7.
    """
    return (mxnet.gpu(i) if i < mxnet.context.num_gpus() else mxnet.cpu())


def best_device() -> list[Any]:
    """Return all GPUs, or the CPU alone if there is none."""
    return try_all_gpus()


def try_all_gpus() -> list[Any]:
    """Return all GPUs, or the CPU alone if there is none.

    Source: d2l section 6.7.
    """
    return [try_gpu(i) for i in range(max(1, mxnet.context.num_gpus()))]
