# Answers that students give, each a cell, and a piece of what the check
# says. `hidden`: only the hidden tests notice.

# %% answer="split"
# The book's cut, handed in again.
# Says: these tokens got lost: ['.']
def split_sentences(text):
    return text.strip().split(' . ')


# %% answer="split"
# Says: there is an empty sentence
def split_sentences(text):
    import re
    return re.split('[.!?]', text)


# %% answer="split"
# Every full stop counts, in a word as well.
# Says: only a token that is nothing but . ! or ? ends one
def split_sentences(text):
    import re
    return re.split(r'(?<=[.!?]) ', text)


# %% answer="split"
# Only the full stop counts.
# Says: cut after each of . ! and ?
def split_sentences(text):
    return [part + (' .' if not part.endswith('.') else '')
            for part in text.split(' . ')]


# %% answer="split" hidden
# One abbreviation is built in, the others are not.
# Says: no . after an abbreviation
def split_sentences(text):
    sentences, current = [], []
    for token in text.split():
        after_dr = current[-1:] == ['Dr']
        current.append(token)
        if token in '.!?' and not after_dr:
            sentences.append(' '.join(current))
            current = []
    return sentences + [' '.join(current)] if current else sentences


# %% answer="figures"
# Says: before long ones are dropped
def figures(corpus, splitter):
    examples = make_examples(load_paragraphs(
        corpus, sentence_splitter=splitter), 32)
    return len(examples), len(examples.vocab)


# %% answer="figures"
# Says: not from the splitter that is given
def figures(corpus, splitter):
    examples = make_examples(load_paragraphs(corpus), 32)
    return examples.num_pairs, len(examples.vocab)


# %% answer="figures"
# Says: count pairs, not sentences
def figures(corpus, splitter):
    paragraphs = load_paragraphs(corpus, sentence_splitter=splitter)
    examples = make_examples(paragraphs, 32)
    return sum(map(len, paragraphs)), len(examples.vocab)


# %% answer="figures" hidden
# The visible figures, copied.
# Says: pairs instead of
def figures(corpus, splitter):
    return {'period': (1077, 736), 'by_comma': (1018, 735)}.get(
        splitter.__name__, (0, 0))
