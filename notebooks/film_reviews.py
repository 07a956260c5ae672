"""Saves two runs on film reviews, for the lesson.

    OMP_NUM_THREADS=1 python notebooks/film_reviews.py

makes everything in d2l_bert/data/film-reviews again, except its README:
the log of 160 steps on 900 reviews, and the log and the model of 600 steps
on three reviews whose masks and pairs were drawn twenty times.
"""

from long_run import save_log

from d2l_bert import torch_backend as d2l
from d2l_bert.core import full_stop, join_examples, read_reviews, saved_run

FOLDER = saved_run('film-reviews')
PLAN = {'learning_rate': 3e-3, 'warmup': 20}


def new_net(examples):
    """Return the lesson's model, untrained."""
    return d2l.new_model(0, len(examples.vocab), num_hiddens=64,
                         ffn_num_hiddens=128, num_heads=4, num_blks=2,
                         dropout=0.1, max_len=examples.max_len,
                         positions='sinusoidal')


def many_reviews():
    """Train on 900 reviews, validate on 100 others, and save the log."""
    loader, _ = d2l.load_data_imdb(seed=0)
    examples = loader.dataset.examples
    cut = sum(2 * (len(full_stop(review)) - 1)
              for review in read_reviews()[:900])
    rows = d2l.pretrain(new_net(examples), examples.select(slice(cut)),
                        examples.select(slice(cut, None)), steps=160,
                        batch_size=48, eval_every=20, **PLAN)
    save_log(rows, FOLDER / 'log-900-reviews.csv')


def three_reviews():
    """Train on twenty draws of three reviews, and save log and model."""
    examples = join_examples([
        d2l.load_data_imdb(ds_to=3, min_freq=1, seed=seed)[0].dataset.examples
        for seed in range(20)])
    net = new_net(examples)
    rows = d2l.pretrain(net, examples, steps=600, batch_size=32, **PLAN)
    save_log(rows, FOLDER / 'log-3-reviews.csv')
    d2l.save_bert(net, FOLDER / 'model.safetensors')


def main():
    many_reviews()
    three_reviews()


if __name__ == '__main__':
    main()
