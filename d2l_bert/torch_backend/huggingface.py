"""Our examples for a `transformers.BertForPreTraining`, or its Trainer."""

from numbers import Integral
from typing import Any

import torch
from torch.utils.data import Dataset

from d2l_bert.core.examples import Examples
from d2l_bert.core.huggingface import huggingface_fields


class HuggingFaceDataset(Dataset[dict[str, torch.Tensor]]):
    """Examples as dictionaries of Hugging Face's field names.

    >>> from d2l_bert.core.corpus import load_paragraphs
    >>> from d2l_bert.core.pretraining import make_examples
    >>> dataset = HuggingFaceDataset(make_examples(load_paragraphs('tiny'),
    ...                                            max_len=64))
    >>> sorted(dataset[0])
    ['attention_mask', 'input_ids', 'labels', 'next_sentence_label', \
'token_type_ids']

    `dataset[i]` is one example; a slice or list of numbers is a batch,
    ready for `model(**batch)`. The Trainer, which needs the
    package accelerate, takes it as `train_dataset`.
    The model's BertConfig needs `vocab_size=len(vocab)` and
    `pad_token_id=vocab['<pad>']`. `examples` may also be the Dataset of a
    loader. With dynamic masking `set_epoch` draws the masks anew.
    """

    def __init__(self, examples: Any):
        self.examples: Examples = getattr(examples, 'examples', examples)
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Go on to another epoch, as the Trainer does by itself."""
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, index: Any) -> dict[str, torch.Tensor]:
        single = isinstance(index, Integral)
        index = [int(index)] if single else index
        fields = huggingface_fields(
            self.examples[self.epoch, index] if self.examples.masked_anew
            else self.examples[index])
        return {name: torch.as_tensor(field[0] if single else field)
                for name, field in fields.items()}
