"""Saves a long run's log and its model's answers, for the lesson.

    d2l-bert pretrain --backend torch --corpus wikitext-2 --steps 2000 \
--batch-size 256 --warmup 100 --eval-every 100 --dynamic-masking --out my-run
    python notebooks/long_run.py my-run

makes everything in d2l_bert/data/long-run again, except its README. The
numbers in the log are rounded to 5 digits.
"""

import argparse
import csv
import json
from pathlib import Path

import numpy as np

from d2l_bert import torch_backend as d2l
from d2l_bert.core import read_log, saved_run

BLANKS = (
    'the film was <mask> in 1998 .',
    'he was born in <mask> .',
    'the storm moved <mask> at 15 mph .',
    'the album reached number <mask> on the chart .',
    'the church is on the <mask> of the river .',
    'she was <mask> of the band .',
)
QUESTIONS = {
    'the song was released as a single in june 1995': (
        'it reached number five on the uk singles chart .',
        'the ship was sunk by a german submarine .',
        'the river flows south through the forest .'),
    'the tropical storm became a hurricane on september 9': (
        'it weakened as it moved over land .',
        'the episode was watched by 8 million people .',
        'he scored twelve goals in his first season .'),
    'he joined the club in 2004': (
        'he played 28 games in his first season .',
        'the species is found in australia .',
        'the building was completed in 1890 .'),
}
# A word, and texts with it in one sense and in another.
WORDS = {
    'season': ('he scored in his first season .',
               'the team won the season .',
               'the hurricane season began in june .',
               'the wet season lasts until may .'),
    'bank': ('the house stands on the bank of the river .',
             'they crossed to the east bank of the river .',
             'the bank lent him money .',
             'the bank was founded in 1890 .'),
}


def rounded(value):
    """Return a number of a log, rounded to 5 digits."""
    return float(f'{value:.5g}') if isinstance(value, float) else value


def save_log(rows, path):
    """Write the rows of a log, their numbers rounded."""
    fields = dict.fromkeys(name for row in rows for name in row)
    with open(path, 'w', newline='', encoding='utf-8') as file:
        writer = csv.DictWriter(file, fields, lineterminator='\n')
        writer.writeheader()
        writer.writerows({name: rounded(value) for name, value
                          in row.items()} for row in rows)


def similarities(net, word, texts):
    """Return the cosine similarities of a word's vectors in some texts."""
    vectors = []
    for text in texts:
        tokens, encoded = d2l.encode(net, text)  # (len, num_hiddens)
        vector = encoded[tokens.index(word)]
        vectors.append(vector / np.linalg.norm(vector))
    return np.inner(vectors, vectors).astype(float).round(3).tolist()


def ask(net):
    """Return the model's answers to BLANKS, QUESTIONS and WORDS."""
    return {
        'blanks': {text: [(token, rounded(probability)) for token, probability
                          in d2l.fill_mask(net, text)[0]]
                   for text in BLANKS},
        'questions': {question: [(answer, rounded(probability)) for answer,
                                 probability in d2l.rank_answers(
                                     net, question, answers)]
                      for question, answers in QUESTIONS.items()},
        'words': {word: {'texts': texts,
                         'cosines': similarities(net, word, texts)}
                  for word, texts in WORDS.items()}}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('folder', type=Path,
                        help='the folder of the finished run')
    folder = parser.parse_args().folder
    answers = ask(d2l.load_bert(folder))
    save_log(read_log(folder / 'log.csv'), saved_run('long-run') / 'log.csv')
    (saved_run('long-run') / 'answers.json').write_text(
        json.dumps(answers, indent=1) + '\n', 'utf-8')


if __name__ == '__main__':
    main()
