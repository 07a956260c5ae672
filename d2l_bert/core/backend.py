"""The functions that both backends offer, written once.

A backend has arrays, models and one training step. Everything around them
is here: each backend makes a `Backend` of its own parts and exports the
methods, so `d2l.load_data_wiki` is `Backend.load_data_wiki`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .checks import MAX_SEED, a_value, check_loader_options, check_whole
from .examples.container import Examples
from .files import PathLike
from .models.config import qa_config
from .models.files import load_model, save_model
from .models.inputs import check_vocab
from .models.use import encoding_of
from .models.weights import initial_weights
from .objectives import bert
from .objectives.mlm import MLM_RATIO
from .objectives.qa import check_questions, make_qa_examples
from .objectives.reviews import load_review_examples
from .objectives.spanbert import load_spanbert_examples
from .text.sentences import SplitterChoice
from .text.sources import Corpus
from .text.squad import Question
from .tokens.vocab import Vocab
from .training import loop
from .training.loop import Run
from .training.plan import Plan
from .training.runs import Row, adopt, model_file

QA_PLAN = {'epochs': 3, 'batch_size': 32, 'learning_rate': 5e-4}


@dataclass(frozen=True)
class Backend:
    """The parts of a backend, and the functions made from them.

    The examples below run in each framework that is installed:

    >>> from d2l_bert.frameworks import installed_backends
    >>> all(hasattr(d2l, 'pretrain') for d2l in installed_backends())
    True
    """

    models: Mapping[str, Callable[..., Any]]  # by their kind
    learner: Callable[..., Any]  # net, device, autocast, compile -> Learner
    dataset: Any  # the class of Datasets of Examples
    loader: Callable[..., Any]  # dataset, batch_size, seed, num_workers
    place: Callable[..., Any]  # make a new net ready on a device
    device_of: Callable[..., Any]  # where a net is
    get_weights: Callable[..., Any]
    set_weights: Callable[..., Any]
    to_array: Callable[..., Any]  # from NumPy, on the device of a net
    int_dtype: Any = np.int64

    # Data ------------------------------------------------------------------

    def make_loader(self, dataset: Any, batch_size: int,
                    seed: int | None = None, num_workers: int = 0) -> Any:
        """Return a loader of whole batches, shuffled in every epoch.

        >>> from d2l_bert.frameworks import installed_backends
        >>> for d2l in installed_backends():
        ...     dataset = d2l._WikiTextDataset([['the sea', 'it fell']], 12)
        ...     assert len(list(d2l.make_loader(dataset, 512))) == 1

        `num_workers` are processes that fetch batches; 0 is the fastest.
        Raises TypeError for another kind of dataset.
        """
        check_loader_options(batch_size, num_workers, seed)
        if not isinstance(dataset, self.dataset):
            raise TypeError(f'make_loader takes a _WikiTextDataset, not a '
                            f'{type(dataset).__name__}')
        return self.loader(dataset, batch_size, seed, num_workers)

    def load_data_wiki(
            self, batch_size: int, max_len: int, *,
            corpus: Corpus = 'wikitext-2',
            data_dir: PathLike | None = None, seed: int | None = None,
            rng: str = 'book', num_workers: int = 0,
            sentence_splitter: SplitterChoice = 'period', **options: Any
    ) -> tuple[Any, Vocab]:
        """Load a text as shuffled batches of pretraining examples.

        >>> from d2l_bert.frameworks import installed_backends
        >>> for d2l in installed_backends():
        ...     train_iter, vocab = d2l.load_data_wiki(512, 64, corpus='tiny')
        ...     batch = next(iter(train_iter))
        ...     assert batch.shapes()['token_ids'] == (512, 64)
        ...     assert batch.shapes()['pred_positions'] == (512, 10)

        Returns a loader and the vocabulary; a batch is `core.Columns`.
        With a `seed` the order is the same every time; without, it follows
        `torch.manual_seed` or `numpy.random`. With rng='keyed' it depends
        on the seed only, so that both frameworks have the same batches.
        `num_workers` is that of `make_loader`. The other arguments and the
        errors are those of `core.load_examples`.

        Source: d2l section 15.9.2.
        """
        check_loader_options(batch_size, num_workers, seed)
        examples = bert.load_examples(
            max_len, corpus=corpus, data_dir=data_dir, seed=seed, rng=rng,
            sentence_splitter=sentence_splitter, int_dtype=self.int_dtype,
            **options)
        return self.loader(self.dataset(examples), batch_size, seed,
                           num_workers), examples.vocab

    def load_data_imdb(
            self, batch_size: int = 12, *,
            reviews: Sequence[str] | None = None,
            data_dir: PathLike | None = None, ds_from: int = 0,
            ds_to: int | None = 1000, seed: int | None = None,
            rng: str = 'book', num_workers: int = 0, **options: Any
    ) -> tuple[Any, Vocab]:
        """Load film reviews as shuffled batches of examples of two halves.

        >>> text = 'The sea rose. It fell again. It will rise again soon.'
        >>> from d2l_bert.frameworks import installed_backends
        >>> for d2l in installed_backends():
        ...     train_iter, vocab = d2l.load_data_imdb(4, reviews=[text] * 9)
        ...     assert next(iter(train_iter)).shapes()['token_ids'][0] == 4
        ...     assert vocab.to_tokens(0) == '[CLS]'

        Padding stands inside the examples. So attention needs
        `core.attention_mask(batch.token_ids, vocab['[PAD]'])`; valid_lens
        only counts. `pretrain` does this itself.

        `seed`, `rng` and `num_workers` are those of `load_data_wiki`. The
        other arguments and the errors are those of
        `core.load_review_examples`.

        Source: the article that `core.objectives.reviews` names.
        """
        check_loader_options(batch_size, num_workers, seed)
        examples = load_review_examples(
            reviews=reviews, data_dir=data_dir, ds_from=ds_from, ds_to=ds_to,
            seed=seed, rng=rng, int_dtype=self.int_dtype, **options)
        return self.loader(self.dataset(examples), batch_size, seed,
                           num_workers), examples.vocab

    def load_data_spanbert(
            self, batch_size: int, max_len: int, *,
            corpus: Corpus = 'wikitext-2',
            data_dir: PathLike | None = None, seed: int = 0,
            num_workers: int = 0, **options: Any) -> tuple[Any, Vocab]:
        """Load a text as shuffled batches of SpanBERT's examples.

        >>> from d2l_bert.frameworks import installed_backends
        >>> for d2l in installed_backends():
        ...     train_iter, vocab = d2l.load_data_spanbert(
        ...         32, 64, corpus='tiny')
        ...     batch = next(iter(train_iter))
        ...     assert batch.shapes()['span_left'] == (32, 9)

        Returns a loader and the vocabulary; a batch is `core.SpanColumns`,
        with new masks in each epoch. They and the order depend on the seed
        only, so that both frameworks have the same batches. `options` are
        those of `core.load_spanbert_examples`, scheme and packing among
        them, and so are the errors.

        Source: Joshi et al., SpanBERT (2020).
        """
        check_loader_options(batch_size, num_workers, seed)
        examples = load_spanbert_examples(
            max_len, corpus=corpus, data_dir=data_dir, seed=seed,
            int_dtype=self.int_dtype, **options)
        return self.loader(self.dataset(examples), batch_size, seed,
                           num_workers), examples.vocab

    def pad_bert_inputs(self, examples: Any, max_len: int, vocab: Vocab, *,
                        mlm_ratio: float = MLM_RATIO) -> Any:
        """Pad examples and stack them: `core.pad_bert_inputs`."""
        return self.dataset.as_arrays(bert.pad_bert_inputs(
            examples, max_len, vocab, mlm_ratio=mlm_ratio,
            int_dtype=self.int_dtype))

    # Models ----------------------------------------------------------------

    def new_model(self, seed: int = 0, *args: Any, kind: str = 'bert',
                  **kw: Any) -> Any:
        """Return a model with the same initial weights in any framework.

        >>> from d2l_bert.frameworks import installed_backends
        >>> for d2l in installed_backends():
        ...     net = d2l.new_model(0, 9, 8, 16, 2, 1, 0.1)
        ...     assert d2l.get_weights(net)['nsp.bias'].tolist() == [0, 0]

        They are `core.initial_weights` of this seed. The kind 'bert' is a
        BERTModel, 'spanbert' a SpanBERTModel, and 'qa' a QAModel; the other
        arguments are those of that class. Raises ValueError for another
        kind.
        """
        if kind not in self.models:
            raise ValueError(f'kind must be one of {", ".join(self.models)}, '
                             f'not {kind!r}')
        net = self.models[kind](*args, **kw)
        self.set_weights(net, initial_weights(net.config, seed))
        return net

    def save_bert(self, net: Any, path: PathLike, dtype: str = 'float32'
                  ) -> None:
        """Save a model, and how it reads a text, for either framework.

        Arguments and errors are those of `core.save_model`.
        """
        save_model(path, model_file(net, self.get_weights(net)), dtype)

    def load_bert(self, path: PathLike, device: Any = None) -> Any:
        """Load a model that either framework saved, ready to be used.

        >>> from tempfile import TemporaryDirectory
        >>> from d2l_bert.frameworks import installed_backends
        >>> for d2l in installed_backends():
        ...     net = d2l.new_model(0, 9, 8, 16, 2, 1, 0.1)
        ...     with TemporaryDirectory() as folder:
        ...         d2l.save_bert(net, f'{folder}/bert.safetensors')
        ...         loaded = d2l.load_bert(f'{folder}/bert.safetensors')
        ...     assert loaded.config == net.config

        `path` is a model file, the folder of a training run, or 'long-run'
        or 'film-reviews' for a model of the lessons. `device` is one of
        `try_all_gpus()`, by default the CPU; in MXNet also a list of them.
        In PyTorch dropout is off until `net.train()`.

        Raises FileNotFoundError if there is none, and ModelFileError if it
        is not a model of ours or not a complete one.
        """
        file = load_model(path)
        net = self.models[file.kind](**asdict(file.config))
        adopt(net, file)
        self.place(net, device)
        self.set_weights(net, file.weights)
        return net

    def get_bert_encoding(self, net: Any, tokens_a: Sequence[str],
                          tokens_b: Sequence[str] | None = None,
                          vocab: Vocab | None = None) -> Any:
        """Return a vector for each token of one or two lists of tokens.

        >>> special = ['<pad>', '<mask>', '<cls>', '<sep>']
        >>> from d2l_bert.frameworks import installed_backends
        >>> for d2l in installed_backends():
        ...     net = d2l.new_model(0, 7, 8, 16, 2, 1, 0.1)
        ...     net.vocab = Vocab(['a', 'crane'], 0, special)
        ...     vectors = d2l.get_bert_encoding(net, ['a', 'crane'])
        ...     assert tuple(vectors.shape) == (1, 4, 8)

        The shape is (1, tokens with '<cls>' and '<sep>', num_hiddens).
        Without `vocab` it uses `net.vocab`. Dropout is off.

        Raises ValueError if there is no vocabulary.

        Source: d2l section 15.10.2.
        """
        return self.to_array(encoding_of(net, tokens_a, tokens_b, vocab), net)

    # Training --------------------------------------------------------------

    def pretrain(self, net: Any, train: Examples[Any],
                 valid: Examples[Any] | None = None, *,
                 folder: PathLike | None = None, resume: bool = False,
                 watch: Callable[[Row], Any] | None = None,
                 device: Any = None, autocast: bool = False,
                 compile: bool = False, **plan: Any) -> list[Row]:
        """Pretrain a model by a plan; return a row of figures for each step.

        >>> train, valid = bert.load_splits(32, corpus='tiny', seed=0)
        >>> from d2l_bert.frameworks import installed_backends
        >>> for d2l in installed_backends():
        ...     net = d2l.new_model(0, len(train.vocab), 8, 16, 2, 1, 0.1, 32)
        ...     rows = d2l.pretrain(net, train, valid, steps=2, batch_size=16)
        ...     assert rows[1]['step'] == 2 and 'valid_mlm_loss' in rows[1]

        `plan` is `core.Plan`: steps or epochs, batch_size, learning_rate,
        warmup, decay, clip, accumulate, eval_every, save_every and seed.
        `folder`, `resume`, `watch`, the rows and the errors are those of
        `core.training.loop.Run`.

        `device` is where to train, by default where the model is; in MXNet
        also a list of devices among which each batch is divided. In PyTorch
        `autocast` computes in bfloat16 where that is safe, `compile` calls
        torch.compile first, and under `torchrun` each batch is divided among
        all processes; in MXNet these raise ValueError. The state of
        PyTorch's random generators does not change; MXNet's, which cannot
        be saved, is left with a seed of the last step.
        """
        learner = self.learner(net, device, autocast, compile)
        with Run(learner, train, valid, plan, folder, resume, watch) as run:
            for step in run.steps():
                run.record(step, learner.step(step))
        return run.rows

    def finetune_qa(self, net: Any, questions: Sequence[Question],
                    valid: Sequence[Question] | None = None, *,
                    stride: int | None = None, seed: int = 0,
                    **options: Any) -> tuple[Any, list[Row]]:
        """Fine-tune a model on questions about passages.

        >>> from d2l_bert.core import load_questions
        >>> train, _ = load_questions('tiny')
        >>> from d2l_bert.frameworks import installed_backends
        >>> for d2l in installed_backends():
        ...     net = d2l.new_model(0, 9, 8, 16, 2, 1, 0.1, 64)
        ...     net.vocab = Vocab(['the', 'of', 'was', 'is'], 0, [
        ...         '<pad>', '<mask>', '<cls>', '<sep>'])
        ...     qa_net, rows = d2l.finetune_qa(net, train[:4], epochs=1)
        ...     assert 'start_loss' in rows[0]
        ...     assert d2l.answer(qa_net, 'The sea rose .', 'What was it ?')

        Returns a QAModel and a row of figures for each step. The new model
        has the encoder of `net` and reads texts as it does; `net` stays as
        it is. Its two new classifiers start at random numbers of `seed`.
        `valid` are questions for validation. `stride` is that of
        `core.make_qa_examples`. The other options are those of `pretrain`;
        the defaults here are 3 epochs, a batch_size of 32 and a
        learning_rate of 0.0005, rising over the first tenth of the steps.

        Raises ValueError for a model without a vocabulary, and what
        `core.make_qa_examples` and `pretrain` raise.

        Source: Joshi et al., SpanBERT (2020), section 4.1.
        """
        if not hasattr(net, 'vocab') or not hasattr(net, 'encoder'):
            raise TypeError(f"net must be a model, such as "
                            f"load_bert('long-run'), not {a_value(net)}")
        vocab = check_vocab(net.vocab)
        check_whole('seed', seed, most=MAX_SEED)
        train, held_out = (None if some is None else make_qa_examples(
            some, net.config.max_len, vocab, tokenizer=net.tokenizer,
            stride=stride, int_dtype=self.int_dtype)
            for some in (check_questions(questions), valid))
        assert train is not None
        plan = QA_PLAN | options | {'seed': seed}
        if 'steps' in options and 'epochs' not in options:
            del plan['epochs']
        if 'warmup' not in options:
            plan['warmup'] = Plan.of({
                name: value for name, value in plan.items()
                if name in ('steps', 'epochs', 'batch_size')}, train
                ).steps // 10
        config = qa_config(net.config)
        qa_net = self.models['qa'](**asdict(config))
        self.place(qa_net, self.device_of(net))
        weights = initial_weights(config, seed)
        self.set_weights(qa_net, weights | {
            name: array for name, array in self.get_weights(net).items()
            if name in weights})
        return qa_net, self.pretrain(qa_net, train, held_out, **plan)

    def evaluate(self, net: Any, examples: Examples[Any]) -> Row:
        """Return the mean losses and accuracies of a model, no dropout.

        >>> _, valid = bert.load_splits(32, corpus='tiny')
        >>> from d2l_bert.frameworks import installed_backends
        >>> for d2l in installed_backends():
        ...     net = d2l.new_model(0, len(valid.vocab), 8, 16, 2, 1, 0.1, 32)
        ...     assert sorted(d2l.evaluate(net, valid)) == [
        ...         'mlm_accuracy', 'mlm_loss', 'nsp_accuracy', 'nsp_loss']

        Losses are in nats, accuracies from 0 to 1. Raises TypeError or
        ValueError for examples that do not fit this model.
        """
        return loop.means(loop.evaluate(self.learner(net), examples))
