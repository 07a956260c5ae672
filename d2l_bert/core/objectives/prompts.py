"""Prompts: a task described to a language model in words and examples.

The model is not trained for the task. It reads the prompt, and what it
predicts after it is the answer. Where a model can learn from the prompt alone,
this is called in-context learning. Two made-up tasks are so simple that even
a tiny model can learn to do this.

Source: Brown et al., Language Models are Few-Shot Learners (2020), section 2;
d2l figure 11.9.7.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ..checks import as_list, check_whole
from ..examples.keys import TASK, KeyedRandom
from ..randomness import shuffled

ARROW = ' => '  # between a question and its answer

# Of the made-up tasks. No symbol is a key and a value at once.
ANSWERS, NEXT = '->', ';'  # before an answer, and after it
RULES = ('copy', 'reverse')


# Prompts -------------------------------------------------------------------

def zero_shot(task: str, question: str, *, arrow: str = ARROW) -> str:
    """Return a prompt of a task and a question, without an example.

    >>> print(zero_shot('Translate English to French:', 'cheese'))
    Translate English to French:
    cheese =>

    Raises what `few_shot` raises.
    """
    return few_shot(task, [], question, arrow=arrow)


def one_shot(task: str, example: tuple[str, str], question: str, *,
             arrow: str = ARROW) -> str:
    """Return a prompt of a task, one example of it, and a question.

    >>> print(one_shot('Translate English to French:', ('sea', 'mer'),
    ...                'cheese'))
    Translate English to French:
    sea => mer
    cheese =>

    Raises what `few_shot` raises.
    """
    return few_shot(task, [example], question, arrow=arrow)


def few_shot(task: str, examples: Iterable[tuple[str, str]], question: str,
             *, arrow: str = ARROW) -> str:
    """Return a prompt of a task, some examples of it, and a question.

    >>> print(few_shot('Translate English to French:',
    ...                [('sea', 'mer'), ('moon', 'lune')], 'cheese'))
    Translate English to French:
    sea => mer
    moon => lune
    cheese =>

    An example is a pair of a question and its answer. Each is a line, with
    `arrow` between them. The prompt ends where the answer is to begin,
    without a space, as a token of many models begins with one. An empty
    `task` is left out.

    Raises TypeError or ValueError for examples that are not such pairs.
    """
    pairs = _check_parts(examples, ('question', 'answer'))
    for name, text in (('task', task), ('question', question)):
        _check_text(name, text)
    lines = [f'{asked}{arrow}{answer}' for asked, answer in pairs]
    return '\n'.join([*([task] if task else []), *lines,
                      (question + arrow).rstrip()])


def chain_of_thought(examples: Iterable[tuple[str, str, str]], question: str,
                     *, task: str = '') -> str:
    """Return a prompt whose examples show the way to their answers.

    >>> print(chain_of_thought([('Is 7 + 6 even?',
    ...                          '7 + 6 is 13, and 13 is odd.', 'no')],
    ...                        'Is 5 + 3 even?'))
    Q: Is 7 + 6 even?
    A: 7 + 6 is 13, and 13 is odd. The answer is no.
    <BLANKLINE>
    Q: Is 5 + 3 even?
    A:

    An example is a question, its reasoning and its answer. A model that
    continues the pattern writes its own reasoning before its answer.

    Raises what `few_shot` raises.

    Source: Wei et al., Chain-of-Thought Prompting Elicits Reasoning in Large
    Language Models (2022), figure 1.
    """
    triples = _check_parts(examples, ('question', 'reasoning', 'answer'))
    _check_text('question', question)
    parts = [f'Q: {asked}\nA: {reasoning} The answer is {answer}.'
             for asked, reasoning, answer in triples]
    return '\n\n'.join([*([task] if task else []), *parts,
                        f'Q: {question}\nA:'])


# Made-up tasks -------------------------------------------------------------

class InContext(NamedTuple):
    """A question of a made-up task behind its examples, and the answer."""

    prompt: list[str]
    answer: list[str]

    @property
    def text(self) -> str:
        """The prompt with its answer, to train on.

        >>> InContext(['a', '->'], ['b']).text
        'a -> b'
        """
        return ' '.join([*self.prompt, *self.answer])


def lookup_task(num: int, shots: int, *, num_keys: int = 8,
                num_values: int = 8, seed: int = 0, first: int = 0
                ) -> list[InContext]:
    """Make questions for the value of a key in a table, which is shown.

    >>> for question in lookup_task(2, shots=3):
    ...     print(*question.prompt, question.answer)
    k6 -> v5 ; k7 -> v1 ; k1 -> v2 ; k5 -> ['v0']
    k2 -> v7 ; k3 -> v4 ; k1 -> v6 ; k3 -> ['v4']

    Each of the `num` questions has a table of its own: a random value for
    each key. `shots` keys, all different, are shown with their values, and
    then any key is asked for. If it was shown, the answer can be looked up;
    if not, it can only be one of all values. So the best accuracy with s
    shots is s / num_keys + (1 - s / num_keys) / num_values.

    The draws are keyed: a question depends on the seed and on its number,
    from `first`. For tests, take numbers that were not trained on.

    Raises ValueError for numbers that cannot be.
    """
    check_whole('num', num)
    check_whole('num_keys', num_keys, least=1)
    check_whole('num_values', num_values, least=1)
    check_whole('shots', shots, most=num_keys)
    check_whole('first', first)
    made = []
    for number in range(first, first + num):
        rng = KeyedRandom(seed, TASK, shots, number)
        table = {f'k{key}': f'v{rng.choice(range(num_values))}'
                 for key in range(num_keys)}
        shown = shuffled(table, rng)[:shots]
        asked = rng.choice([*table])
        made.append(_in_context([([key], [table[key]]) for key in shown],
                                ([asked], [table[asked]])))
    return made


def copy_task(num: int, shots: int, *, length: int = 3, num_symbols: int = 8,
              rules: Sequence[str] = RULES, seed: int = 0, first: int = 0
              ) -> list[InContext]:
    """Make rows of symbols to copy or to reverse, as the examples show.

    >>> for question in copy_task(2, shots=1):
    ...     print(*question.prompt, question.answer)
    s5 s2 s0 -> s5 s2 s0 ; s7 s5 s6 -> ['s7', 's5', 's6']
    s5 s2 s4 -> s4 s2 s5 ; s7 s1 s0 -> ['s0', 's1', 's7']

    Each of the `num` questions has a rule of its own, one of `rules`. Only
    its examples say which: `shots` rows of `length` different symbols, each
    with its answer. So without examples the best accuracy is 1 /
    len(rules), and with one it is 1.

    Draws, `first` and errors are those of `lookup_task`; besides, ValueError
    for a rule that is neither 'copy' nor 'reverse'.
    """
    check_whole('num', num)
    check_whole('shots', shots)
    # One symbol is the same in reverse.
    check_whole('length', length, least=2)
    check_whole('num_symbols', num_symbols, least=length)
    check_whole('first', first)
    if not rules or not {*rules} <= {*RULES} or len({*rules}) < len(rules):
        raise ValueError(f'rules must be some of {", ".join(RULES)}, each '
                         f'once, not {rules!r}')
    symbols, made = [f's{i}' for i in range(num_symbols)], []
    for number in range(first, first + num):
        rng = KeyedRandom(seed, TASK, shots, number)
        step = 1 if rng.choice(rules) == 'copy' else -1
        rows = [shuffled(symbols, rng)[:length] for _ in range(shots + 1)]
        *shown, asked = [(row, row[::step]) for row in rows]
        made.append(_in_context(shown, asked))
    return made


def _in_context(shown: Sequence[tuple[list[str], list[str]]],
                asked: tuple[list[str], list[str]]) -> InContext:
    """Return the examples and the question as one row of tokens."""
    prompt: list[str] = []
    for question, answer in shown:
        prompt += [*question, ANSWERS, *answer, NEXT]
    return InContext([*prompt, *asked[0], ANSWERS], asked[1])


# Checks --------------------------------------------------------------------

def _check_parts(examples: Any, names: Sequence[str]) -> list[Sequence[str]]:
    """Return the examples as a list, if each has these parts."""
    shape = f'({", ".join(names)})'
    examples = as_list('examples', examples, f'[{shape}]')
    for i, example in enumerate(examples):
        if isinstance(example, str) or not isinstance(example, Sequence) or (
                len(example) != len(names)):
            raise ValueError(f'example {i} must be {shape}, {len(names)} '
                             f'texts, not {example!r}')
        for name, text in zip(names, example):
            _check_text(f'the {name} of example {i}', text)
    return examples


def _check_text(name: str, text: Any) -> None:
    if not isinstance(text, str):
        raise TypeError(f'{name} must be a text, not {text!r}')
