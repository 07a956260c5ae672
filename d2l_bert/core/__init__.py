"""Everything that needs no framework, in the order of the data.

    text/        files -> paragraphs -> sentences
    tokens/      sentences -> token ids
    examples/    what every objective needs: Examples, padding, display
    objectives/  token ids -> the examples of one objective
    models/      a model without a framework: sizes, weights, files, use
    training/    plan, loop, runs and checkpoints, curves

Each stage imports only from the stages before it. The names below are
imported from here: `from d2l_bert.core import tokenize, Vocab`. A module is
loaded when a name of it is first used, so that the plain rules run where
NumPy is not installed, as in a browser.
"""

from importlib import import_module
from typing import Any

_EXPORTS = {
    'files': 'saved_run',
    'text.archives': 'extract',
    'text.articles': 'Article read_articles',
    'text.catalog': 'DATA_HUB DATA_URL download download_extract locate',
    'text.corpus': 'find_corpus load_paragraphs read_wiki',
    'text.documents': 'read_documents split_documents',
    'text.imdb': 'full_stop read_reviews',
    'text.paragraphs': 'split_paragraphs',
    'text.sentences': 'describe_splitter make_sentence_splitter period',
    'text.squad': 'Question read_squad',
    'text.squad_scores': 'exact_match f1_score normalize_answer '
                         'score_answers',
    'randomness': 'Keyed',
    'tokens.vocab': 'CLS MASK PAD RESERVED_TOKENS SEP SPECIAL_TOKENS UNK '
                    'Vocab',
    'tokens.wordpiece': 'WordPiece count_words',
    'tokens.wordpiece_training': 'train_wordpiece',
    'tokens.words': 'basic_english cased make_tokenizer tokenize',
    'examples.container': 'Examples join_examples',
    'examples.display': 'columns_html columns_text',
    'examples.keyed': 'keyed_numbers keyed_permutation',
    'examples.keys': 'KeyedRandom mask_example',
    'examples.padding': 'attention_mask length_mask pad_rows',
    'objectives.attention': 'causal_mask full_mask plot_attention_masks',
    'objectives.bert': 'load_examples load_splits make_examples '
                       'pad_bert_inputs',
    'objectives.class_questions': 'load_questions make_questions',
    'objectives.columns': 'Columns pad_example',
    'objectives.excerpts': 'excerpts',
    'objectives.gpt': 'GPTColumns load_gpt_examples load_gpt_splits '
                      'make_gpt_examples',
    'objectives.huggingface': 'huggingface_fields',
    'objectives.mlm': 'candidate_positions get_mlm_data_from_tokens '
                      'get_num_mlm_preds replace_mlm_tokens',
    'objectives.nsp': 'get_next_sentence get_nsp_data_from_paragraph '
                      'get_tokens_and_segments',
    'objectives.prompts': 'InContext chain_of_thought copy_task few_shot '
                          'lookup_task one_shot zero_shot',
    'objectives.qa': 'QAColumns make_qa_examples',
    'objectives.relations': 'mark_entities',
    'objectives.reviews': 'context_length load_review_examples '
                          'make_review_examples',
    'objectives.spanbert': 'SpanColumns load_spanbert_examples '
                           'load_spanbert_splits make_spanbert_examples',
    'objectives.spans': 'span_length_probs',
    'objectives.t5': 'load_t5_examples load_t5_splits make_t5_examples',
    'objectives.t5_masking': 'T5Columns',
    'objectives.t5_noise': 'corrupt noise_mask t5_lengths t5_restore',
    'models.answering': 'Answer answer answers_of evaluate_qa',
    'models.config': 'Config QAConfig SpanConfig sinusoids',
    'models.files': 'ModelFile load_model save_model',
    'models.use': 'softmax',
    'models.weights': 'initial_weights weight_shapes',
    'training.batching': 'batches',
    'training.curves': 'Animator live_losses plot_losses',
    'training.measuring': 'Accumulator Timer unigram_loss',
    'training.plan': 'Plan',
    'training.runs': 'read_log',
    'prepare': 'prepare_text',
    'answers': 'ask expect expect_array expect_values plausible same',
}
_MODULES = {name: module for module, names in _EXPORTS.items()
            for name in names.split()}

__all__ = sorted(_MODULES)


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f'd2l_bert.core has no {name!r}')
    value = getattr(import_module(f'{__name__}.{_MODULES[name]}'), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
