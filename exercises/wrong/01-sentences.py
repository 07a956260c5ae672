# Wrong answers of students. Each cell is an answer; `Says:` is a part of the
# message of the check. `hidden`: only the hidden tests find the mistake.

# %% answer="split"
# The book's own splitter.
# Says: these tokens are missing: ['.']
def split_sentences(text):
    return text.strip().split(' . ')


# %% answer="split"
# Says: there is an empty sentence
def split_sentences(text):
    import re
    return re.split('[.!?]', text)


# %% answer="split"
# Splits after the full stop of a word such as "St.", too.
# Says: only a token that is just . ! or ? ends a sentence
def split_sentences(text):
    import re
    return re.split(r'(?<=[.!?]) ', text)


# %% answer="split"
# Splits at full stops only.
# Says: split after each of . ! and ?
def split_sentences(text):
    return [part + (' .' if not part.endswith('.') else '')
            for part in text.split(' . ')]


# %% answer="split" hidden
# Knows only one of the abbreviations.
# Says: a . after an abbreviation does not
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
# Says: before the long ones are dropped
def figures(corpus, splitter):
    examples = make_examples(load_paragraphs(
        corpus, sentence_splitter=splitter), 32)
    return len(examples), len(examples.vocab)


# %% answer="figures"
# Says: not from the given one
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


# %% answer="split" hidden
# Every token after an abbreviation is no end, also ! and ?.
# Says: split after each of . ! and ?
def split_sentences(text):
    sentences, current = [], []
    for token in text.split():
        current.append(token)
        if token in ('.', '!', '?') and (
                len(current) < 2 or current[-2] not in ABBREVIATIONS):
            sentences.append(' '.join(current))
            current = []
    return sentences + [' '.join(current)] if current else sentences


# %% answer="split" hidden
# `in` asks whether a token is a part of the string: !? is, too.
# Says: instead of 2 sentences in 'What !? No
def split_sentences(text):
    sentences, current = [], []
    for token in text.split():
        current.append(token)
        if token in '.!?!' and (
                token != '.' or current[-2:-1] == []
                or current[-2] not in ABBREVIATIONS):
            sentences.append(' '.join(current))
            current = []
    return sentences + [' '.join(current)] if current else sentences


# %% answer="split"
# Says: return a list of sentences, not a tuple
def split_sentences(text):
    return 'The sea rose .', 'It fell .'


# %% answer="split"
# Says: return sentences, each of them a str, not a list: ['The', 'sea'
def split_sentences(text):
    sentences, current = [], []
    for token in text.split():
        current.append(token)
        if token == '.':
            sentences.append(current)
            current = []
    return sentences


# %% answer="split"
# An error becomes advice, with its line in this cell.
# Says: in split_sentences, line 6: list index out of range (IndexError)
def split_sentences(text):
    sentences, current = [], []
    for token in text.split():
        if token in '.!?' and current[-2] not in ABBREVIATIONS:
            sentences.append(' '.join(current))
    return sentences


# %% answer="figures"
# Says: return the 2 values (number of pairs, vocabulary size), not None
def figures(corpus, splitter):
    examples = make_examples(load_paragraphs(
        corpus, sentence_splitter=splitter), 32)
    print(examples.num_pairs, len(examples.vocab))


# %% answer="figures" hidden
# Says: they come from TinyWiki
def figures(corpus, splitter):
    examples = make_examples(load_paragraphs(
        'tiny', sentence_splitter=splitter), 32)
    return examples.num_pairs, len(examples.vocab)


# %% answer="figures"
# Says: in figures, line 3: make_examples() missing
def figures(corpus, splitter):
    examples = make_examples(load_paragraphs(corpus))
    return examples.num_pairs, len(examples.vocab)
