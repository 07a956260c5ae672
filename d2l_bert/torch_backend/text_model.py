"""What the models of texts in PyTorch have in common."""

from typing import Any

import torch
from torch import nn

from d2l_bert.core.models.config import EncoderConfig, check_config
from d2l_bert.core.models.inputs import Inputs
from d2l_bert.core.tokens.vocab import Vocab
from d2l_bert.core.tokens.words import Tokenizer, tokenize

# How the weights of an encoder are called in a model file, for each name
# here.
ENCODER_NAMES = (('encoder.', ''), ('_embedding.weight', '_embedding'),
                 ('.ln.weight', '.scale'), ('.ln.bias', '.shift'))


class TextModel(nn.Module):
    """A model with a config that says how it reads a text.

    `net.vocab`, `net.tokenizer` and `net.layout` are set by training.
    """

    def __init__(self, config: EncoderConfig):
        super().__init__()
        self.config: Any = check_config(config)
        self.vocab: Vocab | None = None
        self.tokenizer: Tokenizer = tokenize
        self.layout = 'pair'

    def predict(self, inputs: Inputs, *positions: Any) -> Any:
        """Run the model on NumPy arrays, without dropout.

        `positions` are those of `Inputs.arguments`.
        """
        device = next(self.parameters()).device
        was_training = self.training
        self.eval()
        try:
            with torch.no_grad():
                outputs = self(**{
                    name: torch.from_numpy(array).to(device) for name, array
                    in inputs.arguments(*positions).items()})
        finally:
            self.train(was_training)
        return [None if output is None else output.cpu().numpy()
                for output in outputs]
