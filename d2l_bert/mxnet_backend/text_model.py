"""What the models of texts in MXNet have in common."""

from typing import Any

from d2l_bert.core.models.config import EncoderConfig, check_config
from d2l_bert.core.models.inputs import Inputs
from d2l_bert.core.tokens.vocab import Vocab
from d2l_bert.core.tokens.words import Tokenizer, tokenize

from .compat import mxnet
from .layers import Block

# How the weights of an encoder are called in a model file, for each name
# here.
ENCODER_NAMES = (('encoder.', ''), ('_embedding.weight', '_embedding'),
                 ('.ln.gamma', '.scale'), ('.ln.beta', '.shift'))
DTYPES = {'i': 'int32', 'f': 'float32', 'b': 'bool'}


class TextModel(Block):
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

        `positions` are those of `Inputs.arguments`. MXNet disables dropout
        outside `autograd.record()`.
        """
        device = next(iter(self.collect_params().values())).list_ctx()[0]
        outputs = self(**{
            name: mxnet.np.array(array, dtype=DTYPES[array.dtype.kind],
                                 ctx=device)
            for name, array in inputs.arguments(*positions).items()})
        return [None if output is None else output.asnumpy()
                for output in outputs]
