"""Writes a model of 1 MB whose weights are random numbers of a fixed seed: it says nonsense, but it says it as a real one does.

    pip install gguf==0.18.0
    python tiny-model.py tiny.gguf

Architecture "llama": 2 layers, 64 wide. The vocabulary is one token per byte and some pieces of text, so that every
character past ASCII comes in several tokens.
"""

import sys

import numpy as np
from gguf import GGUFWriter, TokenType

WIDTH = 64
LAYERS = 2
HEADS = 4
INNER = 128
CONTEXT = 4096
SEED = 7

# The form of a chat: ChatML, with tools, their calls and thoughts as Hermes and Qwen models write them.
TEMPLATE = """
{%- if tools %}
{{- "<|im_start|>system\\n<tools>\\n" }}
{%- for tool in tools %}{{ tool | tojson }}{{ "\\n" }}{% endfor %}
{{- "</tools>\\nCall one as <tool_call>{\\"name\\": ..., \\"arguments\\": ...}</tool_call>.<|im_end|>\\n" }}
{%- endif %}
{%- for message in messages %}
{{- "<|im_start|>" + message.role + "\\n" }}
{%- if message.reasoning_content %}{{ "<think>\\n" + message.reasoning_content + "\\n</think>\\n\\n" }}{% endif %}
{%- if message.content %}{{ message.content }}{% endif %}
{%- for call in message.tool_calls or [] %}
{{- "\\n<tool_call>\\n{\\"name\\": \\"" + call.function.name + "\\", \\"arguments\\": " }}
{{- call.function.arguments | tojson if call.function.arguments is not string else call.function.arguments }}
{{- "}\\n</tool_call>" }}
{%- endfor %}
{{- "<|im_end|>\\n" }}
{%- endfor %}
{%- if add_generation_prompt %}{{ "<|im_start|>assistant\\n" }}{% endif %}
"""


def vocabulary():
    """Texts of the tokens, their scores and types."""
    special = [("<unk>", TokenType.UNKNOWN), ("<s>", TokenType.CONTROL), ("</s>", TokenType.CONTROL)]
    special += [("<|im_start|>", TokenType.CONTROL), ("<|im_end|>", TokenType.CONTROL)]
    # A bias for 5 is what makes such a model call a tool.
    special += [("<tool_call>\n", TokenType.USER_DEFINED)]
    bytes_ = [(f"<0x{byte:02X}>", TokenType.BYTE) for byte in range(256)]
    # U+2581 stands for a space.
    letters = [(chr(code), TokenType.NORMAL) for code in range(0x21, 0x7F)] + [("\u2581", TokenType.NORMAL)]
    words = [("\u2581" + word, TokenType.NORMAL) for word in ("the", "a", "cat", "and", "is", "of", "to", "in")]
    tokens = special + bytes_ + letters + words
    return [text for text, _ in tokens], [-float(index) for index in range(len(tokens))], [kind for _, kind in tokens]


def main(path):
    texts, scores, kinds = vocabulary()
    writer = GGUFWriter(path, "llama")
    writer.add_name("tiny random model")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(texts))
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(texts)
    writer.add_token_scores(scores)
    writer.add_token_types(kinds)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_eot_token_id(4)
    writer.add_unk_token_id(0)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(TEMPLATE)
    random = np.random.default_rng(SEED)

    def add(name, *shape):
        writer.add_tensor(name, (random.standard_normal(shape) * 0.1).astype(np.float32))

    add("token_embd.weight", len(texts), WIDTH)
    add("output.weight", len(texts), WIDTH)
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, dtype=np.float32))
    for layer in range(LAYERS):
        for norm in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{layer}.{norm}.weight", np.ones(WIDTH, dtype=np.float32))
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            add(f"blk.{layer}.{part}.weight", WIDTH, WIDTH)
        add(f"blk.{layer}.ffn_gate.weight", INNER, WIDTH)
        add(f"blk.{layer}.ffn_up.weight", INNER, WIDTH)
        add(f"blk.{layer}.ffn_down.weight", WIDTH, INNER)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main(sys.argv[1])
