"""Compares the sentence splitters on WikiText-2, for the lesson.

    python notebooks/splitters.py

reads the corpus once with each splitter and writes
d2l_bert/data/splitters/figures.json again: what each one finds, and how it
splits two sentences full of abbreviations.
"""

import json
import time

import nltk

from d2l_bert.core import (
    RESERVED_TOKENS, Vocab, find_corpus, make_sentence_splitter, read_wiki,
    saved_run, tokenize)

SPLITTERS = ('period', 'nltk', 'spacy')
MAX_LEN = 64
TEXTS = ('The U.S. Navy met Lt. Reed . He came from No. 3 Squadron .',
         'She sang at St. Clair . " Why ? " he asked .')


def figures(paragraphs):
    """Return how much there is of everything in the table."""
    lines = [tokenize(paragraph) for paragraph in paragraphs]
    vocab = Vocab([line for paragraph in lines for line in paragraph],
                  min_freq=5, reserved_tokens=RESERVED_TOKENS)
    pairs = [len(a) + len(b) + 3 for paragraph in lines
             for a, b in zip(paragraph, paragraph[1:])]
    return {'sentences': sum(map(len, lines)), 'paragraphs': len(lines),
            'pairs': len(pairs),
            'that fit': sum(pair <= MAX_LEN for pair in pairs),
            'vocabulary': len(vocab)}


def main():
    nltk.data.path.clear()  # Punkt learns its abbreviations from the text
    folder = find_corpus('wikitext-2').path
    table = {}
    for name in SPLITTERS:
        start = time.process_time()
        paragraphs = read_wiki(folder, sentence_splitter=name)
        seconds = time.process_time() - start
        table[name] = figures(paragraphs) | {'seconds': round(seconds, 1)}
    lines = (folder / 'wiki.train.tokens').read_text('utf-8').splitlines()
    splits = {}
    for name in SPLITTERS:
        split = make_sentence_splitter(name, lines)
        splits[name] = [split(text) for text in TEXTS]
    (saved_run('splitters') / 'figures.json').write_text(
        json.dumps({'table': table, 'splits': splits}, indent=1) + '\n',
        'utf-8')


if __name__ == '__main__':
    main()
